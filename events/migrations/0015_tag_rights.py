from django.db import migrations

OWN = ["add", "change", "view"]
GROUPS = {"Authors": OWN, "Editors": OWN, "Managers": [*OWN, "delete"]}


def let_groups_tag(apps, schema_editor):
    alias = schema_editor.connection.alias
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    ContentType = apps.get_model("contenttypes", "ContentType")
    tag, _created = ContentType.objects.using(alias).get_or_create(app_label="events", model="tag")
    for name, actions in GROUPS.items():
        group, _created = Group.objects.using(alias).get_or_create(name=name)
        for action in actions:
            permission, _created = Permission.objects.using(alias).get_or_create(
                content_type=tag, codename=f"{action}_tag", defaults={"name": f"Can {action} tag"}
            )
            group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [("events", "0014_tags")]

    operations = [migrations.RunPython(let_groups_tag, migrations.RunPython.noop)]
