"""The groups of the site's staff, and what each may do: the one table of rights.

`sync_groups()` runs after each `migrate`. It gives a group what is missing and takes nothing away, so that rights that
were given in the admin stay.
"""

from django.apps import apps as global_apps
from django.db.models import Q

OWN = ("add", "change", "view")
ALL = ("add", "change", "delete", "view")

AUTHORS = {
    "organizations.organization": OWN,
    "events.event": OWN,
    "events.series": OWN,
    "events.tag": OWN,
    "events.picture": OWN,
    **dict.fromkeys(
        (
            *("events.participation", "events.panel", "events.agreement", "events.visit"),
            *("events.eventpicture", "events.eventdocument"),
        ),
        ALL,
    ),
    "links.checkedlink": ("view",),
}
EDITORS = {
    **AUTHORS,
    "events.event": (*OWN, "publish"),
    "events.showcount": ("view",),
    "events.showcorrection": ("view",),
}
MANAGERS = {
    **EDITORS,
    **dict.fromkeys(("organizations.organization", "events.series", "events.tag", "events.picture"), ALL),
    "events.event": (*ALL, "publish", "restore"),
    "auth.user": OWN,
    "admin.logentry": ("view",),
}
GROUPS = {"Authors": AUTHORS, "Editors": EDITORS, "Managers": MANAGERS}


def sync_groups(using, apps=global_apps, **kwargs):
    """After `migrate`, when Django has made the permissions: see that each group is there, with its rights."""
    try:
        groups, permissions = (apps.get_model("auth", name).objects.using(using) for name in ("Group", "Permission"))
    except LookupError:  # Only some apps were migrated.
        return
    for name, rights in GROUPS.items():
        group, _created = groups.get_or_create(name=name)
        wanted = Q()
        for label, actions in rights.items():
            app_label, model = label.split(".")
            codenames = [f"{action}_{model}" for action in actions]
            wanted |= Q(content_type__app_label=app_label, content_type__model=model, codename__in=codenames)
        group.permissions.add(*permissions.filter(wanted))
