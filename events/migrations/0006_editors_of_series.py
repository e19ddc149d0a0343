from django.db import migrations

RIGHTS = ["add", "change", "view"]


def let_editors_name_series(apps, schema_editor):
    alias = schema_editor.connection.alias
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    ContentType = apps.get_model("contenttypes", "ContentType")
    editors, _created = Group.objects.using(alias).get_or_create(name="Editors")
    series, _created = ContentType.objects.using(alias).get_or_create(app_label="events", model="series")
    for action in RIGHTS:
        permission, _created = Permission.objects.using(alias).get_or_create(
            content_type=series, codename=f"{action}_series", defaults={"name": f"Can {action} series"}
        )
        editors.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [("events", "0005_series_and_languages")]

    operations = [migrations.RunPython(let_editors_name_series, migrations.RunPython.noop)]
