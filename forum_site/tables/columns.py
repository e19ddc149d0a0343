"""Columns of a table: how what a row says is written into a cell, and how it is read from one.

A column is known by its `title`, in the language of the reader, or by its `name`, in any.
"""

import datetime
import re
from functools import cached_property

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from forum_site.letters import name_key, normalize_line

MOST_LISTED = 40  # values of a column
SERIAL = re.compile(r"[1-9][0-9]{4}(?:\.0)?")  # How a spreadsheet counts days where a cell was not made a date.
FIRST_SERIAL = datetime.date(1899, 12, 30)
SEVERAL = ";"


def called_alike(rows, fields, names):
    """Return for each of `names` the keys of `rows` that a reader would say are called so in one of `fields`."""
    found, spelt = {name: [] for name in names}, {}
    for name in found:
        spelt.setdefault(name_key(name), []).append(name)
    for key, *texts in rows.order_by("pk").values_list("pk", *fields).iterator() if spelt else ():
        for spelling in dict.fromkeys(map(name_key, texts)):
            for name in spelt.get(spelling, ()):
                found[name].append(key)
    return found


def several(text):
    """Return the different names in a cell, in order."""
    names = {}
    for part in text.split(SEVERAL):
        if name := normalize_line(part):
            names.setdefault(name_key(name), name)
    return list(names.values())


class Column:
    needed = False
    choices = ()

    def __init__(self, name, title, note="", example=""):
        self.name, self.title, self.note, self.example = name, title, note, example

    def written(self, row):
        """Return what stands in the cell of this row of the database."""
        raise NotImplementedError

    def is_called(self, heading):
        return name_key(heading) in (name_key(str(self.title)), name_key(self.name))


class FieldColumn(Column):
    """A field of the row itself, which the form checks."""

    def __init__(self, model, name, note="", example=""):
        self.field = model._meta.get_field(name)
        super().__init__(name, capfirst(self.field.verbose_name), note, example)
        self.needed = not self.field.blank and not self.field.has_default()

    @property
    def choices(self):
        """The values that it may have, each with its name."""
        return [(str(value), str(label)) for value, label in self.field.choices or () if value]

    def written(self, row):
        value = getattr(row, self.field.attname)
        if value is None or value == "":
            return ""
        if isinstance(value, datetime.datetime):
            return timezone.localtime(value).replace(tzinfo=None).isoformat(" ")
        if isinstance(value, datetime.time) and not value.second:
            return value.isoformat("minutes")
        return str(value)

    def data(self, text):
        """Return what a browser would send for this cell."""
        if not text and self.field.has_default():
            return {self.name: self.field.get_default()}
        if isinstance(self.field, models.DateTimeField):
            day, _space, hour = text.replace("T", " ").partition(" ")
            return {f"{self.name}_0": day, f"{self.name}_1": hour or ("00:00" if day else "")}
        if isinstance(self.field, models.DateField) and SERIAL.fullmatch(text):
            text = (FIRST_SERIAL + datetime.timedelta(days=int(text[:5]))).isoformat()
        return {self.name: text}


class ChoiceColumn(FieldColumn):
    """A field with choices: read by value or by name, written by `written_as` "label" or "value"."""

    def __init__(self, *args, written_as="value", **kwargs):
        super().__init__(*args, **kwargs)
        self.written_as = written_as

    def written(self, row):
        value = super().written(row)
        return dict(self.choices).get(value, value) if self.written_as == "label" else value

    @cached_property
    def _called(self):
        choices = self.choices
        labels = {name_key(label): value for value, label in reversed(choices)}
        return labels | {name_key(value): value for value, _label in reversed(choices)}

    def value(self, text):
        """Return the value that the text names; raises ValidationError."""
        if (value := self._called.get(name_key(text))) is not None:
            return value
        allowed = ", ".join(label for _value, label in self.choices[:MOST_LISTED])
        if len(self.choices) > MOST_LISTED:
            allowed = _("one of the list on this page")
        raise ValidationError(
            _("“%(text)s” is not known here. Write %(allowed)s.") % {"text": text, "allowed": allowed}
        )

    def data(self, text):
        return {self.name: self.value(text)} if text else super().data(text)
