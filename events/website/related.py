"""Which events a reader of one would open next, and why: those of its series, of the same houses, theme and place.

`related_events()` looks at a bounded set: the latest of the series, of the theme, and of the roles that its houses have
had elsewhere; a house that is everywhere tells nothing. What speaks for an event is added up, and the strongest reason
is printed.
"""

from collections import defaultdict
from itertools import islice
from typing import NamedTuple

from django.db.models import Count
from django.utils.translation import gettext as _

from events.models import Event, Participation

MAX = 4
LOOKED_AT = 60  # events of a series or a theme
ROLES_LOOKED_AT = 240
HOUSES = 12  # whose other events are looked at
EVERYWHERE = 500  # From so many roles on, a house is.

SERIES, THEME, INVITED_BOTH, HOUSE, PLACE = 8, 5, 3, 1, 1
INVITING = {Participation.Role.HOST, Participation.Role.ORGANIZER}


class RelatedEvent(NamedTuple):
    event: Event
    reason: str


def related_events(event):
    """Return up to `MAX` public events beside `event`, which for_detail() has loaded, the closest first."""
    public = Event.objects.published().exclude(pk=event.pk)
    format_errors = defaultdict(dict)  # By event; each reason with its weight.
    if event.series_id:
        for key in latest_keys(public.filter(series=event.series_id)):
            format_errors[key][_("In the same series")] = SERIES
    if event.theme:
        # That it is not empty says the index, too: else SQLite would not take it.
        for key in latest_keys(public.filter(theme=event.theme).exclude(theme="")):
            format_errors[key][_("Under the same theme")] = THEME
    for key, house, weight in roles_elsewhere(event):
        reason = _("With %(organization)s") % {"organization": house}
        format_errors[key][reason] = max(weight, format_errors[key].get(reason, 0))
    days = {}
    for key, day, *place in public.filter(pk__in=format_errors).values_list("pk", "starts_on", "city", "country"):
        days[key] = day
        if event.city and place == [event.city, event.country]:
            format_errors[key][_("Also in %(city)s") % {"city": event.city}] = PLACE
    closest = sorted(days, key=lambda key: (-sum(format_errors[key].values()), abs(days[key] - event.starts_on), -key))[
        :MAX
    ]
    events = public.in_bulk(closest)
    return [
        RelatedEvent(events[key], max(format_errors[key], key=format_errors[key].get))
        for key in closest
        if key in events
    ]


def latest_keys(events):
    return events.order_by("-starts_on", "-id").values_list("pk", flat=True)[:LOOKED_AT]


def roles_elsewhere(event):
    """Yield (key of another event, house, weight) for the latest public roles that houses of `event` have had."""
    here = {}
    for _label, participations in event.participations_by_role:
        for participation in participations:
            here.setdefault(participation.organization_id, participation)
    roles = Participation.objects.filter(organization__in=list(here)[:HOUSES]).order_by()
    telling = roles.values("organization").annotate(roles=Count("id")).filter(roles__lt=EVERYWHERE)
    elsewhere = (
        Participation.objects.published()
        .filter(organization__in=telling.values("organization"))
        .exclude(event=event.pk)
        .order_by("-event__starts_on", "-event_id")
        .values_list("event", "organization", "role")
    )
    # They are few. A limit would make PostgreSQL look for those of rare houses along all events.
    for key, house, role in islice(elsewhere, ROLES_LOOKED_AT):
        yield key, here[house].organization, INVITED_BOTH if {role, here[house].role} <= INVITING else HOUSE
