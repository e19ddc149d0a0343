from django.db import migrations

# What an editor may do with each model. Whole events and organizations are deleted by a superuser alone.
RIGHTS = {
    ("organizations", "organization"): ["add", "change", "view"],
    ("events", "event"): ["add", "change", "view"],
    ("events", "participation"): ["add", "change", "delete", "view"],
    ("events", "panel"): ["add", "change", "delete", "view"],
    ("events", "agreement"): ["add", "change", "delete", "view"],
    ("events", "visit"): ["add", "change", "delete", "view"],
}


def make_editors(apps, schema_editor):
    alias = schema_editor.connection.alias
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    ContentType = apps.get_model("contenttypes", "ContentType")
    editors, _created = Group.objects.using(alias).get_or_create(name="Editors")
    for (label, model), actions in RIGHTS.items():
        content_type, _created = ContentType.objects.using(alias).get_or_create(app_label=label, model=model)
        for action in actions:
            # Django makes permissions after all migrations, and leaves alone those that are there.
            permission, _created = Permission.objects.using(alias).get_or_create(
                content_type=content_type, codename=f"{action}_{model}", defaults={"name": f"Can {action} {model}"}
            )
            editors.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0001_initial"),
        ("organizations", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    # The group stays when this is undone: people may be in it.
    operations = [migrations.RunPython(make_editors, migrations.RunPython.noop)]
