from django.db import migrations

OWN = ["add", "change", "view"]
ALL = ["add", "change", "delete", "view"]
PARTS = {"eventpicture": ALL, "eventdocument": ALL}
GROUPS = {
    "Authors": {"picture": OWN, **PARTS},
    "Editors": {"picture": OWN, **PARTS},
    "Managers": {"picture": ALL, **PARTS},
}
NAMES = {"eventpicture": "picture of the gallery", "eventdocument": "document"}


def give_rights(apps, schema_editor):
    alias = schema_editor.connection.alias
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    ContentType = apps.get_model("contenttypes", "ContentType")
    for name, rights in GROUPS.items():
        group, _created = Group.objects.using(alias).get_or_create(name=name)
        for model, actions in rights.items():
            content_type, _created = ContentType.objects.using(alias).get_or_create(app_label="events", model=model)
            for action in actions:
                permission, _created = Permission.objects.using(alias).get_or_create(
                    content_type=content_type,
                    codename=f"{action}_{model}",
                    defaults={"name": f"Can {action} {NAMES.get(model, model)}"},
                )
                group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [("events", "0020_pictures")]

    # The groups keep what they may do when this is undone: without the models, nothing asks for it.
    operations = [migrations.RunPython(give_rights, migrations.RunPython.noop)]
