"""When an event begins and is over, by its own clock: the one truth behind phases, lists and cached pages.

`utc_span(event)` computes the two moments from the fields that an editor writes. They are stored in `utc_start` and
`utc_end`, so that the database finds upcoming events by an index; `Event.save()`, `EventQuerySet` and `loaddata` keep
them in step.
"""

import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils import timezone

DAY = datetime.timedelta(days=1)
SCHEDULE_FIELDS = ("starts_on", "ends_on", "starts_at", "ends_at", "time_zone")


@lru_cache(maxsize=1024)
def known_zone(name):
    """Return the time zone of this name, or None where the installed database has none."""
    if name == "UTC":
        return datetime.UTC
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # Unknown, the name of a folder, or no name at all.
        return None


def clock_of(event):
    """Return the time zone that the times of the event follow; where it is not known, that of the site."""
    return known_zone(event.time_zone or "") or timezone.get_default_timezone()


def local_date(event):
    """Return today's date where the event happens."""
    return timezone.now().astimezone(clock_of(event)).date()


def utc_span(event):
    """Return the moment at which the event begins, and the first one after it, in UTC.

    Without a time, an event begins with its first day and goes on until its last day is over. So does one whose end is
    not later than its beginning.
    """
    starts_on, starts_at, ends_on, ends_at = (
        event._meta.get_field(name).to_python(getattr(event, name))
        for name in ("starts_on", "starts_at", "ends_on", "ends_at")
    )
    ends_on = ends_on or starts_on
    clock = clock_of(event)
    start = _utc(starts_on, starts_at or datetime.time.min, clock)
    end = _utc(ends_on, ends_at, clock) if ends_at else start
    return start, end if end > start else _utc(_day_after(ends_on), datetime.time.min, clock)


def store_span_of_fixture(sender, instance, raw, **kwargs):
    """`loaddata` passes `save()` by, and a fixture may lack the two moments or have others."""
    if raw:
        instance.utc_start, instance.utc_end = utc_span(instance)


def _day_after(day):
    return day if day == datetime.date.max else day + DAY


def _utc(day, time, clock):
    moment = datetime.datetime.combine(day, time)
    try:
        return moment.replace(tzinfo=clock).astimezone(datetime.UTC)
    except OverflowError:  # At the ends of Python's calendar, which the database refuses.
        return moment.replace(tzinfo=datetime.UTC)
