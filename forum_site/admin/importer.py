"""Rows of a table become rows of the database: each is checked by the admin's own form, then all are added, or none.

The heir of `Importer` names its model and columns, tells which rows are there already, and adds what belongs to a
row. Checking writes nothing.

No answer takes long: `new` are so many rows as are checked and added at once, and `later` those that come after them.
What has been added is there already when the same table is looked through again, so that these are new then.
"""

from functools import cache, cached_property
from itertools import accumulate
from typing import NamedTuple

from django.contrib.admin.models import ADDITION, LogEntry
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from forum_site.core.db.slugs import suggest_slugs, taken_slugs
from forum_site.core.fields.rich_text import RichTextFormField
from forum_site.core.text.folding import strip_invisible
from forum_site.search.indexing import batch_indexing
from forum_site.spreadsheets.columns import FieldColumn

MAX_HEADING_LENGTH = 200  # characters
MAX_RUNS = 30  # of rows, that a sentence names
MAX_AT_ONCE = 200  # ordinary rows, by their weight


class RowError(NamedTuple):
    row: int  # as a spreadsheet shows it
    heading: str
    told: str


class ImportRow:
    """A row of the table, with what became of it: `instance`, or `row_errors`, or `is_there`."""

    def __init__(self, number, texts):
        self.number, self.texts = number, texts
        self.row_errors, self.is_there, self.has_free_slug, self.instance = [], "", False, None
        self.unread = []  # names of columns that hold no value in this row

    def text(self, name):
        return self.texts.get(name, "")

    def add_error(self, column, told):
        self.row_errors.append(RowError(self.number, str(column.title) if column else "", told))


class Importer:
    model = None
    title = "title"  # the field that its slug is made from

    def __init__(self, model_admin, request, table, adds_missing=False, day_order=""):
        self.model_admin, self.request, self.table = model_admin, request, table
        self.adds_missing = adds_missing
        self.columns = self.make_columns()
        for column in self.columns:
            column.day_order = day_order
        self.notes = list(table.notes)
        self.problems = []  # of the whole table
        self.rows, self.new, self.later = [], [], []
        at = self._places()
        if not self.problems:
            self.rows = [
                ImportRow(
                    row.number,
                    {name: strip_invisible(row.cells[place]) for name, place in at.items() if place < len(row.cells)},
                )
                for row in table.rows
            ]
            self._add_failures(at)
            self._note_days()
            self.check()

    @classmethod
    def make_columns(cls):
        raise NotImplementedError

    def keys(self):
        """Return for each row by what it is known beside its address, or None; equal ones are the same thing."""
        raise NotImplementedError

    def stored_keys(self, keys):
        """Return those of `keys` that rows of the database have, each with the slugs of these rows."""
        raise NotImplementedError

    def in_order(self, rows):
        """Return these rows, each after those that have to be there before it."""
        return rows

    def weight(self, row):
        """Return about how many ordinary rows take as long as this one."""
        return 1 + sum(map(len, row.texts.values())) / 4000

    def resolve(self):
        """Look up, for all new rows at once, what their cells name beside the row itself."""

    def check_row(self, row):
        """Check what the form does not know of."""

    def save_rows(self, rows):
        self.model.objects.bulk_create([row.instance for row in rows])

    def has_right(self, right):
        return self.request.user.has_perm(right)

    # What the page tells

    @property
    def row_errors(self):
        return [fault for row in self.rows for fault in row.row_errors]

    @property
    def there(self):
        return [row for row in self.rows if row.is_there]

    def is_public(self, row):
        """Return whether readers see the row as soon as it is imported."""
        return False

    @property
    def public_at_once(self):
        """Return in words which rows readers see at once, or ""."""
        numbers = [row.number for row in self.new if self.is_public(row)]
        return rows_in_words(numbers) if numbers else ""

    @property
    def additions(self):
        """What is added beside the rows, each with what it is."""
        return []

    @property
    def is_valid(self):
        return not self.problems and not self.row_errors

    # Checking

    @cached_property
    def by_name(self):
        return {column.name: column for column in self.columns}

    @classmethod
    def knows(cls):
        """Return a function that tells whether a heading is one of ours."""
        columns = cls.make_columns()
        return cache(
            lambda heading: len(heading) <= MAX_HEADING_LENGTH and any(one.is_called(heading) for one in columns)
        )

    def _add_failures(self, places):
        """Tell where the table has something else than a value."""
        for row, read in zip(self.rows, self.table.rows, strict=True):
            row.unread = [name for name, place in places.items() if place in read.failures]
            for name in row.unread:
                row.add_error(self.by_name[name], read.failures[places[name]])

    def _note_days(self):
        """Tell how days are read that can be written in several ways, with one of them as an example."""
        notes = {}
        for column in self.columns:
            for row in self.rows if isinstance(column, FieldColumn) else ():
                if told := column.note_on(row.text(column.name)):
                    notes.setdefault(*told)
        self.notes += notes.values()

    def _places(self):
        places, unknown = {}, []
        for place, heading in enumerate(self.table.headings):
            column = next((column for column in self.columns if column.is_called(heading)), None)
            if column is None:
                unknown += [heading] if heading else []
            elif column.name in places:
                self.problems.append(_("Two columns are called “%(title)s”.") % {"title": column.title})
            else:
                places[column.name] = place
        if not places:
            first = " ".join(filter(None, self.table.headings))[:80]
            names = ", ".join(f"“{column.title}”" for column in self.columns if column.needed)
            told = _("The first row does not name the columns: “%(first)s”. These columns are needed: %(names)s.")
            self.problems.append(told % {"first": first, "names": names})
            return places
        for column in self.columns:
            if column.needed and column.name not in places:
                self.problems.append(_("There is no column “%(title)s”.") % {"title": column.title})
        if unknown:
            self.notes.append(
                _("These columns are not known and are not read: %(titles)s.") % {"titles": ", ".join(unknown)}
            )
        return places

    def check(self):
        self._mark_those_there()
        rows = [row for row in self.rows if not row.is_there]
        self._add_shared_slugs(rows)
        self._take(self.in_order(rows))
        self.resolve()
        self._give_slugs()
        for row in self.new:
            self._check_by_form(row)
            self.check_row(row)

    def _mark_those_there(self):
        taken = taken_slugs(self.model, {row.text("slug") for row in self.rows if row.text("slug")}, former=False)
        keys = self.keys()
        stored = self.stored_keys({key for key in keys if key})
        first, here = {}, {row.text("slug") for row in self.rows}
        for row, key in zip(self.rows, keys, strict=True):
            slug = row.text("slug")
            # A namesake that came in from this table does not stand in the way of one with an address of its own.
            is_stored = key in stored and not (slug and stored[key] <= here)
            if slug in taken or is_stored:
                row.is_there = _("there already")
            elif key and key in first and not (slug and first[key].text("slug") not in ("", slug)):
                row.is_there = _("the same as row %(number)s") % {"number": first[key].number}
            elif key:
                first.setdefault(key, row)

    def _add_shared_slugs(self, rows):
        self._given = {}
        for row in rows:
            slug = row.text("slug")
            if slug in self._given:
                told = _("Row %(number)s already has this slug.") % {"number": self._given[slug]}
                row.add_error(self.by_name["slug"], told)
            elif slug:
                self._given[slug] = row.number

    def _take(self, rows):
        """Divide the rows into those of now, by their weight, and those of later."""
        weights = accumulate(self.weight(row) for row in rows)
        number = max(1, sum(weight <= MAX_AT_ONCE for weight in weights))
        self.new, self.later = rows[:number], rows[number:]

    def _give_slugs(self):
        without = [row for row in self.new if not row.text("slug")]
        slugs = suggest_slugs(self.model, [row.text(self.title) for row in without], taken=self._given)
        taken = taken_slugs(self.model, {row.text("slug") for row in self.new if row.text("slug")})
        for row, slug in zip(without, slugs, strict=True):
            row.texts["slug"] = slug
        for row in self.new:
            row.has_free_slug = row.text("slug") not in taken

    @cached_property
    def form_class(self):
        names = [column.name for column in self.columns if isinstance(column, FieldColumn)]
        return self.model_admin.get_form(self.request, None, change=False, fields=names)

    def _check_by_form(self, row):
        data, unread = {}, set(row.unread)
        for column in self.columns:
            if isinstance(column, FieldColumn):
                try:
                    data |= column.data(row.text(column.name))
                except ValidationError as error:
                    row.add_error(column, " ".join(error.messages))
                    unread.add(column.name)
        form = self.form_class(data, instance=self._instance(row))
        for name, told in form.errors.items():
            if name not in unread:
                row.add_error(self.by_name.get(name) if name != NON_FIELD_ERRORS else None, " ".join(told))
        for name, field in form.fields.items():
            if isinstance(field, RichTextFormField) and (report := field.report()):
                where = {"row": row.number, "column": self.by_name[name].title, "changes": report}
                self.notes.append(_("Row %(row)s, %(column)s: %(changes)s.") % where)
        row.instance = form.instance

    def _instance(self, row):
        instance = self.model()
        instance.has_free_slug = row.has_free_slug
        return instance

    # Adding

    def save(self):
        """Add all that is new, or nothing; return how many."""
        with transaction.atomic(), batch_indexing():
            self.save_rows(self.new)
            self.log(_("Imported from a table."))
        return len(self.new)

    def log(self, told):
        """Note who has added the rows."""
        LogEntry.objects.log_actions(self.request.user.pk, [row.instance for row in self.new], ADDITION, told)


def rows_in_words(numbers):
    """Return “rows 2–5 and 9” for the numbers of rows; of very many, the first."""
    runs = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    names = [str(first) if first == last else f"{first}–{last}" for first, last in runs[:MAX_RUNS]]
    if len(runs) > MAX_RUNS:
        names.append("…")
    return ngettext("row %(rows)s", "rows %(rows)s", len(numbers)) % {"rows": ", ".join(names)}
