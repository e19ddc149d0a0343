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

from forum_site.core.text.dates import DAY_FIRST, readings
from forum_site.core.text.folding import name_key, normalize_line

MAX_LISTED = 40  # values of a column
SERIAL = re.compile(r"[1-9][0-9]{4}(?:\.0)?")  # How a spreadsheet counts days where a cell was not made a date.
MOMENT = re.compile(r"(.*?)(?:[T ]+(\d{1,2}[:.]\d{2}.*))?", re.DOTALL)  # a day, and perhaps a time
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

    day_order = ""  # Which number of 05/06/2027 is the day's: "day" for the first, "month" for the second, or not told.

    def __init__(self, model, name, note="", example=""):
        self.field = model._meta.get_field(name)
        super().__init__(name, capfirst(self.field.verbose_name), note, example)
        self.needed = not self.field.blank and not self.field.has_default()

    @property
    def is_day(self):
        return isinstance(self.field, models.DateField)

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
            day, hour = MOMENT.fullmatch(text).groups(default="")
            return {f"{self.name}_0": self._day(day), f"{self.name}_1": hour or ("00:00" if day else "")}
        return {self.name: self._day(text) if self.is_day else text}

    def _day(self, text):
        """Return the day as everybody reads it, where the table has told how it is meant."""
        if SERIAL.fullmatch(text) and not isinstance(self.field, models.DateTimeField):
            return (FIRST_SERIAL + datetime.timedelta(days=int(text[:5]))).isoformat()
        found = readings(text)
        if self.day_order and found:
            if self.day_order not in found:
                told = _("“%(text)s” is not a day with the month first. Correct it, or choose the other order.")
                if self.day_order == DAY_FIRST:
                    told = _("“%(text)s” is not a day with the day first. Correct it, or choose the other order.")
                raise ValidationError(told % {"text": text})
            return found[self.day_order].isoformat()
        return text

    def note_on(self, text):
        """Return what has to be told about how days like this one are read, after a word for its kind; or None."""
        if not self.is_day or not text:
            return None
        if SERIAL.fullmatch(text) and not isinstance(self.field, models.DateTimeField):
            told = _("Numbers in columns of days were read as a spreadsheet counts them: %(number)s is %(day)s.")
            return "serial", told % {"number": text, "day": self._day(text)}
        day = MOMENT.fullmatch(text)[1] if isinstance(self.field, models.DateTimeField) else text
        found = readings(day)
        if not found:
            return None
        if self.day_order in found:
            told = _("Days are read in the order that you chose: %(text)s is %(day)s.")
            return "order", told % {"text": day, "day": found[self.day_order].isoformat()}
        return "unknown order", _("Some days are written as %(text)s. Choose whether day or month comes first.") % {
            "text": day
        }


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
        allowed = ", ".join(label for _value, label in self.choices[:MAX_LISTED])
        if len(self.choices) > MAX_LISTED:
            allowed = _("one of the list on this page")
        raise ValidationError(
            _("“%(text)s” is not known here. Write %(allowed)s.") % {"text": text, "allowed": allowed}
        )

    def data(self, text):
        return {self.name: self.value(text)} if text else super().data(text)
