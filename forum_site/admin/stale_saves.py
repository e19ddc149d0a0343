"""A form that was opened before somebody else's save: refused, with what is stored now beside what was typed.

The form bears a digest of each stored value that it edits, made when it was opened. `stale_form()` compares them with
what is stored when it is sent. A field that somebody else has changed and this person has not shows the stored value;
one that both have changed keeps what was typed, with the stored value beside it. The page bears new digests, so saving
again is done in the knowledge of both.
"""

import datetime
import hashlib
import json

from django.core.exceptions import ValidationError
from django.db.models import Manager, Model, QuerySet
from django.db.models.fields.files import FieldFile
from django.template.loader import render_to_string
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from forum_site.core.fields.rich_text import RichTextField
from forum_site.core.text.plain import plain_text

OPENED_ON = "_opened_on"
STALE = gettext_lazy(
    "Someone else saved this %(thing)s after you opened it. Nothing was saved. Compare the fields below and save again."
)


def digests(form_class, row):
    """Return a short digest of each stored value that the form edits, by the name of the field."""
    return {
        field.name: digest(field.value_from_object(row))
        for field in (*row._meta.concrete_fields, *row._meta.many_to_many)
        if field.name in form_class.base_fields and not form_class.base_fields[field.name].disabled
    }


def digest(value):
    return hashlib.sha256(json.dumps(plain(value)).encode()).hexdigest()[:16]


def plain(value):
    """Return a value of a field, or of a form, as JSON has it, so that equal values are equal."""
    match value:
        case bool() | int() | float() | None:
            return value
        case Model():
            return value.pk
        case QuerySet() | Manager() | list() | tuple():
            return sorted(str(plain(each)) for each in (value.all() if isinstance(value, Manager) else value))
        case FieldFile():
            return value.name or ""
        case datetime.datetime():
            return value.astimezone(datetime.UTC).isoformat()
    return str(value)


def written(found):
    return " ".join(f"{name}:{value}" for name, value in found.items())


def read(text):
    return dict(pair.split(":", 1) for pair in text.split(" ") if ":" in pair)


def stale_form(form_class, row, sent):
    """Return the form class, or one that refuses what was sent, where `row` is not what the form was opened on."""
    opened_on = read(sent.get(OPENED_ON, ""))
    now = digests(form_class, row) if opened_on else {}
    changed = [name for name, value in now.items() if opened_on.get(name, value) != value]
    if not changed:
        return form_class

    class StaleForm(form_class):
        def clean(self):
            super().clean()
            conflicts = [self._compare(name) for name in changed]
            if any(conflicts):
                raise ValidationError(STALE % {"thing": row._meta.verbose_name})

        def _compare(self, name):
            """Show what somebody else has stored in the field; return whether this form would have overwritten it."""
            typed = None if name in self.errors else digest(self.cleaned_data.get(name))
            if typed == now[name]:
                return False
            if typed == opened_on[name]:
                self.fields[name].bound_data = lambda data, initial: initial  # What is stored now.
                self.add_error(name, _("Someone else changed this field. The new value is shown."))
            else:
                value = as_read(row._meta.get_field(name), stored[name])
                self.add_error(name, render_to_string("admin/_stored_value.html", {"value": value}))
            return True

    # Before the form puts into the row what was typed.
    stored = {name: row._meta.get_field(name).value_from_object(row) for name in changed}
    return StaleForm


def as_read(field, value):
    """Return a value of a field, stored or sent by a form, as a person reads it; rich text without its markup."""
    text = as_text(field, value)
    return plain_text(text) if isinstance(field, RichTextField) else text


def as_text(field, value):
    if field.many_to_many:
        return ", ".join(str(each) for each in value or [])
    if field.related_model and value and not isinstance(value, Model):
        value = field.related_model._base_manager.filter(pk=value).first() or value
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, datetime.datetime):
        value = localtime(value)
    return "" if value is None else str(value)
