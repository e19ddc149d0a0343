"""Whom an organization met, and its roles over the years: on its page."""

import datetime
import re

import pytest
from django.utils import timezone

from organizations.website.roles import RolesOverYears, shown_years
from tests.factories import make_event, make_organization, make_participation


def in_days(days):
    return timezone.now() + datetime.timedelta(days=days)


HIDDEN = [
    lambda: {"publication_status": "draft"},
    lambda: {"publish_at": in_days(1)},
    lambda: {"publish_at": in_days(-9), "unpublish_at": in_days(-1)},
]


def meet(*organizations, role="participant", **event):
    event = make_event(**event)
    for organization in organizations:
        make_participation(event, organization, role=role)
    return event


def section(client, organization, name):
    page = client.get(organization.get_absolute_url()).content.decode()
    found = re.search(
        rf'<section class="page-section"[^>]*aria-labelledby="{name}-heading">.*?</section>', page, re.DOTALL
    )
    return found and found.group()


def partners_of(client, organization):
    """Return `(name, what is said of the events batch_indexing, address)` of each partner on the page, in order."""
    html = section(client, organization, "partners") or ""
    rows = re.findall(r'<li class="partner-list__partner">(.*?)</li>', html, re.DOTALL)
    return [
        (
            re.search(r"partner-list__name.*?<a [^>]*>(.*?)</a>", row, re.DOTALL)[1],
            re.search(r"(\d+ events?) together", row)[1],
            re.search(r'partner-list__events" href="([^"]+)"', row)[1],
        )
        for row in rows
    ]


@pytest.fixture
def house(db):
    return make_organization(name="House", slug="house")


def test_partners_come_by_events_together(client, house):
    often, seldom = make_organization(name="Often", slug="often"), make_organization(name="Seldom", slug="seldom")
    make_organization(name="Never")
    meet(house, often, seldom)
    both = meet(house, often)
    for organization in (house, often):
        make_participation(both, organization, role="host")  # A second role in the same event is no second meeting.
    meet(often, seldom)
    assert partners_of(client, house) == [
        ("Often", "2 events", "/events/?organization=house&amp;with=often"),
        ("Seldom", "1 event", "/events/?organization=house&amp;with=seldom"),
    ]


@pytest.mark.parametrize("role", ["host", "established"])
def test_any_role_counts(client, house, role):
    child = make_organization(name="Newborn")
    event = meet(house)
    make_participation(event, child, role=role)
    assert [row[:2] for row in partners_of(client, house)] == [("Newborn", "1 event")]
    assert [row[:2] for row in partners_of(client, child)] == [("House", "1 event")]


@pytest.mark.parametrize("hidden", HIDDEN)
def test_hidden_event_makes_no_partners_and_no_years(client, house, hidden):
    friend = make_organization(name="Friend", slug="friend")
    meet(house, friend, make_organization(name="Secret guest"), starts_on=datetime.date(2019, 5, 1), **hidden())
    assert section(client, house, "partners") is None
    assert section(client, house, "roles") is None
    meet(house, friend)
    assert [row[:2] for row in partners_of(client, house)] == [("Friend", "1 event")]
    page = client.get(house.get_absolute_url()).content.decode()
    assert "Secret guest" not in page
    assert "2019" not in page


def test_ten_closest_are_shown_of_all(client, house):
    meet(house, *(make_organization() for _ in range(12)))
    assert len(partners_of(client, house)) == 10
    assert "The closest 10 of 12." in section(client, house, "partners")


def test_picture_says_what_the_list_says(client, house):
    friend = make_organization(name="Friend & Sons")
    for _ in range(3):
        meet(house, friend)
    html = section(client, house, "partners")
    picture = re.search(r'<svg class="partner-star".*?</svg>', html, re.DOTALL).group()
    assert 'role="img"' in picture
    assert "The closest partners of House</title>" in picture
    assert "Friend &amp; Sons: 3 events together." in re.search(r"<desc.*?</desc>", picture, re.DOTALL).group()
    assert re.findall(r'partner-star__number"[^>]*>(\d+)<', picture) == ["3"]
    assert "tie-line--3" in picture
    assert "style=" not in picture
    assert "<a" not in picture  # What is an image has nothing inside to act upon.


def test_roles_over_the_years_are_a_table(client, house):
    for year, role, number in [(2021, "host", 1), (2023, "host", 2), (2023, "participant", 1)]:
        for _ in range(number):
            make_participation(make_event(starts_on=datetime.date(year, 3, 1)), house, role=role)
    html = section(client, house, "roles")
    rows = [
        [" ".join(re.sub(r"<[^>]+>", "", cell).split()) for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)]
        for row in re.findall(r"<tr>.*?</tr>", html, re.DOTALL)
    ]
    assert rows == [
        ["Role", "2021", "2022", "2023", "In all"],
        ["Host", "1", "", "2", "3"],
        ["Participant", "", "", "1", "1"],
    ]
    assert "/events/?organization=house&amp;role=host&amp;year=2023" in html


def test_years_are_bounded():
    assert shown_years({2021, 2023}) == [2021, 2022, 2023]
    assert shown_years({1900, *range(2000, 2020)}) == list(range(2004, 2020))
    assert shown_years({1900, 1950, 2023}) == [1900, 1950, 2023]


def test_years_left_out_are_summed(house):
    for year in (1950, *range(2001, 2017)):
        make_participation(make_event(starts_on=datetime.date(year, 3, 1)), house, role="host")
    found = RolesOverYears.of(house.participations.published())
    assert (found.years, found.earlier, found.rows[0].earlier, found.rows[0].all) == (list(range(2001, 2017)), 1, 1, 17)


def test_chain_of_parents_stands_nearest_first(client, house):
    ministry = make_organization(name="Ministry")
    office = make_organization(name="Office", parent=ministry)
    house.parent = office
    house.save()
    page = client.get(house.get_absolute_url()).content.decode()
    facts = re.search(r"<dt[^>]*>Part of</dt>(.*?)</dd>", page, re.DOTALL)[1]
    assert re.findall(r">([^<\s]+)</a>", facts) == ["Office", "Ministry"]
