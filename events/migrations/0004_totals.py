from django.db import migrations

RIGHTS = [("showcount", "view"), ("showcorrection", "view")]


def add_totals(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        # A release without totals that is still counting waits, and would go on without them: stop it before.
        schema_editor.execute("LOCK TABLE events_showcount IN SHARE ROW EXCLUSIVE MODE")
    schema_editor.execute(
        """
        INSERT INTO events_showtotal (event_id, shows)
        SELECT event_id, SUM(shows) FROM (
            SELECT event_id, shows FROM events_showcount UNION ALL SELECT event_id, shows FROM events_showcorrection
        ) AS lines WHERE true GROUP BY event_id
        ON CONFLICT (event_id) DO UPDATE SET shows = excluded.shows
        """
    )


def let_editors_see_figures(apps, schema_editor):
    alias = schema_editor.connection.alias
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    ContentType = apps.get_model("contenttypes", "ContentType")
    editors, _created = Group.objects.using(alias).get_or_create(name="Editors")
    for model, action in RIGHTS:
        content_type, _created = ContentType.objects.using(alias).get_or_create(app_label="events", model=model)
        permission, _created = Permission.objects.using(alias).get_or_create(
            content_type=content_type, codename=f"{action}_{model}", defaults={"name": f"Can {action} {model}"}
        )
        editors.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [("events", "0003_shows")]

    operations = [
        migrations.RunPython(add_totals, migrations.RunPython.noop),
        migrations.RunPython(let_editors_see_figures, migrations.RunPython.noop),
    ]
