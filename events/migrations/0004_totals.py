from django.db import migrations

RIGHTS = [("showcount", "view"), ("showcorrection", "view")]


def add_totals(apps, schema_editor):
    schema_editor.execute(
        "INSERT INTO events_showtotal (event_id, shows)"
        " SELECT event_id, SUM(shows) FROM events_showcount GROUP BY event_id"
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
