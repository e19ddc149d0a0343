"""The admin's search, for many rows: the first that are found, in the order of the list.

A ModelAdmin names its `search_fields` as ever: fields of its own, or a relation and a field of what it leads to. A word
that is in many rows is in many of the first ones, so those alone are read. A rare one is looked for in narrow indexes,
which hold the fields that `search_scans` groups; what relations lead to is found first, and then who is related to it.
"""

from django.contrib import messages
from django.db.models import Q
from django.utils.text import smart_split, unescape_string_literal
from django.utils.translation import gettext as _

LONGEST_SEARCH = 200  # characters
MOST_WORDS = 6
MOST_FOUND = 200
FIRST_ROWS = 2000
MOST_KEYS = 10_000  # that one statement hands to the next
MANY_RELATED = 50  # From so many on, they would lead to most of the rows.


class WordSearch:
    search_scans = []

    def get_search_results(self, request, queryset, search_term):
        """Return the rows in which each word of `search_term` stands: in their order, the first `MOST_FOUND`."""
        words = search_words(search_term)
        fields = self.get_search_fields(request)
        if not words or not fields:
            return queryset, False
        first = list(queryset.values_list("pk", flat=True)[: FIRST_ROWS + 1])
        keys = self._found_in(first[:FIRST_ROWS], words, fields)
        if len(first) > FIRST_ROWS and len(keys) <= MOST_FOUND:
            keys = self._found_in_indexes(words, fields)
        found = list(queryset.filter(pk__in=keys).values_list("pk", flat=True)[: MOST_FOUND + 1])
        if len(found) > MOST_FOUND and request.path.endswith(f"/{self.opts.model_name}/"):
            messages.info(
                request,
                _("Only the first %(number)s of what was found are shown. Another word finds less.")
                % {"number": MOST_FOUND},
            )
        return queryset.filter(pk__in=found[:MOST_FOUND]), False

    def _found_in(self, keys, words, fields):
        """Return those of `keys` in whose rows each word stands in one of the fields."""
        for word in words:
            rows = self.model.objects.order_by().filter(contains(fields, word), pk__in=keys)
            keys = list(rows.values_list("pk", flat=True).distinct())
        return keys

    def _found_in_indexes(self, words, fields):
        """Return the keys of all rows in which each word stands; words that lead to most rows are asked last."""
        rare = {word: rows for word in words if (rows := self._rows_with(word, fields)) is not None}
        found = self.model.objects.order_by()
        for rows in rare.values():
            found = found.filter(pk__in=rows)
        frequent = [word for word in words if word not in rare]
        if not rare:
            for word in frequent:
                found = found.filter(contains(fields, word))
            return found.values("pk")
        if not frequent:
            return found.values("pk")
        return self._found_in(list(found.values_list("pk", flat=True)[:MOST_KEYS]), frequent, fields)

    def _rows_with(self, word, fields):
        """Return the keys of the rows in which `word` stands, as a subquery; None when it leads to most rows."""
        by_relation = {}
        for field in fields:
            relation, _dunder, name = field.rpartition("__")
            by_relation.setdefault(relation, []).append(name)
        own = by_relation.pop("", [])
        rows = [self.model.objects.filter(contains(names, word)) for names in self.search_scans or [own]]
        for relation, names in by_relation.items():
            related = self.model
            for step in relation.split("__"):
                related = related._meta.get_field(step).related_model
            keys = list(related.objects.filter(contains(names, word)).values_list("pk", flat=True)[:MANY_RELATED])
            if len(keys) == MANY_RELATED:
                return None
            if keys:
                rows.append(self.model.objects.filter(**{f"{relation}__in": keys}))
        keys = [each.order_by().values("pk") for each in rows]
        return keys[0].union(*keys[1:]) if keys[1:] else keys[0]


def search_words(search_term):
    """Return the words of what was typed; what stands in quotation marks is one."""
    words = []
    for word in smart_split(search_term.replace("\x00", "")[:LONGEST_SEARCH]):
        if word.startswith(('"', "'")) and word[0] == word[-1] and len(word) > 1:
            word = unescape_string_literal(word)
        words.append(word)
    return words[:MOST_WORDS]


def contains(names, word):
    return Q(*((f"{name}__icontains", word) for name in names), _connector=Q.OR)
