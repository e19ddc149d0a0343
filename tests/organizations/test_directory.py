import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from organizations.directory import Entry, entries, letters
from organizations.models import Organization
from organizations.views import OrganizationListView
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


def filter_of(page, name):
    """Return the choices of a filter: each with its number, and its address."""
    row = re.search(rf'id="filter-{name}".*?</ul>', page, re.DOTALL).group()
    return {
        text_of(text): address for address, text in re.findall(r'<a [^>]*href="([^"]*)"[^>]*>(.*?)</a>', row, re.DOTALL)
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
    page = page_of(client)
    assert filter_of(page, "kind") == {
        "All kinds": "/organizations/",
        "Think tank 2 (2 organizations)": "?kind=think_tank",
        "Media 1 (1 organization)": "?kind=media",
        "Other 1 (1 organization)": "?kind=other",
    }
    page = page_of(client, "/organizations/?country=KZ")
    assert names_on(page) == ["Almaty Review", "Astana Institute"]
    assert filter_of(page, "kind") == {
        "All kinds": "?country=KZ",
        "Think tank 1 (1 organization)": "?kind=think_tank&amp;country=KZ",
        "Media 1 (1 organization)": "?kind=media&amp;country=KZ",
    }
    assert filter_of(page, "country") == {
        "All countries": "/organizations/",
        "Kazakhstan 2 (2 organizations)": "?country=KZ",
        "China 1 (1 organization)": "?country=CN",
    }
    assert names_on(page_of(client, "/organizations/?kind=think_tank&country=CN")) == ["Beijing Institute"]


def test_filter_that_finds_nothing_says_so(client, houses):
    page = page_of(client, "/organizations/?kind=media&country=CN")
    assert "There is no organization of this kind here." in page
    assert "Media 0 (0 organizations)" in filter_of(page, "kind")


def test_many_countries_are_folded_away_but_for_the_chosen_one(client, houses, monkeypatch):
    monkeypatch.setattr(OrganizationListView, "most_choices", 1)
    page = page_of(client, "/organizations/?country=KZ")
    assert '<details class="filter-links__more">' in page
    assert "1 more" in page
    assert '<details class="filter-links__more" open>' in page_of(client, "/organizations/?country=CN")


@pytest.mark.parametrize(
    "query", ["kind=guild", "country=XX", "country=kz", "kind=media%00", "country=KZ&kind=x", "page=0", "page=2"]
)
def test_unknown_choice_is_a_page_that_is_not_there(client, houses, query):
    response = client.get(f"/organizations/?{query}")
    assert response.status_code == 404
    assert "There is no page here" in response.content.decode()


def test_filters_survive_paging_and_letters(client, houses, monkeypatch):
    monkeypatch.setattr(OrganizationListView, "paginate_by", 1)
    page = page_of(client, "/organizations/?kind=think_tank")
    assert names_on(page) == ["Astana Institute"]
    assert 'href="?kind=think_tank&amp;page=2" rel="next"' in page
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


def test_directory_costs_the_same_however_many_rows(client, db):
    found = []
    for number in (1, 2, 27):
        for _ in range(number):
            parent = make_organization(country="KZ")
            make_participation(make_event(), make_organization(parent=parent, kind="media", country="CN"))
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/organizations/").status_code == 200
        found.append(len(queries))
    assert found[0] == found[1] == found[2]
    assert found[0] <= 7
    assert Organization.objects.count() > OrganizationListView.paginate_by
