from django.db import migrations

GROUPS = ["Authors", "Editors", "Managers"]


def let_staff_see_broken_links(apps, schema_editor):
    alias = schema_editor.connection.alias
    Permission = apps.get_model("auth", "Permission")
    ContentType = apps.get_model("contenttypes", "ContentType")
    content_type, _created = ContentType.objects.using(alias).get_or_create(app_label="links", model="checkedlink")
    permission, _created = Permission.objects.using(alias).get_or_create(
        content_type=content_type, codename="view_checkedlink", defaults={"name": "Can view broken link"}
    )
    for group in apps.get_model("auth", "Group").objects.using(alias).filter(name__in=GROUPS):
        group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [("events", "0015_tag_rights"), ("links", "0001_initial")]

    operations = [migrations.RunPython(let_staff_see_broken_links, migrations.RunPython.noop)]
