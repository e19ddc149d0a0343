"""Calendar files, read by icalendar as a calendar program would."""

import datetime
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from events.models import Event
from tests.events.test_views import days, queries_of
from tests.factories import make_event, make_organization, make_participation
from tests.hostile import HOSTILE

pytestmark = pytest.mark.one_database

DAY = datetime.timedelta(days=1)


def calendar_at(client, path):
    response = client.get(path)
    assert (response.status_code, response["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    lines = response.content.split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert lines[-2:] == [b"END:VCALENDAR", b""]
    assert all(len(line) <= 75 and b"\n" not in line and b"\r" not in line for line in lines)
    return Calendar.from_ical(response.content)


def entry_at(client, path="/events/land-sea-forum.ics"):
    (entry,) = calendar_at(client, path).events
    assert not entry.errors
    return entry


def titles_at(client, path="/events/calendar.ics"):
    return [str(entry["summary"]) for entry in calendar_at(client, path).events]


def test_entry_has_all_facts(client, event):
    Event.objects.update(
        venue="House of Friendship",
        city="Almaty",
        country="KZ",
        language="kk",
        summary="On roads.",
        attendance="mixed",
        online_url="https://example.org/live",
    )
    entry = entry_at(client)
    event.refresh_from_db()
    assert entry["uid"] == f"event-{event.pk}@127.0.0.1"
    assert entry["sequence"] == 1
    assert (str(entry["summary"]), entry["summary"].params["language"]) == ("Land-Sea Forum", "kk")
    assert str(entry["location"]) == "House of Friendship, Almaty, Kazakhstan"
    assert entry["url"] == "http://127.0.0.1:8000/events/land-sea-forum/"
    assert str(entry["description"]).split("\n\n") == [
        "On roads.",
        "Online: https://example.org/live",
        f"http://127.0.0.1:8000/e/{event.pk}/",
    ]
    assert entry["last-modified"].dt == entry["dtstamp"].dt == event.updated_at.replace(microsecond=0)
    assert str(entry["status"]) == "CONFIRMED"
    assert "transp" not in entry


def test_all_day_event_ends_before_the_day_after(client, event):
    Event.objects.update(ends_on=datetime.date(2023, 5, 18))
    entry = entry_at(client)
    assert entry["dtstart"].to_ical() + entry["dtend"].to_ical() == b"2023051720230519"
    assert entry["dtstart"].params["value"] == entry["dtend"].params["value"] == "DATE"


MAY_17 = datetime.date(2023, 5, 17)


@pytest.mark.parametrize(
    ("starts_at", "ends_on", "ends_at", "end"),
    [
        ("09:30", MAY_17, "18:00", datetime.datetime(2023, 5, 17, 18)),
        ("09:30", MAY_17 + DAY, "12:00", datetime.datetime(2023, 5, 18, 12)),
        ("09:30", MAY_17 + DAY, None, datetime.datetime(2023, 5, 19)),  # The last day may take as long as it likes.
        ("09:30", MAY_17, None, None),
        ("09:30", MAY_17, "09:30", None),  # An end must be later than the beginning (RFC 5545, 3.8.2.2).
    ],
)
def test_event_with_times_follows_its_clock(client, event, starts_at, ends_on, ends_at, end):
    Event.objects.update(starts_at=starts_at, ends_on=ends_on, ends_at=ends_at, time_zone="Asia/Almaty")
    zone = ZoneInfo("Asia/Almaty")
    calendar = calendar_at(client, "/events/land-sea-forum.ics")
    (entry,) = calendar.events
    assert entry["dtstart"].dt == datetime.datetime(2023, 5, 17, 9, 30, tzinfo=zone)
    assert entry["dtstart"].params["tzid"] == "Asia/Almaty"
    assert (entry["dtend"].dt if "dtend" in entry else None) == (end and end.replace(tzinfo=zone))
    (timezone,) = calendar.timezones
    assert timezone["tzid"] == "Asia/Almaty"
    assert timezone.to_tz().utcoffset(datetime.datetime(2023, 5, 17)) == datetime.timedelta(hours=6)


def test_end_without_a_beginning_is_a_matter_of_days(client, event):
    Event.objects.update(ends_at="18:00", time_zone="Asia/Almaty")
    assert entry_at(client)["dtstart"].dt == MAY_17


def test_utc_needs_no_time_zone(client, event):
    Event.objects.update(starts_at="09:30", time_zone="UTC")
    calendar = calendar_at(client, "/events/land-sea-forum.ics")
    assert calendar.events[0]["dtstart"].to_ical() == b"20230517T093000Z"
    assert calendar.timezones == []


@pytest.mark.parametrize(
    ("status", "former", "expected", "title"),
    [
        ("cancelled", None, "CANCELLED", "Cancelled: Land-Sea Forum"),
        ("postponed", None, "TENTATIVE", "Postponed: Land-Sea Forum"),
        ("postponed", MAY_17, "TENTATIVE", "Postponed: Land-Sea Forum"),
        ("postponed", MAY_17 - DAY, "CONFIRMED", "Land-Sea Forum"),  # To a day that is known.
        ("scheduled", MAY_17 - DAY, "CONFIRMED", "Land-Sea Forum"),
    ],
)
def test_standing_is_told(client, event, status, former, expected, title):
    Event.objects.update(status=status, original_starts_on=former)
    entry = entry_at(client)
    assert (str(entry["status"]), str(entry["summary"])) == (expected, title)
    assert entry.get("transp") == (None if expected == "CONFIRMED" else "TRANSPARENT")


def test_entry_stays_the_same_when_title_and_address_change(client, event):
    before = entry_at(client)
    event.title, event.slug = "Another title", "another-address"
    event.save()
    after = entry_at(client, "/events/another-address.ics")
    assert (after["uid"], after["sequence"]) == (before["uid"], before["sequence"])
    moved = client.get("/events/land-sea-forum.ics")
    assert (moved.status_code, moved["Location"]) == (301, "/events/another-address.ics")


def test_moved_event_is_the_same_entry_a_day_later(client, event):
    before = entry_at(client)
    Event.objects.update(starts_on=MAY_17 + DAY, ends_on=MAY_17 + DAY)
    after = entry_at(client)
    assert after["uid"] == before["uid"]
    assert after["sequence"] == before["sequence"] + 1
    assert after["dtstart"].dt - before["dtstart"].dt == DAY


def test_file_is_named_for_its_event(client, event):
    assert client.get("/events/land-sea-forum.ics")["Content-Disposition"] == (
        'attachment; filename="land-sea-forum.ics"'
    )
    assert client.get("/events/calendar.ics")["Content-Disposition"] == 'inline; filename="calendar.ics"'


@pytest.fixture
def year(db):
    host = make_organization(name="House of Roads", short_name="HoR", slug="house-of-roads")
    forum = make_event(title="Forum", starts_on=days(10))
    make_participation(forum, host, role="host")
    make_participation(forum, host, role="organizer")
    lecture = make_event(title="Lecture", starts_on=days(5), kind="lecture")
    make_participation(lecture, host)
    make_event(title="Called off", starts_on=days(3), status="cancelled", kind="lecture")
    make_event(title="Last spring", starts_on=days(-200))
    make_event(title="Long ago", starts_on=days(-400))
    hidden = make_event(title="A secret plan", starts_on=days(4), publication_status="draft", kind="lecture")
    make_participation(hidden, host)


@pytest.mark.parametrize(
    ("query", "titles", "name"),
    [
        ("", ["Forum", "Lecture", "Cancelled: Called off", "Last spring"], "Forum Site"),
        ("?organization=house-of-roads", ["Forum", "Lecture"], "Forum Site – HoR"),
        ("?kind=lecture", ["Lecture", "Cancelled: Called off"], "Forum Site – Lecture"),
        ("?kind=lecture&organization=house-of-roads", ["Lecture"], "Forum Site – HoR – Lecture"),
        ("?kind=seminar", [], "Forum Site – Seminar"),
    ],
)
def test_subscription_has_the_past_year_and_all_to_come(client, year, query, titles, name):
    path = f"/events/calendar.ics{query}"
    calendar = calendar_at(client, path)
    assert titles_at(client, path) == titles
    assert calendar["name"] == calendar["x-wr-calname"] == name
    assert calendar["refresh-interval"].dt == datetime.timedelta(hours=12)


@pytest.mark.parametrize(
    "query",
    ["organization=missing", "kind=party", "organization=", "kind=%00", "organization=%00", "kind=%ED%A0%80"],
)
def test_subscription_to_nothing_is_missing(client, year, query):
    assert client.get(f"/events/calendar.ics?{query}").status_code == 404


def test_subscription_is_bounded(client, year, monkeypatch):
    monkeypatch.setattr("events.website.exports.views.MAX_EVENTS", 2)
    assert titles_at(client) == ["Forum", "Lecture"]


def test_subscription_costs_the_same_however_many_events(client, db):
    found = []
    for _ in range(2):
        make_event(starts_on=days(3))
        found.append(queries_of(client, "/events/calendar.ics"))
    assert found[0] == found[1] <= 3


@pytest.mark.parametrize("title", HOSTILE.values(), ids=HOSTILE)
def test_hostile_title_stays_in_its_line(client, event, title):
    Event.objects.update(title=title[:300], summary=title[:300], venue=title[:200])
    entry = entry_at(client)
    names = set(entry)
    Event.objects.update(title="Mild", summary="Mild", venue="Mild")
    assert names == set(entry_at(client))
    assert len(str(entry["summary"]).splitlines()) == 1
    for character in title[:10]:
        assert not character.isprintable() or character in str(entry["summary"])


@pytest.mark.parametrize("day", ["1000-01-01", "1850-06-01", "2999-12-31"])
@pytest.mark.parametrize("starts_at", [None, "09:30"])
def test_first_and_last_day_of_our_calendar_have_files(client, event, day, starts_at):
    Event.objects.update(starts_on=day, ends_on=day, starts_at=starts_at, time_zone="Asia/Almaty")
    assert str(entry_at(client)["dtstart"].dt).startswith(day)
