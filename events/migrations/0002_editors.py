from django.contrib.auth.management import create_permissions
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
    for label in ("organizations", "events"):
        # Django makes permissions after all migrations; this one needs them now.
        config = apps.get_app_config(label)
        config.models_module = True
        create_permissions(config, apps=apps, using=alias, verbosity=0)
        config.models_module = None
    editors, _created = Group.objects.using(alias).get_or_create(name="Editors")
    for (label, model), actions in RIGHTS.items():
        editors.permissions.add(
            *Permission.objects.using(alias).filter(
                content_type__app_label=label,
                content_type__model=model,
                codename__in=[f"{action}_{model}" for action in actions],
            )
        )


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0001_initial"),
        ("organizations", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    # The group stays when this is undone: people may be in it.
    operations = [migrations.RunPython(make_editors, migrations.RunPython.noop)]
