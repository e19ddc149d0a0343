"""The directory of organizations: in the order in which a person looks for a name, by letters, all of them or those of
a kind and a country: `/organizations/?kind=media&country=KZ`.

Databases sort names each in their own way, most of them quotation marks first and Chinese by code. Here a name stands
under its first letter or digit, accents aside; under its own letter in every alphabet, and
Chinese by pinyin.
"""

import unicodedata
from typing import NamedTuple

from anyascii import anyascii
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from events.models import Participation
from forum_site.website.filtered_lists import ChoiceFacet, FilteredListView, ListFilters, cached_params, country_facet
from organizations.models import Organization

OTHERS = "0–9"  # What does not begin with a letter.


class Entry(NamedTuple):
    key: int
    letter: str


def entries(names):
    """Return an Entry for each `(key, name)`, in order."""
    found = sorted((*sort_key(name), key) for key, name in names)
    return [Entry(key, letter) for letter, _words, key in found]


def sort_key(name):
    """Return the letter under which `name` stands, and what it is sorted by there."""
    first = next((number for number, character in enumerate(name) if character.isalnum()), None)
    if first is None:
        return OTHERS, name
    words = name[first:]
    if unicodedata.east_asian_width(words[0]) == "W":
        words = anyascii(words)
    folded = words.casefold()
    if not folded.isascii():
        folded = "".join(c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))
    letter = folded[:1].upper()
    return (letter if letter.isalpha() else OTHERS), folded


def letters(found, per_page):
    """Return `(letter, number of the page on which it begins)` for each letter of the entries."""
    pages = {}
    for number, entry in enumerate(found):
        pages.setdefault(entry.letter, number // per_page + 1)
    return list(pages.items())


class OrganizationFilters(ListFilters):
    view_name = "organizations:list"
    facets = [ChoiceFacet("kind", _("Kind"), Organization.Kind), country_facet()]


class OrganizationListView(FilteredListView):
    template_name = "organizations/organization_list.html"
    context_object_name = "entries"
    list_filters = OrganizationFilters
    paginate_by = 50
    cached_params = cached_params(OrganizationFilters)

    def get_rows(self):
        return Organization.objects.published()

    def get_queryset(self):
        return entries(super().get_queryset().values_list("pk", "name"))

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        organizations = self.load(context["page_obj"].object_list)
        return context | {
            "organizations": organizations,
            "has_logos": any(organization.logo for organization in organizations),
            "letters": self.letters() if context["is_paginated"] else [],
        }

    def letters(self):
        found = letters(self.object_list, self.paginate_by)
        return [(letter, self.filters.address_of_page(page)) for letter, page in found]

    def load(self, shown):
        """Return the organizations of the entries, each with its letter, the number of its events, and its parts."""
        keys = [entry.key for entry in shown]
        found = Organization.objects.defer("about").select_related("parent").in_bulk(keys)
        roles = Participation.objects.not_hidden().filter(organization__in=keys).order_by()
        events = dict(roles.values_list("organization").annotate(Count("event", distinct=True)))
        parts = {}
        for part in Organization.objects.filter(parent__in=keys).defer("about").order_by("name"):
            parts.setdefault(part.parent_id, []).append(part)
        for entry in shown:
            organization = found[entry.key]
            organization.letter = entry.letter
            organization.event_total = events.get(entry.key, 0)
            organization.parts = parts.get(entry.key, [])
        return [found[key] for key in keys]
