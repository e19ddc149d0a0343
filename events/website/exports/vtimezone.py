"""VTIMEZONE by RFC 5545, 3.6.5, from the time zone database that Python has.

An onset is written in the local time of the offset before it (TZOFFSETFROM). icalendar's `Timezone.from_tzid()` writes
that of daylight saving by the offset after it, an hour late.
"""

import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

DAY = datetime.timedelta(days=1)
STEP = datetime.timedelta(hours=12)  # No zone has ever changed its clock twice within a day.


@lru_cache(maxsize=1024)
def vtimezone(key, years):
    """Return the component of a time zone that holds in each of `years`, a tuple in order."""
    zone = ZoneInfo(key)
    component = Timezone()
    component.add("tzid", key)
    observances = {}
    for first, last in stretches(years):
        for moment, before, after in onsets(zone, first, last):
            observances.setdefault(
                (before.utcoffset(), after.utcoffset(), after.tzname(), is_daylight(before, after)), []
            ).append(moment.replace(tzinfo=None) + before.utcoffset())
    for (offset_from, offset_to, name, is_summer), moments in observances.items():
        observance = (TimezoneDaylight if is_summer else TimezoneStandard)()
        observance.add("dtstart", moments[0])
        observance.add("tzoffsetfrom", offset_from)
        observance.add("tzoffsetto", offset_to)
        observance.add("tzname", name)
        if moments[1:]:
            observance.add("rdate", moments[1:])
        component.add_component(observance)
    return component


def stretches(years):
    """Return the first and the last year of each run of years."""
    runs = []
    for year in years:
        if runs and year <= runs[-1][1] + 1:
            runs[-1][1] = year
        else:
            runs.append([year, year])
    return runs


def onsets(zone, first, last):
    """Yield the moments, in UTC, at which an offset or its name begins, each with local times before and after it.

    The first one is the beginning of the stretch, where nothing changes.
    """
    begin = datetime.datetime(first, 1, 1, tzinfo=datetime.UTC) - DAY
    end = datetime.datetime(last, 12, 31, tzinfo=datetime.UTC) + 2 * DAY
    local = begin.astimezone(zone)
    yield begin, local, local
    moment = begin
    while moment < end:
        following = moment + STEP
        if metadata(following, zone) != metadata(moment, zone):
            onset = onset_between(moment, following, zone)
            yield onset, (onset - datetime.timedelta(seconds=1)).astimezone(zone), onset.astimezone(zone)
        moment = following


def metadata(moment, zone):
    local = moment.astimezone(zone)
    return local.utcoffset(), local.tzname()


def onset_between(earlier, later, zone):
    """Return the second at which what holds at `later` begins."""
    while later - earlier > datetime.timedelta(seconds=1):
        middle = earlier + (later - earlier) // 2
        middle = middle.replace(microsecond=0)
        earlier, later = (earlier, middle) if metadata(middle, zone) == metadata(later, zone) else (middle, later)
    return later


def is_daylight(before, after):
    """Return whether summer time begins; in Dublin and Casablanca, the clock's winter is what the database calls so."""
    if after.utcoffset() == before.utcoffset():
        return bool(after.dst()) and after.dst() > datetime.timedelta(0)
    return bool(before.dst() or after.dst()) and after.utcoffset() > before.utcoffset()
