import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from forum_site.pagecache import views as kept_pages
from organizations.models import Organization
from organizations.website.directory import Entry, OrganizationFilters, OrganizationListView, entries, letters
from tests.events.test_event_filters import assert_numbers_are_true
from tests.factories import make_event, make_organization, make_participation
from tests.organizations.test_partners import HIDDEN


def page_of(client, address="/organizations/"):
    response = client.get(address)
    assert response.status_code == 200
    return re.search(r"<main.*</main>", response.content.decode(), re.DOTALL).group()


def text_of(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def names_on(page):
    return re.findall(r'class="organization-name"[^>]*><a [^>]*>([^<]+)', page)


def choices_of(client, address="/organizations/"):
    """Return the choices of each filter: what each is called, with its number, and its address."""
    filters = client.get(address).context["filters"]
    return {
        facet.name: {f"{each.label} {each.number}": each.address for each in choices}
        for facet, choices in filters.choices()
    }


@pytest.fixture
def houses(db):
    make_organization(name="Astana Institute", kind="think_tank", country="KZ", city="Astana")
    make_organization(name="Almaty Review", kind="media", country="KZ")
    make_organization(name="Beijing Institute", kind="think_tank", country="CN")
    make_organization(name="Club", kind="other")


def test_names_stand_as_a_person_looks_for_them():
    names = ["Zeta", "“Belt” Alliance", "alpha", "Élan", "渭原大学", "Институт", "8th Forum", "Ёлка"]
    found = entries(enumerate(names))
    assert [(entry.letter, names[entry.key]) for entry in found] == [
        ("0–9", "8th Forum"),
        ("A", "alpha"),
        ("B", "“Belt” Alliance"),
        ("E", "Élan"),
        ("W", "渭原大学"),
        ("Z", "Zeta"),
        ("Е", "Ёлка"),
        ("И", "Институт"),
    ]


def test_letters_lead_to_their_page():
    found = [Entry(1, "A"), Entry(2, "A"), Entry(3, "B"), Entry(4, "C")]
    assert letters(found, per_page=2) == [("A", 1), ("B", 2), ("C", 2)]


def test_filters_have_numbers_and_combine(client, houses):
    assert choices_of(client) == {
        "kind": {
            "Think tank 2": "/organizations/?kind=think_tank",
            "Media 1": "/organizations/?kind=media",
            "Other 1": "/organizations/?kind=other",
        },
        "country": {"Kazakhstan 2": "/organizations/?country=KZ", "China 1": "/organizations/?country=CN"},
    }
    kept_pages.page_cache.clear()
    assert choices_of(client, "/organizations/?country=KZ") == {
        "kind": {
            "Media 1": "/organizations/?kind=media&country=KZ",
            "Think tank 1": "/organizations/?kind=think_tank&country=KZ",
        },
        "country": {"Kazakhstan 2": "/organizations/", "China 1": "/organizations/?country=CN"},
    }
    kept_pages.page_cache.clear()
    page = page_of(client, "/organizations/?country=KZ")
    assert names_on(page) == ["Almaty Review", "Astana Institute"]
    assert "2 organizations" in text_of(page)
    assert names_on(page_of(client, "/organizations/?kind=think_tank&country=CN")) == ["Beijing Institute"]


def test_numbers_beside_choices_are_those_of_their_directories(houses):
    queries = [{}, {"kind": "media"}, {"country": "KZ"}, {"kind": "think_tank", "country": "CN"}]
    assert assert_numbers_are_true(OrganizationFilters, Organization.objects.published(), queries) == 11


def test_combination_that_fits_nothing_says_so(client, houses):
    page = page_of(client, "/organizations/?kind=media&country=CN")
    assert "No organization fits all of these. Take one of them away." in page
    assert 'class="filter-chips__all" href="/organizations/"' in page


def test_many_countries_are_folded_away_unless_one_of_them_is_chosen(client, db):
    for number, country in enumerate(["AT", "BE", "CH", "DE", "ES", "FR", "GB", "HU", "IT", "JP", "KZ"]):
        for _ in range(20 - number):
            make_organization(country=country)
    page = page_of(client, "/organizations/?country=AT")
    assert '<details class="filters__more">' in page
    assert "1 more" in page
    assert '<details class="filters__more" open>' in page_of(client, "/organizations/?country=KZ")


@pytest.mark.parametrize(
    "query",
    [
        "kind=guild",
        "kind=party",  # There is none.
        "country=XX",
        "country=DE",
        "country=kz",
        "kind=media%00",
        "country=KZ&kind=x",
        "page=0",
        "page=2",
    ],
)
def test_unknown_choice_is_a_page_that_is_not_there(client, houses, query):
    response = client.get(f"/organizations/?{query}")
    assert response.status_code == 404
    assert "There is no page here" in response.content.decode()


def test_filters_survive_paging_and_letters(client, houses, monkeypatch):
    monkeypatch.setattr(OrganizationListView, "paginate_by", 1)
    page = page_of(client, "/organizations/?kind=think_tank")
    assert names_on(page) == ["Astana Institute"]
    assert 'href="/organizations/?kind=think_tank&amp;page=2" rel="next"' in page
    assert 'href="/organizations/?kind=think_tank&amp;page=2#letter-B"' in page
    second = page_of(client, "/organizations/?kind=think_tank&page=2")
    assert names_on(second) == ["Beijing Institute"]
    assert 'id="letter-B"' in second
    response = client.get("/organizations/?page=2&kind=think_tank&utm_source=mail").content.decode()
    assert "utm_source" not in response
    assert '/organizations/?kind=think_tank&amp;page=2">' in re.search(r'<link rel="canonical"[^>]*>', response).group()


def test_row_has_parent_and_parts(client, db):
    ministry = make_organization(name="Ministry")
    for number in range(5):
        make_organization(name=f"Office {number}", parent=ministry)
    text = text_of(page_of(client))
    assert "Ministry its parts: Office 0 , Office 1 , Office 2 , and 2 more" in text
    assert "Office 4 part of Ministry" in text


@pytest.mark.parametrize("hidden", HIDDEN)
def test_only_public_events_are_counted(client, db, hidden):
    house = make_organization(name="House")
    make_participation(make_event(), house, role="host")
    both = make_event()
    make_participation(both, house, role="host")
    make_participation(both, house, role="organizer")
    make_participation(make_event(**hidden()), house, role="host")
    assert "2 events of House" in text_of(page_of(client))


@pytest.mark.parametrize("query", ["", "kind=media", "kind=media&country=CN"])
def test_directory_costs_the_same_however_many_rows(client, db, query):
    found = []
    for number in (1, 2, 51):
        for _ in range(number):
            parent = make_organization(country="KZ")
            house = make_organization(parent=parent, kind="media", country="CN")
            make_participation(make_event(), house)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/organizations/?{query}").status_code == 200
        found.append(len(queries))
    assert found[0] == found[1] == found[2]
    assert found[0] <= 7
    assert Organization.objects.count() > OrganizationListView.paginate_by
