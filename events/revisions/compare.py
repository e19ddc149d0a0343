"""What differs between two snapshots of an event, as a person reads it, and a third snapshot made of both.

Each `Difference` has a `key`, which says what it is about in either snapshot: a field of the event or of one row, a
whole row that only one of them has, with what belongs to that row, or the order of the rows of one part.
"""

from contextlib import suppress
from typing import NamedTuple

from django.apps import apps
from django.contrib.admin.utils import display_for_field
from django.db.models import FileField
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from events.revisions.snapshot import EVENT, known, parts
from events.revisions.text_diff import diff, to_text
from forum_site.core.fields.rich_text import RichTextField

# What a row is called by, whatever it is: the first of these that its model has.
NAMES = ["title", "place", "organization", "name", "caption", "picture", "tag"]
ORDER = "position"


class Key(NamedTuple):
    """Of the order of a part's rows, `row` is 0."""

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
    note: str = ""


class FileName(str):
    """The name of a stored file, with the address where it is seen."""

    url = ""
    is_there = True

    @classmethod
    def of(cls, field, name):
        visible_fields = cls(name.rpartition("/")[2])
        with suppress(OSError):  # Where files are kept in a bucket, nobody may be able to tell.
            visible_fields.is_there = field.storage.exists(name)
        visible_fields.url = field.storage.url(name) if visible_fields.is_there else ""
        return visible_fields


def visible_fields(part):
    """Return the fields of a part that an editor knows; the size of a picture goes with the picture."""
    unknown = {part.fk_name, ORDER}
    return [field for field in part.fields if field.editable and not field.primary_key and field.name not in unknown]


def capital(label):
    return str(capfirst(label))


def by_key(rows):
    return {row["id"]: row for row in rows}


def in_order(rows):
    return sorted(rows, key=lambda row: (row.get(ORDER, 0), row["id"]))


def part_of(label):
    return next(part for part in parts() if part.label == label)


class Names:
    """What the rows that lie outside an event, but that these snapshots of it lead to, are called."""

    def __init__(self, contents):
        self.contents = contents

    def get(self, model, key):
        return self._found.get((model._meta.label_lower, key)) or _("no longer there")

    @cached_property
    def _found(self):
        """The names by model and key: one question for each model."""
        wanted = {}
        for part in parts():
            for field in part.fields:
                if field.is_relation and field.name != part.fk_name:
                    keys = {row.get(field.name) for content in self.contents for row in content.get(part.label, [])}
                    wanted.setdefault(field.related_model._meta.label_lower, set()).update(keys - {None})
        return {
            (label, row.pk): str(row)
            for label, keys in wanted.items()
            for row in apps.get_model(label)._base_manager.filter(pk__in=keys)
        }


class Comparison:
    """What differs between the snapshots `before` and `after`, in the order of the parts of an event."""

    def __init__(self, before, after, names=None):
        self.before, self.after = known(before), known(after)
        self.names = names or Names([self.before, self.after])

    def keys(self):
        """Return the keys of all that differs, but for parts and fields that one of both does not know."""
        found = []
        for part in parts():
            if part.label not in self.before or part.label not in self.after:
                continue
            one, other = by_key(self.before.get(part.label, [])), by_key(self.after.get(part.label, []))
            for row in in_order({**one, **other}.values()):
                key = row["id"]
                if key in one and key in other:
                    found += [
                        Key(part.label, key, field.name)
                        for field in visible_fields(part)
                        if field.name in one[key]
                        and field.name in other[key]
                        and one[key][field.name] != other[key][field.name]
                    ]
                elif not self._follows_parent(part, row):
                    found.append(Key(part.label, key))
            if any(field.name == ORDER for field in part.fields) and has_own_order(one, other):
                found.append(Key(part.label, 0, ORDER))
        return found

    def _follows_parent(self, part, row):
        """Whether the row came or went because the row that it belongs to did."""
        if part.parent in (None, EVENT):
            return False
        parent = row[part.fk_name]
        one, other = (by_key(content.get(part.parent, [])) for content in (self.before, self.after))
        return (parent in one) != (parent in other)

    def __iter__(self):
        return (self._describe(key) for key in self.keys())

    def summary(self):
        """Return the fields of the event, and the rows, in which something differs, each once."""
        lines = []
        for key in self.keys():
            part = part_of(key.label)
            if key.field and (part.label == EVENT or key.field == ORDER):
                lines.append(self._name_of_field(part, key.field))
            else:
                _one, _other, content, row = self._rows(key)
                named = {"part": capital(part.model._meta.verbose_name), "name": self.name_of(part, row, content)}
                lines.append(_("%(part)s “%(name)s”") % named)
        return list(dict.fromkeys(lines))

    def _name_of_field(self, part, name):
        if name == ORDER:
            return _("Order of %(rows)s") % {"rows": part.model._meta.verbose_name_plural}
        return capital(part.model._meta.get_field(name).verbose_name)

    def _rows(self, key):
        """Return the row before and after, the snapshot that has it (the later, if both do), and the row in that."""
        one, other = (by_key(content.get(key.label, [])).get(key.row) for content in (self.before, self.after))
        return one, other, self.after if other else self.before, other or one

    def _describe(self, key):
        part = part_of(key.label)
        if key.field == ORDER:
            texts = ("\n".join(self._all_names(part, content)) for content in (self.before, self.after))
            return Difference(key, "", "", self._name_of_field(part, ORDER), *diff(*texts))
        one, other, content, row = self._rows(key)
        kind = "" if part.label == EVENT else capital(part.model._meta.verbose_name)
        named = self.name_of(part, row, content)
        if not key.field:
            texts = [each and self._sum_up(part, each, content) for each in (one, other)]
            return Difference(key, kind, named, "", *texts)
        field, note = part.model._meta.get_field(key.field), ""
        before, after = (self.text(field, each[key.field]) for each in (one, other))
        if isinstance(before, FileName) or isinstance(after, FileName):
            if not all(getattr(text, "is_there", True) for text in (before, after)):
                note = _("A file is no longer there: the name comes back, the file does not.")
        elif before == after:
            note = _("The words are the same, their formatting differs.")
        elif before and after:
            before, after = diff(before, after)
        return Difference(key, kind, named, self._name_of_field(part, key.field), before, after, note)

    def _all_names(self, part, content):
        return [self.name_of(part, row, content) for row in in_order(content.get(part.label, []))]

    def name_of(self, part, row, content):
        """Return what a person calls this row; a row that joins one to another, with the row that it belongs to."""
        if part.label == EVENT:
            return ""
        names = [name for name in NAMES if row.get(name)]
        own = str(self.text(part.model._meta.get_field(names[0]), row[names[0]])) if names else ""
        if part.parent == EVENT:
            return own
        above = by_key(content.get(part.parent, [])).get(row[part.fk_name])
        return " · ".join(filter(None, [above and self.name_of(part_of(part.parent), above, content), own]))

    def _sum_up(self, part, row, content):
        """Return in a few lines what a row that came or went says, and what belongs to it."""
        lines = []
        for field in visible_fields(part):
            if text := self.text(field, row.get(field.name)):
                lines.append(f"{capital(field.verbose_name)}: {text}")
        for below in parts():
            if below.parent == part.label:
                named = capital(below.model._meta.verbose_name)
                rows = [each for each in content.get(below.label, []) if each[below.fk_name] == row["id"]]
                lines += [f"{named}: {self.name_of(below, each, {**content, part.label: []})}" for each in rows]
        return "\n".join(lines)

    def text(self, field, value):
        """Return a stored value as a person reads it."""
        if value is None or value == "":
            return ""
        if field.is_relation:
            return self.names.get(field.related_model, value)
        if isinstance(field, RichTextField):
            return to_text(value)
        if isinstance(field, FileField):
            return FileName.of(field, value)
        return str(display_for_field(field.to_python(value), field, ""))


def has_own_order(one, other):
    """Whether one of both, given as rows by key, comes in an order that taking over single rows would not bring."""
    for mine, theirs in ((one, other), (other, one)):
        rows = [{**row, ORDER: mine[key][ORDER]} if key in mine else row for key, row in theirs.items()]
        if [row["id"] for row in in_order(rows)] != [row["id"] for row in in_order(theirs.values())]:
            return True
    return False


def apply_changes(content, other, keys):
    """Return the snapshot `content`, but with what these keys are about as `other` has it."""
    made = {label: [dict(row) for row in rows] for label, rows in content.items()}
    for key in keys:
        mine, theirs = by_key(made.get(key.label, [])), by_key(other.get(key.label, []))
        if key.field == ORDER:
            for row in mine.keys() & theirs.keys():
                mine[row][ORDER] = theirs[row][ORDER]
        elif key.field and key.row in mine and key.row in theirs:
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
            rows = [
                row for content in (made, other) for row in content.get(below.label, []) if row[below.fk_name] == key
            ]
            for each in sorted({row["id"] for row in rows}):
                _take_row(made, other, below.label, each)
