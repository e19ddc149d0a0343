"""The admin's search, for many rows: the first that are found, in the order of the list.

A ModelAdmin names its `search_fields` as ever: fields of its own, or a relation and a field of what it leads to. A word
that is in many rows is in many of the first ones, so those alone are read. A rare one is looked for in narrow indexes,
which hold the fields that `search_scans` groups; what relations lead to is found first, and then who is related to it.
"""

from functools import cached_property

from django.contrib import messages
from django.db.models import Q
from django.utils.text import smart_split, unescape_string_literal
from django.utils.translation import gettext as _

from forum_site.core.text.folding import normalize_line

MAX_QUERY_LENGTH = 200  # characters
MAX_WORDS = 6
MAX_FOUND = 200
FIRST_ROWS, MORE_ROWS = 400, 5000
MAX_KEYS = 10_000  # that one statement hands to the next
MANY_RELATED = 50  # From so many on, they would lead to most of the rows.


class WordSearch:
    search_scans = []

    def get_search_results(self, request, queryset, search_term):
        """Return the rows in which each word of `search_term` stands: in their order, the first `MAX_FOUND`."""
        fields = self.get_search_fields(request)
        words = [Word(text, self.model, fields) for text in search_words(search_term)]
        if not words or not fields:
            return queryset, False
        keys = self._found_in_order(queryset, words, fields)
        found = list(queryset.filter(pk__in=keys).values_list("pk", flat=True)[: MAX_FOUND + 1])
        if len(found) > MAX_FOUND and request.path.endswith(f"/{self.opts.model_name}/"):
            messages.info(
                request,
                _("Only the first %(number)s of what was found are shown. Another word finds less.")
                % {"number": MAX_FOUND},
            )
        return queryset.filter(pk__in=found[:MAX_FOUND]), False

    def _found_in_order(self, queryset, words, fields):
        """Return the keys of all rows in which each word stands; of more than are shown, those of the first ones."""
        first = list(queryset.values_list("pk", flat=True)[: FIRST_ROWS + 1])
        keys = self._found_in(first[:FIRST_ROWS], words)
        if len(first) <= FIRST_ROWS or len(keys) > MAX_FOUND:
            return keys
        if len(keys) * MORE_ROWS > 1.5 * MAX_FOUND * FIRST_ROWS:  # So many of them are almost sure to hold enough.
            keys += self._found_in(list(queryset.values_list("pk", flat=True)[FIRST_ROWS:MORE_ROWS]), words)
            if len(keys) > MAX_FOUND:
                return keys
        return self._found_in_indexes(queryset, words, fields)

    def _found_in_indexes(self, queryset, words, fields):
        """The same, for words of which one stands in few rows; those that stand in many are asked last."""
        keys, frequent = None, []
        for word in sorted(words, key=lambda word: word.leads_to_many):
            if keys is not None and len(keys) <= FIRST_ROWS:
                keys = word.among(keys)
            elif (rows := word.keys(self.search_scans)) is None:
                frequent.append(word)
            else:
                keys = rows if keys is None else keys & rows
        if keys is None:
            found = self.model.objects.order_by()
            for word in frequent:
                found = found.filter(contains(fields, word.text))
            return found.values("pk")
        in_order = queryset.values_list("pk", flat=True)
        if len(keys) > FIRST_ROWS:
            found = self._found_in([key for key in in_order[:MORE_ROWS] if key in keys], frequent)
            if len(found) > MAX_FOUND:
                return found
        return self._found_in(list(in_order.filter(pk__in=keys)), frequent)

    def _found_in(self, keys, words):
        """Return those of `keys` in whose rows each word stands, in their order, until they are more than enough."""
        if not words:
            return keys
        found, start, size = [], 0, FIRST_ROWS
        while start < len(keys) and len(found) <= MAX_FOUND:
            some = keys[start : start + size]
            for word in sorted(words, key=lambda word: word.leads_to_many):
                some = word.among(some)
            found += some
            start, size = start + size, 2 * size
        return found


class Word:
    """A word that is looked for in fields of a model, its own and those of rows that it is related to."""

    def __init__(self, text, model, fields):
        self.text, self.model = text, model
        self._names = {}  # by relation
        for field in fields:
            relation, _dunder, name = field.rpartition("__")
            self._names.setdefault(relation, []).append(name)
        self._own = self._names.pop("", [])

    @cached_property
    def _related(self):
        """The keys of the related rows in which it stands, by relation; None where they are too many to be read."""
        keys = {}
        for relation, names in self._names.items():
            related = self.model
            for step in relation.split("__"):
                related = related._meta.get_field(step).related_model
            found = related.objects.order_by().filter(contains(names, self.text)).values_list("pk", flat=True)
            some = set(found[: MAX_KEYS + 1])
            keys[relation] = some if len(some) <= MAX_KEYS else None
        return keys

    @cached_property
    def leads_to_many(self):
        return any(keys is None or len(keys) >= MANY_RELATED for keys in self._related.values())

    def among(self, keys):
        """Return those of `keys` in whose rows, or in rows that are related to them, it stands."""
        rows = self.model.objects.order_by().filter(pk__in=keys)
        found = set(rows.filter(contains(self._own, self.text)).values_list("pk", flat=True))
        for relation, related in self._related.items():
            if related is None:
                names = [f"{relation}__{name}" for name in self._names[relation]]
                found.update(rows.filter(contains(names, self.text)).values_list("pk", flat=True))
            elif related:
                found.update(key for key, other in rows.values_list("pk", relation) if other in related)
        return found

    def keys(self, scans):
        """Return the keys of all such rows, their own fields read as `scans`; None when they are many."""
        if self.leads_to_many:
            return None
        rows = [self.model.objects.filter(contains(names, self.text)) for names in scans or [self._own]]
        rows += [
            self.model.objects.filter(**{f"{relation}__in": keys}) for relation, keys in self._related.items() if keys
        ]
        found = set()
        for each in rows:
            found.update(each.order_by().values_list("pk", flat=True)[:MAX_KEYS])
            if len(found) >= MAX_KEYS:
                return None
        return found


def search_words(search_term):
    """Return the words of what was typed; what stands in quotation marks is one."""
    words = []
    for word in smart_split(normalize_line(search_term[:MAX_QUERY_LENGTH])):
        if word.startswith(('"', "'")) and word[0] == word[-1] and len(word) > 1:
            word = unescape_string_literal(word)
        words.append(word)
    return words[:MAX_WORDS]


def contains(names, word):
    return Q(*((f"{name}__folded_contains", word) for name in names), _connector=Q.OR)
