"""Events as entries of a calendar: iCalendar files by RFC 5545, with the names of RFC 7986.

`calendar_file(events, name)` is a pure function of loaded events. An entry keeps its UID for good, whatever becomes of
title and slug, and its SEQUENCE is counted by the database (events/models/calendar_sequence.py). A cancelled event
stays, as cancelled.
"""

import datetime

from django.conf import settings
from django.utils.translation import gettext as _
from icalendar import Calendar, vDuration
from icalendar import Event as Entry

from events.models import Event
from events.models.clock import known_zone
from events.website.exports.vtimezone import vtimezone
from forum_site.core.fields.countries import country_name
from forum_site.core.fields.urls import absolute
from forum_site.core.text.plain import one_line

DAY = datetime.timedelta(days=1)
REFRESHED = datetime.timedelta(hours=12)  # How often a client that subscribes may well ask again.
MAX_EVENTS = 1000  # in one file

STATUS = {
    Event.Status.SCHEDULED: "CONFIRMED",
    Event.Status.POSTPONED: "TENTATIVE",  # The day no longer holds, and no other one is known.
    Event.Status.CANCELLED: "CANCELLED",
}


def calendar_file(events, name=None):
    """Return the bytes of a calendar of `events`; with a `name`, of one that clients subscribe to."""
    calendar = Calendar()
    calendar.add("prodid", f"-//{one_line(settings.SITE_NAME)}//Forum Site//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    if name:
        calendar.add("name", one_line(name))
        calendar.add("x-wr-calname", one_line(name))
        calendar.add("refresh-interval", REFRESHED, parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", vDuration(REFRESHED).to_ical().decode())
    entries = [entry_of(event) for event in events]
    for zone in zones_of(entries):
        calendar.add_component(zone)
    for entry in entries:
        calendar.add_component(entry)
    return calendar.to_ical()


def entry_of(event):
    """Return the entry of an event."""
    entry = Entry()
    entry.add("uid", f"event-{event.pk}@{settings.SITE_HOST}")
    # In a file that is no message to somebody, DTSTAMP is the last change (RFC 5545, 3.8.7.2); so it stays the same.
    entry.add("dtstamp", event.updated_at.replace(microsecond=0))
    entry.add("last-modified", event.updated_at.replace(microsecond=0))
    entry.add("created", event.created_at.replace(microsecond=0))
    entry.add("sequence", event.calendar_sequence)
    for name, moment in zip(("dtstart", "dtend"), span(event), strict=True):
        if moment:
            entry.add(name, moment)
    entry.add("status", "CONFIRMED" if event.is_rescheduled else STATUS[event.status])
    if event.status != Event.Status.SCHEDULED and not event.is_rescheduled:
        entry.add("transp", "TRANSPARENT")  # Nobody is busy then.
    entry.add("summary", summary_of(event), parameters={"LANGUAGE": event.language} if event.language else None)
    if location := location_of(event):
        entry.add("location", location)
    entry.add("description", description_of(event))
    entry.add("categories", [event.get_kind_display()])
    entry.add("url", absolute(event.get_absolute_url()))
    return entry


def span(event):
    """Return when the event begins, and when it is over; the latter is None where a calendar is to assume nothing.

    Both are days unless it is known when the event begins. The end is the first day, or moment, after it.
    """
    zone = zone_of(event)
    if event.starts_at is None or zone is None:
        return event.starts_on, event.ends_on + DAY
    start = datetime.datetime.combine(event.starts_on, event.starts_at, zone)
    if event.ends_at is not None:
        end = datetime.datetime.combine(event.ends_on, event.ends_at, zone)
        return start, end if end > start else None
    if event.ends_on > event.starts_on:
        return start, datetime.datetime.combine(event.ends_on + DAY, datetime.time.min, zone)
    return start, None


def zone_of(event):
    """Return the clock of the event; None where nobody here knows it, and the days are right all the same."""
    return known_zone(event.time_zone)


def summary_of(event):
    if event.status == Event.Status.SCHEDULED or event.is_rescheduled:
        return one_line(event.title)
    # Many a client shows no STATUS.
    return f"{event.get_status_display()}: {one_line(event.title)}"


def location_of(event):
    country = country_name(event.country) if event.country else ""
    place = ", ".join(one_line(part) for part in (event.venue, event.city, country) if part)
    return place or event.online_url


def description_of(event):
    online = f"{_('Online:')} {event.online_url}" if event.online_url else ""
    parts = (one_line(event.theme), one_line(event.summary), online, absolute(event.get_short_url()))
    return "\n\n".join(part for part in parts if part)


def zones_of(entries):
    """Return a VTIMEZONE for each clock that the entries name, for the years in which they do."""
    years = {}
    for entry in entries:
        for name in ("dtstart", "dtend"):
            moment = entry[name].dt if name in entry else None
            if isinstance(moment, datetime.datetime) and moment.tzinfo is not datetime.UTC:
                years.setdefault(moment.tzinfo.key, set()).add(moment.year)
    return [vtimezone(key, tuple(sorted(found))) for key, found in sorted(years.items())]
