from django.db import migrations

OWN = ["add", "change", "view"]
ALL = ["add", "change", "delete", "view"]
PARTS = ["participation", "panel", "agreement", "visit"]

# What each group may do. Editors were made by 0002; authors may do what these could, but publish.
AUTHORS = {
    ("organizations", "organization"): OWN,
    ("events", "event"): OWN,
    ("events", "series"): OWN,
    **{("events", part): ALL for part in PARTS},
}
EDITORS = {
    **AUTHORS,
    ("events", "event"): [*OWN, "publish"],
    ("events", "showcount"): ["view"],
    ("events", "showcorrection"): ["view"],
}
MANAGERS = {
    **EDITORS,
    ("organizations", "organization"): ALL,
    ("events", "event"): [*ALL, "publish", "restore"],
    ("events", "series"): ALL,
    ("auth", "user"): OWN,
}
GROUPS = {"Authors": AUTHORS, "Editors": EDITORS, "Managers": MANAGERS}
NAMES = {
    "publish_event": "Can publish and withdraw event",
    "restore_event": "Can restore event, from its history or from the bin",
}


def make_groups(apps, schema_editor):
    alias = schema_editor.connection.alias
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    ContentType = apps.get_model("contenttypes", "ContentType")
    for name, rights in GROUPS.items():
        group, _created = Group.objects.using(alias).get_or_create(name=name)
        for (label, model), actions in rights.items():
            content_type, _created = ContentType.objects.using(alias).get_or_create(app_label=label, model=model)
            for action in actions:
                codename = f"{action}_{model}"
                # Django makes permissions after all migrations, and leaves alone those that are there.
                permission, _created = Permission.objects.using(alias).get_or_create(
                    content_type=content_type,
                    codename=codename,
                    defaults={"name": NAMES.get(codename, f"Can {action} {model}")},
                )
                group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0010_states"),
        ("organizations", "0002_languages"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    # The groups stay when this is undone: people may be in them.
    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop)]
