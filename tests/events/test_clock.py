"""Before, during and after are told by the clock of the event, on every page and at every way of writing."""

import datetime
import json
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError
from django.utils import timezone

from events.admin.dashboard import Dashboard
from events.dates import how_far_off
from events.models import Event
from events.revisions.snapshot import restore, take_snapshot
from forum_site.pagecache.models import SiteVersion
from tests.factories import make_event, make_panel

pytestmark = pytest.mark.django_db


def moment(text):
    return datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC)


@pytest.fixture
def at(monkeypatch):
    """Set the clock of the machine to a moment in UTC."""

    def set_clock(text):
        monkeypatch.setattr(timezone, "now", lambda: moment(text))

    return set_clock


JUNE_10 = datetime.date(2027, 6, 10)
HALLS = {  # by name: the schedule, and begin and end in UTC
    "Honolulu": (
        {"starts_on": "2027-06-10", "starts_at": "18:30", "ends_at": "21:15", "time_zone": "Pacific/Honolulu"},
        ("2027-06-11T04:30", "2027-06-11T07:15"),
    ),
    "Kiritimati": (  # A day earlier than anywhere else, and all day.
        {"starts_on": "2027-06-10", "time_zone": "Pacific/Kiritimati"},
        ("2027-06-09T10:00", "2027-06-10T10:00"),
    ),
    "Kathmandu": (
        {"starts_on": "2027-06-10", "ends_on": "2027-06-11", "starts_at": "08:00", "time_zone": "Asia/Kathmandu"},
        ("2027-06-10T02:15", "2027-06-11T18:15"),
    ),
    "Lisbon": (  # The clock is set back in the night between.
        {"starts_on": "2027-10-30", "ends_on": "2027-10-31", "ends_at": "13:00", "time_zone": "Europe/Lisbon"},
        ("2027-10-29T23:00", "2027-10-31T13:00"),
    ),
    "Moment": (
        {"starts_on": "2027-06-10", "starts_at": "10:00", "ends_at": "10:00", "time_zone": "Asia/Tokyo"},
        ("2027-06-10T01:00", "2027-06-10T15:00"),
    ),
    "Atlantis": ({"starts_on": "2027-06-10", "time_zone": "Sea/Atlantis"}, ("2027-06-10T00:00", "2027-06-11T00:00")),
}


def stored(event):
    return Event.objects.values_list("utc_start", "utc_end").get(pk=event.pk)


def ways_of_writing(schedule):
    """Yield events that came by this schedule in each way that the project has."""
    yield "save", make_event(**schedule)
    rows = [Event(title="Many", slug="many", **{"ends_on": schedule["starts_on"], **schedule})]
    [added] = Event.objects.bulk_create(rows)
    yield "bulk_create", added
    event = make_event()
    Event.objects.filter(pk=event.pk).update(**{"ends_on": schedule["starts_on"], **schedule})
    yield "update", event
    event = make_event()
    for name, value in {"ends_on": schedule["starts_on"], **schedule}.items():
        setattr(event, name, event._meta.get_field(name).to_python(value))
    Event.objects.bulk_update([event], ["starts_on", "ends_on", "starts_at", "ends_at", "time_zone"])
    yield "bulk_update", event
    event = make_event(**schedule)
    earlier = take_snapshot(event.pk)
    for name, value in {"starts_on": "2020-01-01", "ends_on": "2020-01-01", "starts_at": None, "ends_at": None}.items():
        setattr(event, name, value)
    event.save()
    restore(earlier)
    yield "restore", event
    event = Event.objects.only("title").get(pk=make_event(**schedule).pk)
    event.title = "Loaded in part"
    event.save()
    yield "deferred", event


@pytest.mark.parametrize("name", HALLS)
def test_moments_are_stored_by_every_way_of_writing(name):
    schedule, (start, end) = HALLS[name]
    for way, event in ways_of_writing(schedule):
        assert stored(event) == (moment(start), moment(end)), way


def test_field_saved_alone_takes_the_moments_along():
    event = make_event(starts_on=JUNE_10)
    event.time_zone = "Pacific/Auckland"
    event.save(update_fields=["time_zone"])
    assert stored(event) == (moment("2027-06-09T12:00"), moment("2027-06-10T12:00"))
    event.title = "Other"
    event.save(update_fields=["title"])
    assert stored(event) == (moment("2027-06-09T12:00"), moment("2027-06-10T12:00"))


def test_fixture_keeps_the_moments(tmp_path):
    event = make_event(starts_on=JUNE_10, time_zone="Pacific/Auckland")
    before, dump = stored(event), tmp_path / "events.json"
    call_command("dumpdata", "events.event", output=str(dump), verbosity=0)
    Event.objects.all().delete()
    call_command("loaddata", dump, verbosity=0)
    assert stored(event) == before
    [row] = json.loads(dump.read_text())
    del row["fields"]["utc_start"], row["fields"]["utc_end"]
    dump.write_text(json.dumps([row]))
    call_command("loaddata", dump, verbosity=0)
    assert stored(event) == before


@pytest.mark.parametrize("site", ["UTC", "Asia/Almaty", "Pacific/Niue"])
@pytest.mark.parametrize("name", HALLS)
def test_phase_turns_with_the_stored_moments(settings, at, name, site):
    schedule, (start, end) = HALLS[name]
    event = make_event(slug="hall", **schedule)  # Of an unknown zone, the site's clock holds.
    settings.TIME_ZONE = site
    if name == "Atlantis":
        return
    second = datetime.timedelta(seconds=1)
    for when, phase in (
        (moment(start) - second, "before"),
        (moment(start), "during"),
        (moment(end) - second, "during"),
        (moment(end), "after"),
    ):
        at(f"{when:%Y-%m-%dT%H:%M:%S}")
        event = Event.objects.get(pk=event.pk)
        assert (event.phase, event.is_over) == (phase, phase == "after")
        assert Event.objects.upcoming().exists() == (phase != "after")
        assert Event.objects.past().exists() == (phase == "after")


def test_distance_is_that_of_the_place(settings, at):
    """It is Wednesday evening in Honolulu while Thursday has begun in Almaty."""
    settings.TIME_ZONE = "Asia/Almaty"
    at("2027-06-10T05:00")  # 9 June, 19:00 in Honolulu
    evening = make_event(starts_on=JUNE_10, starts_at="18:30", ends_at="21:15", time_zone="Pacific/Honolulu")
    assert how_far_off(Event.objects.get(pk=evening.pk)) == "tomorrow"
    at("2027-06-10T10:30")
    assert how_far_off(Event.objects.get(pk=evening.pk)) == "today"
    at("2027-06-11T05:00")
    assert how_far_off(Event.objects.get(pk=evening.pk)) == "today"
    at("2027-06-11T07:15")
    assert how_far_off(Event.objects.get(pk=evening.pk)) == ""


def test_programme_of_today_is_that_of_the_place(settings, at):
    event = make_event(starts_on=JUNE_10, ends_on="2027-06-11", time_zone="Asia/Tokyo")
    for day in (10, 11):
        make_panel(event, title=f"On the {day}", day=datetime.date(2027, 6, day))
    at("2027-06-10T16:00")  # The 11th in Tokyo.
    assert [panel.title for panel in Event.objects.get(pk=event.pk).today["panels"]] == ["On the 11"]


def test_desk_tells_what_comes_up_by_the_clock_of_the_event(settings, at, editor):
    settings.TIME_ZONE = "Asia/Almaty"
    make_event(title="Evening", starts_on=JUNE_10, starts_at="18:30", ends_at="21:15", time_zone="Pacific/Honolulu")
    at("2027-06-11T06:00")  # 11 June in Almaty, and going on.
    [row] = Dashboard(editor).events("coming").rows
    assert row.note.startswith("today")
    at("2027-06-11T08:00")
    assert Dashboard(editor).events("coming").rows == []


def test_kept_pages_end_when_the_event_turns(client, settings, at):
    settings.TIME_ZONE = "Asia/Almaty"
    make_event(
        title="Evening",
        slug="evening",
        starts_on=JUNE_10,
        starts_at="18:30",
        ends_at="21:15",
        time_zone="Pacific/Honolulu",
    )

    def told(path="/events/evening/"):
        page = client.get(path).content.decode()
        words = ("Tomorrow", "Today", "Taking place now")
        return [word for word in words if f'event-page__moment">{word}' in page]

    for when, words in (
        ("2027-06-10T09:59:59", ["Tomorrow"]),
        ("2027-06-10T10:00", ["Today"]),
        ("2027-06-11T04:29:59", ["Today"]),
        ("2027-06-11T04:30", ["Taking place now"]),
        ("2027-06-11T07:14:59", ["Taking place now"]),
        ("2027-06-11T07:15", []),
    ):
        at(when)
        assert told() == words, when
    assert "No event is announced" in client.get("/").content.decode()


@pytest.mark.django_db(transaction=True)  # PostgreSQL tells changes apart by transaction.
def test_edition_ends_with_the_next_turn_of_any_clock(settings, at, django_assert_num_queries):
    settings.TIME_ZONE = "Asia/Almaty"
    at("2027-06-10T00:00")
    assert SiteVersion.current().valid_until == moment("2027-06-10T19:00")  # midnight in Almaty
    make_event(starts_on="2027-06-20", time_zone="Pacific/Honolulu")
    assert SiteVersion.current().valid_until == moment("2027-06-10T10:00")  # midnight there
    make_event(starts_on=JUNE_10, starts_at="14:00", time_zone="Asia/Kathmandu")
    assert SiteVersion.current().valid_until == moment("2027-06-10T08:15")
    make_event(starts_on=JUNE_10, starts_at="13:00", time_zone="Asia/Kathmandu", publication_status="draft")
    make_event(starts_on="2027-06-09", ends_at="23:00", time_zone="America/Sao_Paulo")
    assert SiteVersion.current().valid_until == moment("2027-06-10T02:00")
    with django_assert_num_queries(1):
        assert SiteVersion.current().valid_until == moment("2027-06-10T02:00")
    at("2027-06-10T02:00")
    assert SiteVersion.current().valid_until == moment("2027-06-10T08:15")


@pytest.mark.parametrize("day", [datetime.date.max, datetime.date.min])
def test_event_far_from_any_calendar_is_refused_by_its_rule(day):
    event = Event(title="Far", slug="far", starts_on=day, ends_on=day, time_zone="Pacific/Kiritimati")
    with pytest.raises(ValidationError) as error:
        event.full_clean()
    assert "four digits" in str(error.value)
    with pytest.raises(IntegrityError):
        event.save()


def test_zone_names_are_those_of_the_calendar_file():
    event = make_event(starts_on=JUNE_10, starts_at="09:00", time_zone="Australia/Lord_Howe")
    assert event.utc_start == datetime.datetime(2027, 6, 10, 9, tzinfo=ZoneInfo("Australia/Lord_Howe"))
