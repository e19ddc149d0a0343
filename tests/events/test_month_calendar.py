import datetime
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from events.models import Event
from events.website.calendar import MAX_ON_A_DAY, Month
from tests.factories import make_event


def day(text):
    return datetime.date.fromisoformat(text)


def titles(first):
    """Return the titles that stand on each day of the month, for the days that have one."""
    month = Month(day(first))
    return {
        found.date.isoformat(): [event.title for event, _number in found.events]
        for week in month.weeks()
        for found in week
        if found.events
    }


def test_event_stands_on_each_of_its_days(db):
    make_event(title="Across", starts_on=day("2023-05-30"), ends_on=day("2023-06-02"))
    make_event(title="One", starts_on=day("2023-06-02"))
    make_event(title="Hidden", starts_on=day("2023-06-03"), publication_status="draft")
    assert titles("2023-05-01") == {"2023-05-30": ["Across"], "2023-05-31": ["Across"]}
    assert titles("2023-06-01") == {"2023-06-01": ["Across"], "2023-06-02": ["One", "Across"]}


@pytest.mark.parametrize("month", range(1, 13))
def test_days_are_exact_across_all_borders(db, month):
    """Also over 29 February, the end of the year and the nights in which clocks are put forward or back."""
    first, length = datetime.date(2024, month, 1), datetime.timedelta(days=40)
    long = make_event(title="Long", starts_on=first - datetime.timedelta(days=2), ends_on=first + length)
    short = make_event(title="Short", starts_on=first)
    expected = {}
    for number in range(31):
        each = first + datetime.timedelta(days=number)
        if each.month == month:
            expected[each.isoformat()] = ["Short", "Long"] if each == short.starts_on else ["Long"]
    assert titles(first.isoformat()) == expected
    assert Month(first).next == Month(long.ends_on).first


def test_neighbours_are_months_with_an_event(db):
    make_event(starts_on=day("2022-02-10"))
    make_event(starts_on=day("2023-05-31"), ends_on=day("2023-07-01"))
    make_event(starts_on=day("2023-09-01"), publication_status="draft")
    make_event(starts_on=day("2024-01-15"))
    neighbours = {
        first: tuple(each and each.isoformat() for each in (Month(day(first)).previous, Month(day(first)).next))
        for first in ("2022-02-01", "2022-08-01", "2023-05-01", "2023-06-01", "2023-07-01", "2024-01-01")
    }
    assert neighbours == {
        "2022-02-01": (None, "2023-05-01"),
        "2022-08-01": ("2022-02-01", "2023-05-01"),
        "2023-05-01": ("2022-02-01", "2023-06-01"),
        "2023-06-01": ("2023-05-01", "2023-07-01"),
        "2023-07-01": ("2023-06-01", "2024-01-01"),
        "2024-01-01": ("2023-07-01", None),
    }


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("2023/4/", 404),
        ("2023/5/", 200),
        ("2023/6/", 200),
        ("2023/7/", 200),
        ("2023/8/", 404),
        ("2023/0/", 404),
        ("2023/13/", 404),
        ("2023/05/", 301),
        ("0000/5/", 404),
        ("2999/12/", 404),
        ("1000/1/", 404),
        ("99999/1/", 404),
        ("-2023/5/", 404),
        (f"{10**30}/1/", 404),
        ("2023/5%00/", 404),
    ],
)
def test_calendar_ends_where_events_end(client, db, path, status):
    make_event(starts_on=day("2023-05-17"))
    make_event(starts_on=day("2023-07-01"))
    make_event(starts_on=day("2023-03-01"), publication_status="draft")
    make_event(starts_on=day("2025-03-01"), publish_at=timezone.now() + datetime.timedelta(days=1))
    assert client.get(f"/events/calendar/{path}").status_code == status


@pytest.mark.parametrize("year", [1000, 2999])
def test_calendar_reaches_the_first_and_the_last_year(client, db, year):
    make_event(title="At the edge", starts_on=datetime.date(year, 1, 1), ends_on=datetime.date(year, 12, 31))
    for month in (1, 12):
        assert "At the edge" in client.get(f"/events/calendar/{year}/{month}/").content.decode()


def test_table_tells_its_days(client, db):
    make_event(
        title="Meeting & more", slug="meeting", starts_on=day("2023-05-17"), ends_on=day("2023-05-18"), language="ru"
    )
    page = client.get("/events/calendar/2023/5/").content.decode()
    assert re.search(r"<h1[^>]*>May 2023</h1>", page)
    assert page.count("<tr") == 6
    assert page.count('scope="col"') == 7
    assert re.findall(r'visually-hidden">(\w+day)<', page)[0] == "Monday"
    assert page.count('href="/events/meeting/" dir="auto" lang="ru">Meeting &amp; more</a>') == 2
    assert page.count(">day 2<") == 1
    assert page.count("<caption") == 1


def test_week_begins_as_the_language_says(client, db):
    make_event(starts_on=day("2023-05-17"))
    first = {}
    for language in ("en", "ru", "ar", "pt-br", "zh-hans"):
        with override(language):
            first[language] = Month(day("2023-05-01")).weeks()[0][0].date.weekday()
    assert first == {"en": 0, "ru": 0, "ar": 5, "pt-br": 6, "zh-hans": 0}


def test_today_is_marked(client, db):
    make_event(starts_on=timezone.localdate())
    page = client.get(client.get("/events/calendar/")["Location"]).content.decode()
    assert re.findall(r'datetime="([^"]+)" aria-current="date"', page) == [timezone.localdate().isoformat()]


def test_full_day_leads_to_all_its_events(client, db):
    for _ in range(60):
        make_event(starts_on=day("2023-05-17"))
    page = client.get("/events/calendar/2023/5/").content.decode()
    assert page.count('class="month-calendar__link"') == MAX_ON_A_DAY
    address = re.search(r'href="([^"]+)">All 60 events of the day', page)[1]
    assert client.get(address).context["paginator"].count == 60


@pytest.mark.parametrize(
    ("months", "nearest"), [([-400, 0, 60], 0), ([-400, 70, 400], 70), ([-400, -70], -70), ([], None)]
)
def test_calendar_leads_to_the_nearest_month(client, db, months, nearest):
    for number in months:
        make_event(starts_on=timezone.localdate() + datetime.timedelta(days=number))
    response = client.get("/events/calendar/")
    if nearest is None:
        assert response.status_code == 404
    else:
        found = timezone.localdate() + datetime.timedelta(days=nearest)
        assert (response.status_code, response["Location"]) == (302, f"/events/calendar/{found.year}/{found.month}/")


def test_month_costs_the_same_however_many_rows(client, db):
    make_event(starts_on=day("2022-01-01"))
    make_event(starts_on=day("2024-01-01"))
    found = []
    for number in (1, 2, 57):
        for _ in range(number):
            make_event()
        with CaptureQueriesContext(connection) as queries:
            client.get("/events/calendar/2023/5/")
        found.append(len(queries))
    assert found[0] == found[1] == found[2]
    assert found[0] <= 7


def test_change_shows_in_the_month_at_once(client, db):
    make_event(title="Before")
    assert "Before" in client.get("/events/calendar/2023/5/").content.decode()
    Event.objects.update(title="After")
    assert "After" in client.get("/events/calendar/2023/5/").content.decode()
