"""An event as schema.org tells it to search engines: a pure function of an event loaded for its page.

Google's guide to structured data of events is followed where it asks for more than schema.org does.
"""

import datetime
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from events.models import Event, Participation
from events.website.exports.ical import zone_of
from events.website.exports.share_image import HEIGHT, WIDTH, picture_address
from forum_site.core.fields.urls import absolute
from forum_site.core.text.plain import one_line, plain_text, shortened

SCHEMA = "https://schema.org"

MODES = {
    Event.Attendance.IN_PERSON: "OfflineEventAttendanceMode",
    Event.Attendance.ONLINE: "OnlineEventAttendanceMode",
    Event.Attendance.MIXED: "MixedEventAttendanceMode",
}

# The fittest property for each role; those of one property stand in this order.
PROPERTIES = {
    Participation.Role.HOST: "organizer",
    Participation.Role.ORGANIZER: "organizer",
    Participation.Role.CO_ORGANIZER: "organizer",
    Participation.Role.PARTNER: "contributor",
    Participation.Role.MEDIA_PARTNER: "contributor",
    Participation.Role.PARTICIPANT: "attendee",
    Participation.Role.ESTABLISHED: "about",  # It has no part in the event: it came of it.
}


def event_data(event):
    """Return the event as JSON-LD."""
    data = {
        "@context": SCHEMA,
        "@type": "Event",
        "@id": absolute(event.get_short_url()),
        "identifier": absolute(event.get_short_url()),
        "url": absolute(event.get_absolute_url()),
        "name": one_line(event.title),
        "description": description(event),
        "startDate": moment(event, event.starts_on, event.starts_at),
        "endDate": moment(event, event.ends_on, event.ends_at),
        "previousStartDate": previous_start(event),
        "eventStatus": f"{SCHEMA}/{event_status(event)}",
        "eventAttendanceMode": f"{SCHEMA}/{MODES[event.attendance]}",
        "location": locations(event),
        "image": image(event),
        "inLanguage": event.language or settings.LANGUAGE_CODE,
        "superEvent": event.series and series_data(event.series),
        "subEvent": [panel_data(event, panel) for panel in event.panels.all()],
        **organizations(event),
    }
    return {name: value for name, value in data.items() if value}


def description(event):
    text = one_line(event.summary or event.theme)
    return text or shortened(plain_text(event.body), 300)


def moment(event, day, time):
    """Return a day, or, where the time is known, its moment with the offset of the event's clock."""
    zone = zone_of(event)
    if time is None or zone is None:
        return day.isoformat()
    return datetime.datetime.combine(day, time, zone).isoformat()


def event_status(event):
    if event.status == Event.Status.CANCELLED:
        return "EventCancelled"
    if event.is_rescheduled:
        return "EventRescheduled"
    return "EventPostponed" if event.status == Event.Status.POSTPONED else "EventScheduled"


def previous_start(event):
    moved = event.status != Event.Status.SCHEDULED and event.original_starts_on not in (None, event.starts_on)
    return event.original_starts_on.isoformat() if moved else None


def locations(event):
    """Return the place, the address on the net, or both; None where neither is known."""
    found = []
    if event.attendance != Event.Attendance.ONLINE and (event.venue or event.city or event.country):
        found.append(place(event))
    if event.attendance != Event.Attendance.IN_PERSON:
        found.append({"@type": "VirtualLocation", "url": event.online_url or absolute(event.get_absolute_url())})
    return found[0] if len(found) == 1 else found


def place(where):
    address = {
        "@type": "PostalAddress",
        "addressLocality": one_line(where.city),
        "addressCountry": where.country,
    }
    name = getattr(where, "venue", "") or where.city or where.get_country_display()
    return {
        "@type": "Place",
        "name": one_line(name),
        "address": {key: value for key, value in address.items() if value},
    }


def image(event):
    if not event.cover:
        return {"@type": "ImageObject", "url": picture_address(event), "width": WIDTH, "height": HEIGHT}
    metadata = {
        "url": absolute(event.cover.url),
        "width": event.cover_width,
        "height": event.cover_height,
        "caption": one_line(event.cover_alt),
        "creditText": one_line(event.cover_credit),
    }
    return {"@type": "ImageObject", **{name: value for name, value in metadata.items() if value}}


def series_data(series):
    address = absolute(f"{reverse('events:list')}?{urlencode({'series': series.pk})}")
    return {"@type": "EventSeries", "@id": address, "url": address, "name": one_line(series.name)}


def panel_data(event, panel):
    """Return a panel; on an event of one day it is that day's."""
    day = panel.day or (event.starts_on if event.starts_on == event.ends_on else None)
    data = {
        "@type": "Event",
        "@id": f"{absolute(event.get_short_url())}#panel-{panel.pk}",
        "url": f"{absolute(event.get_absolute_url())}#panel-{panel.pk}",
        "name": one_line(panel.title),
        "description": shortened(plain_text(panel.description), 300),
        "startDate": day and moment(event, day, panel.starts_at),
        "endDate": day and moment(event, day, panel.ends_at),
        "location": panel.room and {"@type": "Place", "name": one_line(panel.room)},
        "superEvent": {"@id": absolute(event.get_short_url())},
    }
    return {name: value for name, value in data.items() if value}


def organizations(event):
    """Return the organizations of the event by the property that fits their role."""
    found = {}
    participations = event.participations.all()
    for role, name in PROPERTIES.items():
        for participation in participations:
            if participation.role == role:
                found.setdefault(name, []).append(organization_data(participation.organization))
    return found


def organization_data(organization):
    address = absolute(organization.get_absolute_url())
    data = {
        "@type": "Organization",
        "@id": address,
        "url": address,
        "name": one_line(organization.name),
        "alternateName": one_line(organization.short_name),
        "sameAs": organization.website,
        "parentOrganization": organization.parent
        and {
            "@type": "Organization",
            "@id": absolute(organization.parent.get_absolute_url()),
            "name": one_line(organization.parent.name),
        },
    }
    return {name: value for name, value in data.items() if value}
