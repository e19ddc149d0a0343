"""Lists that readers narrow by parameters of the address.

A `Parameter` says what one parameter means: which values it knows, how a value narrows the rows and what it is called.
A `Facet` is a filter by a column that has few values: how many rows each would leave is told beside it. A `ListFilters`
names the filters of a list and reads one address; `FilteredListView` joins it to a page.
"""

import re
from collections import Counter, OrderedDict
from functools import cached_property
from threading import Lock
from typing import NamedTuple
from urllib.parse import urlencode

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import ListView

from forum_site.core.fields.countries import country_name, known_country
from forum_site.pagecache.views import PAGE_NUMBER, CachedPageView

SLUG = "[a-z0-9]{1,100}|(?=.{1,100}$)[a-z0-9]+(-[a-z0-9]+)+"
KEY = "[1-9][0-9]{0,9}"


class Choice(NamedTuple):
    label: str
    number: int  # of rows that it leaves
    address: str
    is_chosen: bool = False
    language: str = ""  # that the label is written in, unless that is the site's


class Chip(NamedTuple):
    title: str
    label: str
    address: str  # of the list without this filter
    language: str = ""


class Parameter:
    """One parameter `name` of the address, called `title`; `pattern` is what its values look like."""

    needs = ""  # the parameter without which this one says nothing

    def __init__(self, name, title, pattern):
        self.name, self.title, self.pattern = name, title, pattern

    def find(self, text):
        """Return the value that a well-formed `text` names, or None when there is no such value."""
        return text

    def text(self, value):
        """Return how the value is written in addresses."""
        return str(value)

    def label(self, value):
        return str(value)

    def apply(self, rows, value, values):
        """Return the `rows` that `value` leaves; `values` are those of all parameters, by name."""
        return rows


class Facet(Parameter):
    """The values of one column, which the queryset's `facet_counts()` has at the same place as the set's `facets`."""

    def __init__(self, name, title, pattern, find, label=str, lookup="", latest_first=False):
        super().__init__(name, title, pattern)
        self.find, self.label, self.lookup, self.latest_first = find, label, lookup or name, latest_first

    def apply(self, rows, value, values):
        return rows.filter(**{self.lookup: value})

    def in_order(self, numbers):
        """Return the items of `numbers`, the values with how many rows each leaves, as a reader looks for them."""
        if self.latest_first:
            return sorted(numbers.items(), reverse=True)
        return sorted(numbers.items(), key=lambda item: (-item[1], str(self.label(item[0]))))


class ChoiceFacet(Facet):
    """A facet of a field with choices."""

    def __init__(self, name, title, choices):
        super().__init__(name, title, "|".join(choices.values), dict(zip(choices.values, choices, strict=True)).get)
        self.label = lambda value: choices(value).label


def country_facet():
    return Facet("country", _("Country"), "[A-Z]{2}", known_country, label=country_name)


class FacetCounts:
    """The tallies last made, each for its site version: those of a large archive are read from all of its rows."""

    MAX = 32

    def __init__(self):
        self._cached = OrderedDict()
        self._lock = Lock()

    def get(self, key, site_version, make):
        """Return the tally kept for `key` in this site version; else that of `make()`, and keep it."""
        with self._lock:
            kept_for, facet_counts = self._cached.get(key, (None, None))
        if kept_for != site_version or site_version is None:
            facet_counts = make()
            with self._lock:
                self._cached[key] = (site_version, facet_counts)
                self._cached.move_to_end(key)
                while len(self._cached) > self.MAX:
                    self._cached.popitem(last=False)
        return facet_counts


facet_counts_cache = FacetCounts()


class ListFilters:
    """The `facets` and other `filters` of the list at `view_name`, as the parameters of one address set them.

    `rows` are those that it narrows, in the `site_version` that they are read in. Raises Http404 when one of the
    parameters has a value that is not known.
    """

    view_name = ""
    facets = []
    filters = []
    other_choices = []  # Beside those of the facets: titles, each with its choices.

    def __init__(self, query, rows, site_version=None):
        self.rows, self.site_version = rows, site_version
        self.values = {}
        for each in self.all_filters():
            text = query.get(each.name, "")
            if not text or (each.needs and each.needs not in self.values):
                continue
            value = each.find(text) if re.fullmatch(each.pattern, text) else None
            if value is None:
                raise Http404
            self.values[each.name] = value

    @classmethod
    def all_filters(cls):
        return [*cls.facets, *cls.filters]

    @classmethod
    def patterns(cls):
        return {each.name: each.pattern for each in cls.all_filters()}

    def set_filters(self):
        """Return the filters that are set, each with its value, in order."""
        return [(each, self.values[each.name]) for each in self.all_filters() if each.name in self.values]

    @property
    def applied(self):
        """The values that leave rows out: an order has no title, and leaves out none."""
        return [value for each, value in self.set_filters() if each.title]

    @property
    def labels(self):
        return [chip.label for chip in self.chips()]

    @property
    def is_indexed(self):
        """Whether search engines should know this list: one filter tells something, combinations are countless."""
        return len(self.values) == len(self.applied) <= 1

    @property
    def plain_address(self):
        """The address of the list without any filter."""
        return self.address_of({})

    def address(self, **changes):
        """Return the address of the list with these filters, and `changes`: texts by name, None takes one away."""
        texts = {each.name: each.text(value) for each, value in self.set_filters()} | changes
        needs = {each.name: each.needs for each in self.all_filters()} | {"page": ""}
        in_order = {name: texts[name] for name in needs if texts.get(name)}
        return self.address_of({name: text for name, text in in_order.items() if needs[name] in ("", *in_order)})

    def address_of(self, texts):
        path = self.path_of(texts)
        return f"{path}?{urlencode(texts)}" if texts else path

    def path_of(self, texts):
        """Return the path of the list; take those of the parameters `texts` out that are told by the path itself."""
        return reverse(self.view_name)

    def address_of_page(self, number):
        return self.address(page=str(number) if number > 1 else None)

    @property
    def page_address(self):
        """The address of a page of the list, but for its number at the end."""
        return self.address(page="0").removesuffix("0")

    def apply(self, rows, without=()):
        """Return the `rows` that all filters leave, or all but those `without`."""
        for each, value in self.set_filters():
            if each not in without:
                rows = each.apply(rows, value, self.values)
        return rows

    @cached_property
    def facet_counts(self):
        """How many rows there are for each combination of the facets' values, within the other filters."""
        applied = [(each, value) for each, value in self.set_filters() if each.title and each not in self.facets]
        key = (type(self), *((each.name, each.text(value)) for each, value in applied))
        return facet_counts_cache.get(key, self.site_version, self.apply(self.rows, without=self.facets).facet_counts)

    def numbers(self, facet):
        """Return how many rows each value of `facet` would leave, within the other filters."""
        place = self.facets.index(facet)
        others = [(self.facets.index(each), value) for each, value in self.set_filters() if each in self.facets]
        others = [(i, value) for i, value in others if i != place]
        numbers = Counter()
        for values, number in self.facet_counts.items():
            if all(values[i] == value for i, value in others):
                numbers[values[place]] += number
        return numbers

    @cached_property
    def found(self):
        """How many rows are found with all filters."""
        numbers = self.numbers(self.facets[0])
        chosen = self.values.get(self.facets[0].name)
        return numbers[chosen] if chosen is not None else numbers.total()

    def choices(self):
        """Return the facets that offer a choice, each with its choices."""
        found = []
        for facet in self.facets:
            chosen = self.values.get(facet.name)
            choices = [
                Choice(
                    str(facet.label(value)),
                    number,
                    self.address(**{facet.name: None if value == chosen else facet.text(value)}),
                    value == chosen,
                )
                for value, number in facet.in_order(self.numbers(facet))
                if value != ""
            ]
            if len(choices) > 1 or chosen is not None:
                found.append((facet, choices))
        return found

    def chips(self):
        """Return what is set, in order, each with the address of the list without it."""
        return [
            Chip(each.title, str(each.label(value)), self.address(**{each.name: None}), getattr(value, "language", ""))
            for each, value in self.set_filters()
            if each.title
        ]


class FilteredListView(CachedPageView, ListView):
    """A page of a list as its `list_filters` narrows it. A subclass has `get_rows()` and extends `cached_params`."""

    list_filters = None

    def page_key(self):
        """Combinations are too many to be worth keeping: they would push the pages of the events out."""
        names = {*self.kwargs, *self.request.GET} & self.list_filters.patterns().keys()
        return super().page_key() if len(names) <= 1 else None

    def get_queryset(self):
        rows = self.get_rows()
        given = {name: str(value) for name, value in self.kwargs.items()}
        self.filters = self.list_filters({**self.request.GET.dict(), **given}, rows, self.site_version)
        if len(self.filters.applied) == 1 and not self.filters.found:
            raise Http404  # Nothing has this value: it is as unknown as any other.
        return self.filters.apply(rows)

    def get_context_data(self, **kwargs):
        context = super().get_context_data(filters=self.filters, **kwargs)
        return {**context, "canonical": self.filters.address_of_page(context["page_obj"].number)}


def cached_params(list_filters):
    return {"page": PAGE_NUMBER, **list_filters.patterns()}
