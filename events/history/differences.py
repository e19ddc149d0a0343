"""What differs between two snapshots of an event, as a person reads it, and a third snapshot made of both.

Each `Difference` has a `key`, which says what it is about in either snapshot: a field of the event or of one row, or a
whole row that only one of them has, with what belongs to that row.
"""

from typing import NamedTuple

from django.apps import apps
from django.contrib.admin.utils import display_for_field
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from events.history.whole import EVENT, parts
from events.history.words import marked, readable
from forum_site.richtext import RichTextField

# What a row is called by, whatever it is: the first of these that its model has.
NAMES = ["title", "place", "organization", "name", "caption"]


class Key(NamedTuple):
    label: str
    row: int
    field: str = ""

    def __str__(self):
        return ":".join([self.label, str(self.row), self.field])


class Difference(NamedTuple):
    """`before` and `after` are texts, or lists of marked pieces; None where the row is not there."""

    key: Key
    part: str
    row: str
    field: str
    before: object
    after: object


def told(part):
    """Return the fields of a part that an editor knows; the size of a picture goes with the picture."""
    return [field for field in part.fields if field.editable and not field.primary_key and field.name != part.way]


def by_key(rows):
    return {row["id"]: row for row in rows}


class Differences:
    """What differs between the snapshots `before` and `after`, in the order of the parts of an event."""

    def __init__(self, before, after):
        self.before, self.after = before, after

    def keys(self):
        """Return the keys of all that differs."""
        found = []
        for part in parts():
            one, other = by_key(self.before.get(part.label, [])), by_key(self.after.get(part.label, []))
            for row in sorted(one.keys() | other.keys()):
                if row in one and row in other:
                    found += [
                        Key(part.label, row, field.name)
                        for field in told(part)
                        if one[row].get(field.name) != other[row].get(field.name)
                    ]
                elif not self._is_told_with_parent(part, (one.get(row) or other.get(row))):
                    found.append(Key(part.label, row))
        return found

    def _is_told_with_parent(self, part, row):
        """Whether the row came or went because the row that it belongs to did."""
        if part.parent in (None, EVENT):
            return False
        parent = row[part.way]
        return (parent in by_key(self.before[part.parent])) != (parent in by_key(self.after[part.parent]))

    def __iter__(self):
        return (self._told(key) for key in self.keys())

    def _told(self, key):
        part = next(part for part in parts() if part.label == key.label)
        one, other = (by_key(whole.get(key.label, [])).get(key.row) for whole in (self.before, self.after))
        whole = self.after if other else self.before
        named = self.name_of(part, other or one, whole)
        kind = "" if part.label == EVENT else capfirst(part.model._meta.verbose_name)
        if not key.field:
            texts = [row and self._sum_up(part, row, whole) for row in (one, other)]
            return Difference(key, kind, named, "", *texts)
        field = part.model._meta.get_field(key.field)
        before, after = (self.text(field, row.get(key.field)) for row in (one, other))
        if isinstance(before, str) and isinstance(after, str) and before and after:
            before, after = marked(before, after)
        return Difference(key, kind, named, capfirst(field.verbose_name), before, after)

    def name_of(self, part, row, whole):
        """Return what a person calls this row; a row that joins one to another, with the row that it belongs to."""
        if part.label == EVENT:
            return ""
        names = [name for name in NAMES if row.get(name)]
        own = self.text(part.model._meta.get_field(names[0]), row[names[0]]) if names else ""
        if part.parent == EVENT:
            return own
        parent = next(each for each in parts() if each.label == part.parent)
        above = by_key(whole[part.parent]).get(row[part.way], {})
        return " · ".join(filter(None, [self.name_of(parent, above, whole) if above else "", own]))

    def _sum_up(self, part, row, whole):
        """Return in a few lines what a row that came or went says, and what belongs to it."""
        lines = []
        for field in told(part):
            if field.name != "position" and (text := self.text(field, row.get(field.name))):
                lines.append(f"{capfirst(field.verbose_name)}: {text}")
        for below in parts():
            if below.parent == part.label:
                named = capfirst(below.model._meta.verbose_name)
                rows = [each for each in whole.get(below.label, []) if each[below.way] == row["id"]]
                lines += [f"{named}: {self.name_of(below, each, {**whole, part.label: []})}" for each in rows]
        return "\n".join(lines)

    def text(self, field, value):
        """Return a stored value as a person reads it."""
        if value is None or value == "":
            return ""
        if field.is_relation:
            return self._names.get((field.related_model._meta.label_lower, value)) or _("no longer there")
        if isinstance(field, RichTextField):
            return readable(value)
        if field.name == "position":
            return str(value)
        return str(display_for_field(field.to_python(value), field, ""))

    @cached_property
    def _names(self):
        """The names of all rows that these snapshots lead to, by model and key: one question for each model."""
        wanted = {}
        for part in parts():
            for field in part.fields:
                if field.is_relation and field.name != part.way:
                    keys = {
                        row.get(field.name) for whole in (self.before, self.after) for row in whole.get(part.label, [])
                    }
                    wanted.setdefault(field.related_model._meta.label_lower, set()).update(keys - {None})
        return {
            (label, row.pk): str(row)
            for label, keys in wanted.items()
            for row in apps.get_model(label)._base_manager.filter(pk__in=keys)
        }


def taken(whole, other, keys):
    """Return the snapshot `whole`, but with what these keys are about as `other` has it."""
    made = {label: [dict(row) for row in rows] for label, rows in whole.items()}
    for key in keys:
        mine, theirs = by_key(made.get(key.label, [])), by_key(other.get(key.label, []))
        if key.field and key.row in mine and key.row in theirs:
            field = apps.get_model(key.label)._meta.get_field(key.field)
            sizes = [getattr(field, "width_field", None), getattr(field, "height_field", None)]
            for name in filter(None, [key.field, *sizes]):
                mine[key.row][name] = theirs[key.row].get(name)
        elif not key.field:
            _take_row(made, other, key.label, key.row)
    return {label: sorted(rows, key=lambda row: row["id"]) for label, rows in made.items()}


def _take_row(made, other, label, key):
    """Have the row, and what belongs to it, as `other` has it: there or not."""
    made[label] = [row for row in made.get(label, []) if row["id"] != key]
    made[label] += [row for row in other.get(label, []) if row["id"] == key]
    for below in parts():
        if below.parent == label:
            rows = [row for whole in (made, other) for row in whole.get(below.label, []) if row[below.way] == key]
            for each in sorted({row["id"] for row in rows}):
                _take_row(made, other, below.label, each)
