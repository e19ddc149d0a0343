import datetime
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from organizations.website.network.period import Period
from organizations.website.network.views import NetworkView
from tests.factories import make_event, make_organization, make_participation
from tests.organizations.test_partners import HIDDEN, meet

ADDRESS = "/organizations/network/"


def page_of(client, query=""):
    response = client.get(f"{ADDRESS}{query}")
    assert response.status_code == 200
    return re.search(r"<main.*</main>", response.content.decode(), re.DOTALL).group()


def pairs_on(page):
    """Return the rows of the table, each as the texts of its cells."""
    body = re.search(r"<tbody>(.*?)</tbody>", page, re.DOTALL)
    rows = re.findall(r"<tr>.*?</tr>", body[1], re.DOTALL) if body else []
    return [
        [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)]
        for row in rows
    ]


def drawn_on(page):
    return sorted(re.findall(r"<a class=\"network-circle__name\".*?<title>(.*?)</title>", page, re.DOTALL))


def day(year):
    return {"starts_on": datetime.date(year, 6, 1)}


@pytest.fixture
def houses(db):
    """Three houses: A and B met in 2021 and twice in 2023, B and C in 2022."""
    a, b, c = (make_organization(name=f"House {name}", slug=f"house-{name.lower()}") for name in "ABC")
    meet(a, b, **day(2021))
    meet(b, c, **day(2022))
    meet(a, b, **day(2023))
    meet(a, b, **day(2023))
    return a, b, c


def test_pairs_of_all_years(client, houses):
    page = page_of(client)
    assert pairs_on(page) == [
        ["House A", "House B", "3", "2021 2023 (2)"],
        ["House B", "House C", "1", "2022"],
    ]
    assert drawn_on(page) == ["House A", "House B", "House C"]
    assert '/events/?organization=house-a&amp;with=house-b">3</a>' in page
    assert '/events/?organization=house-a&amp;with=house-b&amp;year=2023">2023 (2)</a>' in page
    assert "All 3 organizations" in page


def test_pairs_of_some_years(client, houses):
    page = page_of(client, "?from=2021&to=2022")
    assert pairs_on(page) == [["House A", "House B", "1", "2021"], ["House B", "House C", "1", "2022"]]
    assert '<td class="pair-table__number">1</td>' in page  # Its events are those of each year.
    page = page_of(client, "?from=2023")
    assert pairs_on(page) == [["House A", "House B", "2"]]
    assert '/events/?organization=house-a&amp;with=house-b&amp;year=2023">2</a>' in page
    assert drawn_on(page) == ["House A", "House B"]


def test_several_roles_in_an_event_are_one(client, houses):
    event = meet(houses[0], houses[2], **day(2021))
    make_participation(event, houses[0], role="host")
    make_participation(event, houses[2], role="established")
    assert ["House A", "House C", "1", "2021"] in pairs_on(page_of(client))


@pytest.mark.parametrize("hidden", HIDDEN)
def test_hidden_event_joins_nobody(client, houses, hidden):
    a, _b, c = houses
    before = page_of(client)
    meet(a, c, make_organization(name="Secret guest"), **day(2022), **hidden())
    meet(a, c, **day(2019), **hidden())
    after = page_of(client)
    assert pairs_on(after) == pairs_on(before)
    assert "Secret guest" not in after
    assert client.get(f"{ADDRESS}?from=2019").status_code == 404


@pytest.mark.parametrize(
    "query", ["from=2020", "to=2024", "from=2023&to=2022", "from=x", "to=20211", "from=²", "page=0", "page=2", "page=x"]
)
def test_what_is_no_period_is_a_page_that_is_not_there(client, houses, query):
    assert client.get(f"{ADDRESS}?{query}").status_code == 404


def test_without_events_there_is_nothing_to_draw(client, db):
    assert "No events have been published yet" in page_of(client)
    assert client.get(f"{ADDRESS}?from=2023").status_code == 404
    make_participation(make_event())
    assert "no two organizations" in page_of(client)


def test_years_are_links(client, houses):
    page = page_of(client, "?from=2022&to=2023")
    nav = re.search(r"<nav class=\"filter-links\".*?</nav>", page, re.DOTALL).group()
    assert re.findall(r'href="([^"]+)"( aria-current="true")?', nav) == [
        ("?from=2021&amp;to=2023", ""),
        ("?from=2022&amp;to=2023", ' aria-current="true"'),
        ("?from=2023&amp;to=2023", ""),
        ("?from=2021&amp;to=2021", ""),
        ("?from=2022&amp;to=2022", ""),
        ("?from=2022&amp;to=2023", ' aria-current="true"'),
    ]


def test_too_many_events_are_not_drawn_and_the_page_says_so(client, houses, monkeypatch):
    monkeypatch.setattr(Period, "most_events", 3)
    page = page_of(client)
    assert pairs_on(page) == [["House A", "House B", "2", "2023 (2)"], ["House B", "House C", "1", "2022"]]
    assert "Too many events since 2021" in page
    assert 'href="https://' not in page
    assert pairs_on(page_of(client, "?from=2021&to=2022")) == [
        ["House A", "House B", "1", "2021"],
        ["House B", "House C", "1", "2022"],
    ]


def test_forty_who_met_most_are_drawn_of_all(client, houses, monkeypatch):
    monkeypatch.setattr(NetworkView, "most_drawn", 2)
    page = page_of(client)
    assert drawn_on(page) == ["House A", "House B"]
    assert pairs_on(page) == [["House A", "House B", "3", "2021 2023 (2)"]]
    assert "The 2 organizations that met others most, of 3 with a role" in page


def test_only_the_most_active_are_compared_and_the_page_says_so(client, houses, monkeypatch):
    monkeypatch.setattr(NetworkView, "most_compared", 2)
    page = page_of(client)
    assert pairs_on(page) == [["House A", "House B", "3", "2021 2023 (2)"]]
    assert "They were chosen among the 2 with most roles." in page


def test_table_comes_by_page_and_keeps_its_years(client, houses, monkeypatch):
    monkeypatch.setattr(NetworkView, "paginate_by", 1)
    page = page_of(client, "?from=2021&to=2022")
    assert len(pairs_on(page)) == 1
    assert 'href="?from=2021&amp;to=2022&amp;page=2" rel="next"' in page
    assert pairs_on(page_of(client, "?from=2021&to=2022&page=2")) == [["House B", "House C", "1", "2022"]]


def test_picture_has_links_and_nothing_inline(client, houses):
    picture = re.search(r'<svg class="network-circle".*?</svg>', page_of(client), re.DOTALL).group()
    assert re.findall(r'network-circle__name" href="([^"]+)"', picture) == [
        house.get_absolute_url() for house in sorted(houses, key=lambda house: picture.index(house.get_absolute_url()))
    ]
    assert 'role="group" aria-labelledby="circle-title circle-facts"' in picture
    assert "3 organizations around a circle, and 2 lines" in picture
    for forbidden in ("style=", "<script", "onload", "fill="):
        assert forbidden not in picture


def test_hostile_names_stay_names(client, db):
    meet(make_organization(name="</title><script>alert(1)</script>"), make_organization(name='" onload="x'))
    page = page_of(client)
    assert "<script>alert" not in page
    assert '" onload="x' not in page


def test_network_costs_the_same_however_many_rows(client, db):
    found = []
    for number in (1, 2, 27):
        for _ in range(number):
            meet(make_organization(), make_organization(parent=make_organization()), **day(2020 + number % 3))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(ADDRESS).status_code == 200
        found.append(len(queries))
    assert found[0] == found[1] == found[2]
    assert found[0] <= 6
