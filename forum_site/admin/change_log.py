"""Old and new values in the lines of the admin's log: of each field that was changed, and of rows that were deleted.

They are part of Django's own message of a line, where Django does not look at them.
"""

import json

from django.contrib.admin.models import DELETION, LogEntry
from django.utils.text import capfirst

from forum_site.admin.stale_saves import as_text
from forum_site.core.fields.rich_text import RichTextField
from forum_site.core.text.plain import plain_text

LEFT_OUT = {"password"}


def changed_values(form):
    """Return what each changed field of a row said before, and says now."""
    return [
        value(field, form.initial.get(field.name), form.cleaned_data.get(field.name))
        for field in fields_of(form.instance)
        if field.name in form.changed_data and field.name not in LEFT_OUT
    ]


def log_deletions(user, rows):
    """Write a line for each row that is about to be deleted, with all that it says."""
    for row in rows:
        said = [
            value(field, field.value_from_object(row), None)
            for field in fields_of(row)
            if field.editable and field.name not in LEFT_OUT
        ]
        deleted = {
            "name": str(row._meta.verbose_name),
            "object": str(row),
            "values": [each for each in said if each["old"]],
        }
        LogEntry.objects.log_actions(user.pk, [row], DELETION, [{"deleted": deleted}], single_object=True)


def fields_of(row):
    return (*row._meta.concrete_fields, *row._meta.many_to_many)


def value(field, old, new):
    return {
        "field": str(capfirst(field.verbose_name)),
        "old": as_text(field, old),
        "new": as_text(field, new),
        "is_rich": isinstance(field, RichTextField),
    }


def values_of(entry):
    """Return the values that a line of the log tells, as a person reads them; rich text without its markup."""
    try:
        parts = json.loads(entry.change_message) if entry.change_message.startswith("[") else []
    except ValueError:
        parts = []
    found = [each for part in parts for about in part.values() for each in about.get("values", [])]
    return [
        {**each, "old": plain_text(each["old"]), "new": plain_text(each["new"])} if each["is_rich"] else each
        for each in found
    ]
