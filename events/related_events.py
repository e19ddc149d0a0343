"""Which events a reader of one would open next, and why: those of its series, of the same houses, theme and place.

`related_events()` looks at a bounded set: the latest of the series, of the theme, and of the roles that its houses have
had elsewhere. What speaks for an event is added up, and the strongest reason is printed.
"""

from collections import defaultdict
from typing import NamedTuple

from django.utils.translation import gettext as _

from events.models import Event, Participation

MOST = 4
LOOKED_AT = 60  # events of a series or a theme
ROLES_LOOKED_AT = 240
HOUSES = 12  # whose other events are looked at

SERIES, THEME, INVITED_BOTH, HOUSE, PLACE = 8, 5, 3, 1, 1
INVITING = {Participation.Role.HOST, Participation.Role.ORGANIZER}


class RelatedEvent(NamedTuple):
    event: Event
    reason: str


def related_events(event):
    """Return up to `MOST` public events beside `event`, which for_detail() has loaded, the closest first."""
    public = Event.objects.published().exclude(pk=event.pk)
    reasons = defaultdict(dict)  # By event; each reason with its weight.
    if event.series_id:
        for key in latest_keys(public.filter(series=event.series_id)):
            reasons[key][_("In the same series")] = SERIES
    if event.theme:
        for key in latest_keys(public.filter(theme=event.theme)):
            reasons[key][_("Under the same theme")] = THEME
    for role, role_here in roles_elsewhere(event):
        weight = INVITED_BOTH if {role.role, role_here} <= INVITING else HOUSE
        reason = _("With %(organization)s") % {"organization": role.organization}
        reasons[role.event_id][reason] = max(weight, reasons[role.event_id].get(reason, 0))
    days = {}
    for key, day, *place in public.filter(pk__in=reasons).values_list("pk", "starts_on", "city", "country"):
        days[key] = day
        if event.city and place == [event.city, event.country]:
            reasons[key][_("Also in %(city)s") % {"city": event.city}] = PLACE
    closest = sorted(days, key=lambda key: (-sum(reasons[key].values()), abs(days[key] - event.starts_on), -key))[:MOST]
    events = public.in_bulk(closest)
    return [RelatedEvent(events[key], max(reasons[key], key=reasons[key].get)) for key in closest if key in events]


def latest_keys(events):
    return events.order_by("-starts_on", "-id").values_list("pk", flat=True)[:LOOKED_AT]


def roles_elsewhere(event):
    """Yield the latest public roles that houses of `event` have had in others, each with the role they have in it."""
    here = {}
    for _label, participations in event.participations_by_role:
        for participation in participations:
            here.setdefault(participation.organization_id, participation.role)
    elsewhere = (
        Participation.objects.published()
        .filter(organization__in=list(here)[:HOUSES])
        .exclude(event=event.pk)
        .select_related("organization")
        .order_by("-event__starts_on", "-event_id")
    )
    for role in elsewhere[:ROLES_LOOKED_AT]:
        yield role, here[role.organization_id]
