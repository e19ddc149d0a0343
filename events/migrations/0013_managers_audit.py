from django.db import migrations


def let_managers_read(apps, schema_editor):
    alias = schema_editor.connection.alias
    content_type, _created = (
        apps.get_model("contenttypes", "ContentType")
        .objects.using(alias)
        .get_or_create(app_label="admin", model="logentry")
    )
    permission, _created = (
        apps.get_model("auth", "Permission")
        .objects.using(alias)
        .get_or_create(content_type=content_type, codename="view_logentry", defaults={"name": "Can view log entry"})
    )
    group, _created = apps.get_model("auth", "Group").objects.using(alias).get_or_create(name="Managers")
    group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0012_versions"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    # The permission stays when this is undone: it may have been given by hand.
    operations = [migrations.RunPython(let_managers_read, migrations.RunPython.noop)]
