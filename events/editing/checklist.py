"""What an event lacks before readers should see it: a list to work off, which keeps nobody from publishing.

Nothing that an event may lack breaks its page: title and first day, which it needs, the form asks for. `missing(event)`
answers for an event that `for_detail()` has loaded; a new item is a function in `ITEMS` that returns what is missing.
"""

from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from events.editing.alt_text import undescribed_pictures
from events.models import Event, Participation
from forum_site.core.fields.time_zones import is_of, proposed_zone, zones_of

INVITING = {Participation.Role.HOST, Participation.Role.ORGANIZER}


class Missing(NamedTuple):
    text: str
    anchor: str  # The id of the field on the form, or of the heading above its rows.


def summary(event):
    if not event.summary:
        return Missing(_("a summary, for lists and search engines"), "id_summary")


def place(event):
    if event.attendance != Event.Attendance.ONLINE and not (event.city or event.venue):
        return Missing(_("a place: city or venue"), "id_city")


def time_zone(event):
    """A zone of another country makes every time wrong: on the page, in calendars and for search engines."""
    if event.attendance != Event.Attendance.ONLINE and not is_of(event.time_zone, event.country):
        proposed = proposed_zone(event.country, event.city) or zones_of(event.country)[0]
        told = _("a time zone of %(country)s, such as %(proposed)s: it is %(zone)s now")
        names = {"country": event.get_country_display(), "proposed": proposed, "zone": event.time_zone}
        return Missing(told % names, "id_time_zone")


def online_address(event):
    """Once it is over, there may be nothing left to follow."""
    if event.attendance != Event.Attendance.IN_PERSON and not event.online_url and not event.is_over:
        return Missing(_("an online link for readers"), "id_online_url")


def host(event):
    if not any(each.role in INVITING for each in event.participations.all()):
        return Missing(_("who hosts or organizes it"), "participations-heading")


def cover(event):
    if not (event.cover or event.cover_not_needed):
        return Missing(_("a cover picture, or “No cover needed”"), "id_cover")
    if event.has_undescribed_cover:
        return Missing(_("what the cover picture shows, for readers who cannot see it"), "id_cover_alt")


def pictures(event):
    """Beside the cover: in the gallery, and in texts."""
    undescribed = [each.where for each in undescribed_pictures(event) if each.name != event.cover.name]
    if undescribed:
        told = _("what these pictures show, for readers who cannot see them: %(places)s")
        in_gallery = any(place.picture.is_undescribed for place in event.pictures.all())
        return Missing(told % {"places": "; ".join(undescribed)}, "pictures-heading" if in_gallery else "id_body")


def outcomes(event):
    took_place = event.is_over and event.status == Event.Status.SCHEDULED
    if took_place and not (event.body or event.agreements.all() or event.visits.all()):
        return Missing(_("what came of it: a text, agreements or visits"), "agreements-heading")


ITEMS = [summary, place, time_zone, online_address, host, cover, pictures, outcomes]


def missing(event):
    return [found for item in ITEMS if (found := item(event))]
