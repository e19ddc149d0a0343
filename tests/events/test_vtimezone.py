"""The clocks in calendar files, read by a small reader of RFC 5545, 3.6.5, against Python's own time zones."""

import datetime
import re
from zoneinfo import ZoneInfo, available_timezones

import pytest
from icalendar import Calendar

from events.models import Event
from events.website.exports.vtimezone import vtimezone
from tests.factories import make_event

pytestmark = pytest.mark.one_database

NAMES = sorted(name for name in available_timezones() if "/" in name and not name.startswith(("posix/", "right/")))
HOUR = datetime.timedelta(hours=1)


def unfolded(text):
    return re.sub(r"\r\n[ \t]", "", text)


def offset(text):
    sign, digits = text[0], text[1:]
    parts = [int(digits[at : at + 2]) for at in range(0, len(digits), 2)]
    hours, minutes, seconds = [*parts, 0][:3]
    found = datetime.timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return -found if sign == "-" else found


def read(text):
    """Return by each TZID its onsets, as `(moment in UTC, offset from then on, kind)`, in order."""
    zones = {}
    for zone in re.findall(r"BEGIN:VTIMEZONE\r\n(.*?)END:VTIMEZONE", unfolded(text), re.DOTALL):
        found = zones[re.search(r"^TZID:(.*)\r$", zone, re.MULTILINE)[1]] = []
        for kind, part in re.findall(r"BEGIN:(STANDARD|DAYLIGHT)\r\n(.*?)END:\1", zone, re.DOTALL):
            values = dict(re.findall(r"^([A-Z]+)(?:;[^:]*)?:(.*)\r$", part, re.MULTILINE))
            assert "RRULE" not in values
            moments = [values["DTSTART"], *values.get("RDATE", "").split(",")]
            for moment in filter(None, moments):
                local = datetime.datetime.strptime(moment, "%Y%m%dT%H%M%S")
                onset = (local - offset(values["TZOFFSETFROM"])).replace(tzinfo=datetime.UTC)
                found.append((onset, offset(values["TZOFFSETTO"]), kind))
        found.sort()
    return zones


def offset_at(onsets, moment):
    return [after for onset, after, _kind in onsets if onset <= moment][-1]


def text_of(key, *years):
    return vtimezone(key, years).to_ical().decode()


@pytest.mark.parametrize("start", range(0, len(NAMES), 60))
def test_every_zone_is_as_python_has_it(start):
    for name in NAMES[start : start + 60]:
        zone = ZoneInfo(name)
        onsets = read(text_of(name, 2024, 2027, 2028))[name]
        for year in (2024, 2027, 2028):
            moment = datetime.datetime(year, 1, 1, tzinfo=datetime.UTC) - 12 * HOUR
            while moment.year <= year:
                assert offset_at(onsets, moment) == moment.astimezone(zone).utcoffset(), (name, moment)
                moment += 6 * HOUR
        for onset, _offset, _kind in onsets:
            for moment in (onset - HOUR / 60, onset, onset + HOUR / 2, onset + HOUR):
                if moment >= onsets[0][0]:
                    assert offset_at(onsets, moment) in (
                        moment.astimezone(zone).utcoffset(),
                        *([] if moment.year in (2024, 2027, 2028) else [offset_at(onsets, moment)]),
                    ), (name, moment)


@pytest.mark.parametrize(
    ("key", "year", "begins"),
    [
        ("Europe/Madrid", 2029, "20290325T020000"),
        ("Europe/Lisbon", 2028, "20280326T010000"),
        ("America/Chicago", 2026, "20260308T020000"),
        ("Australia/Sydney", 2026, "20261004T020000"),
        ("Australia/Lord_Howe", 2027, "20271003T020000"),
        ("Europe/Dublin", 2027, "20270328T010000"),
        ("America/Santiago", 2025, "20250907T000000"),
    ],
)
def test_summer_time_begins_by_the_clock_before_it(key, year, begins):
    parts = re.findall(r"BEGIN:DAYLIGHT\r\n(.*?)END:DAYLIGHT", unfolded(text_of(key, year)), re.DOTALL)
    assert any(f"DTSTART:{begins}\r" in part or begins in re.findall(r"\d{8}T\d{6}", part) for part in parts)


def test_clock_that_was_changed_for_good_is_standard_time():
    onsets = read(text_of("Asia/Almaty", 2024))["Asia/Almaty"]
    assert [(found, kind) for _onset, found, kind in onsets] == [(6 * HOUR, "STANDARD"), (5 * HOUR, "STANDARD")]
    assert onsets[1][0] == datetime.datetime(2024, 2, 29, 18, tzinfo=datetime.UTC)


def test_negative_daylight_saving_is_winter_in_standard_time():
    assert {(found, kind) for _onset, found, kind in read(text_of("Europe/Dublin", 2027))["Europe/Dublin"]} == {
        (0 * HOUR, "STANDARD"),
        (HOUR, "DAYLIGHT"),
    }


@pytest.mark.django_db
def test_subscription_has_each_clock_for_the_years_of_its_events(client):
    for year, key in ((2027, "America/New_York"), (2031, "America/New_York"), (2999, "America/New_York")):
        make_event(starts_on=f"{year}-07-01", starts_at="09:00", time_zone=key)
    make_event(starts_on="2027-12-31", ends_on="2028-03-20", starts_at="09:00", time_zone="Pacific/Apia")
    text = client.get("/events/calendar.ics").content.decode()
    zones = read(text)
    assert zones.keys() == {"America/New_York", "Pacific/Apia"}
    assert len(zones["America/New_York"]) < 12
    for event in Calendar.from_ical(text).events:
        moment = event["dtstart"].dt
        assert offset_at(zones[moment.tzinfo.key], moment.astimezone(datetime.UTC)) == moment.utcoffset()
    assert Event.objects.count() == 4
