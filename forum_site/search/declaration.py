"""What of a model is searched: a declaration, from which all else follows.

    class Visit(InStep, models.Model):
        searched = Searched(
            number=5,
            title="place",
            names=["organization__name"],
            texts=["seen"],
            day="event__starts_on",
            line="events/_found_part.html",
        )

A path leads over at most one relation that has many rows, which stands first, and then from row to row.
"""

import hashlib
import html
import re
from functools import cached_property
from typing import NamedTuple

from django.conf import settings
from django.db.models import Prefetch
from django.utils import translation

from forum_site.core.fields.countries import CountryField, country_name
from forum_site.core.fields.rich_text import RichTextField, media_names_in
from forum_site.search.tokens import tokens, words

# How telling the place is where a word stands.
TITLE, NAME, TEXT = 8, 3, 1
# A rank holds the weight, then the day, then the number: sums of as many as a search has needs stay apart.
WEIGHT, DAY, NUMBERS = 1_000_000_000, 10, 10
VERSION = 2  # Raise it when the same texts are to be indexed anew.

_INLINE = re.compile(r"</?(?:a|strong|em|b|i|u|s|sub|sup)\b[^>]*>")
_TAG = re.compile(r"<[^>]*>")

registry = {}  # by number


class Path(NamedTuple):
    """`many` is the relation with many rows, or None; `hops` lead on, each from a row to one other."""

    many: object
    hops: tuple
    field: object

    def values(self, row):
        return (as_text(self.field, value) for value in self.raw_values(row))

    def raw_values(self, row):
        rows = getattr(row, self.many.get_accessor_name()).all() if self.many else [row]
        for each in rows:
            for hop in self.hops:
                each = each and getattr(each, hop.name, None)  # Data that are loaded may lead to what is still to come.
            if each and (value := getattr(each, self.field.attname)):
                yield value


def as_text(field, value):
    if isinstance(field, RichTextField):
        return html.unescape(_TAG.sub(" ", _INLINE.sub("", value)))
    if isinstance(field, CountryField):
        return country_name(value)
    return value


def file_term(name):
    """Return the term by which the index knows that a rich text shows the stored file `name`; no word is spelt so."""
    return f"/{hashlib.blake2b(name.encode(), digest_size=16).hexdigest()}"


class Content(NamedTuple):
    """What is searched of one row: its texts with their weights, as one value of the database yields them.

    `files` are the names of the stored files that its rich texts show.
    """

    day: object
    texts: list
    files: list
    digest: str

    def words(self):
        return {word for _weight, text in self.texts for word in words(text)}


class SearchIndex:
    """See above. `number` is that of the model in the index, for good; of equals, the lower number comes first.

    `names` and `texts` are quoted where something was found in them; `places` are not, since a result prints its place
    anyway. `language` leads to the row whose `language` the texts are in. `line` is the template that says in one line
    what a result is, from `row`, with all forward relations of the paths loaded.
    """

    def __init__(self, *, number, title, line, names=(), places=(), texts=(), day=None, language=""):
        self.number, self.title, self.line, self.day, self.language = number, title, line, day, language
        self.quoted = [(TEXT, name) for name in texts] + [(NAME, name) for name in names]
        self.weighted = [(TITLE, title), *self.quoted, *((NAME, name) for name in places)]

    def contribute_to_class(self, model, name):
        if registry.setdefault(self.number, self) is not self or not 0 < self.number < NUMBERS:
            raise ValueError(f"{model.__name__}: the number {self.number} is taken, or has more than one digit.")
        self.model = model
        setattr(model, name, self)

    @cached_property
    def paths(self):
        """All that is read, by its name."""
        names = [name for _weight, name in self.weighted] + ([self.day] if self.day else [])
        return {name: self._path(name) for name in names}

    def _path(self, name):
        model, many, hops = self.model, None, []
        *relations, last = name.split("__")
        for relation in relations:
            field = model._meta.get_field(relation)
            if field.one_to_many and not hops:
                many = field
            elif field.many_to_one and field.concrete:
                hops.append(field)
            else:
                raise ValueError(f"{self.model.__name__}: the search cannot follow {name}.")
            model = field.related_model
        return Path(many, tuple(hops), model._meta.get_field(last))

    # Keys and ranks

    def entry(self, key):
        """Return the key in the index of the row with this key."""
        return key * NUMBERS + self.number

    def rank(self, weight, day):
        """Return a whole number: the weight tells, then the later day; what has no day is as of today and always."""
        return weight * WEIGHT + (day.toordinal() if day else NO_DAY) * DAY + (NUMBERS - 1 - self.number)

    # Rows

    def load(self, keys, rows=None):
        """Return the rows with these keys, with all that the paths lead to, in a bounded number of statements.

        What many rows lead to is joined: Django 5.2 asks for a thousand of them by as many ORs, which SQLite refuses.
        """
        rows = self.model._base_manager.all() if rows is None else rows
        forward = {
            "__".join(hop.name for hop in path.hops) for path in self.paths.values() if path.hops and not path.many
        }
        beyond = {path.many: set() for path in self.paths.values() if path.many}
        for path in self.paths.values():
            if path.many and path.hops:
                beyond[path.many].add("__".join(hop.name for hop in path.hops))
        prefetched = [
            Prefetch(
                many.get_accessor_name(),
                many.related_model._default_manager.select_related(*sorted(ways)) if ways else None,
            )
            for many, ways in beyond.items()
        ]
        return rows.filter(pk__in=keys).select_related(*sorted(forward)).prefetch_related(*prefetched)

    def content(self, row):
        """Return the `Content` of a row that `load()` has loaded; the names of countries are in the site's language."""
        with translation.override(settings.LANGUAGE_CODE):
            texts = [(weight, text) for weight, name in self.weighted for text in self.paths[name].values(row)]
        day, files = next(self._days(row), None), sorted(self._files(row))
        content = repr((VERSION, day, texts, files))
        digest = hashlib.blake2b(content.encode("utf-8", "replace"), digest_size=16).hexdigest()
        return Content(day, texts, files, digest)

    def _files(self, row):
        paths = [path for path in self.paths.values() if isinstance(path.field, RichTextField)]
        return {name for path in paths for text in path.raw_values(row) for name in media_names_in(text)}

    def _days(self, row):
        path = self.paths.get(self.day)
        return path.values(row) if path else iter(())

    def ranks(self, content):
        """Return the terms of a `Content`, each with its rank."""
        weights = {}
        for weight, text in content.texts:
            for token in tokens(text):
                for term in token.terms:
                    if weights.get(term, 0) < weight:
                        weights[term] = weight
        weights |= {file_term(name): 0 for name in content.files}
        return {term: self.rank(weight, content.day) for term, weight in weights.items()}

    def quotable(self, row):
        """Yield the texts in which something may have been found: those that read well, then names."""
        for _weight, name in self.quoted:
            yield from self.paths[name].values(row)

    def written(self, row):
        """Return what has the `language` of the row's texts: the row itself, or what it belongs to."""
        return getattr(row, self.language) if self.language else row

    def public(self):
        """What the public may see at this moment; every searched model has a `published()`, be it all of its rows."""
        return self.model._default_manager.published()


NO_DAY = 1_095_363  # 3000-01-01: after the last day of our calendar.


def searched_with(entry):
    """Return the `SearchIndex` of an entry's model, or None if that is gone, and the key of the row."""
    key, number = divmod(entry, NUMBERS)
    return registry.get(number), key
