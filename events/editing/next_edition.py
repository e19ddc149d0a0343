"""The draft of an event's next edition: what is planned again is taken along, what came of the event stays with it.

Agreements, visits and organizations that were established are outcomes. Cover, gallery and papers stay, too: a picture
of the last edition announces the next one falsely. So does the online address.
"""

import datetime

from django.db import transaction

from events.models import Event, Panel, Participation
from events.models.event import LAST_DAY
from forum_site.search.indexing import batch_indexing

TAKEN = [
    *("kind", "series", "language"),
    *("starts_at", "ends_at", "time_zone", "venue", "city", "country", "attendance"),
]
TEXT = ["theme", "occasion", "summary", "body"]
PANEL = ["position", "title", "starts_at", "ends_at", "room", "description"]


def year_later(day):
    """Return the same day a year later; of a 29 February, the day before."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return datetime.date(day.year + 1, 2, 28)


class NextEdition:
    """The next edition of `event`, from `starts_on`: not saved yet, so that its `draft` can be looked over first."""

    def __init__(self, event, starts_on, title, has_text):
        self.event = event
        self.moved_by = starts_on - event.starts_on
        taken = [*TAKEN, *(TEXT if has_text else [])]
        # From a day beyond the calendar, which is refused, there is no counting on.
        ends_on = starts_on + (event.ends_on - event.starts_on) if starts_on <= LAST_DAY else starts_on
        self.draft = Event(
            title=title, starts_on=starts_on, ends_on=ends_on, **{name: getattr(event, name) for name in taken}
        )

    def save(self, has_organizations, has_programme):
        """Store the draft with what is taken along, all or nothing, and return it."""
        with transaction.atomic(), batch_indexing():
            self.draft.save()
            self.draft.tags.set(self.event.tags.all())
            if has_organizations:
                Participation.objects.bulk_create(self._participations())
            if has_programme:
                Panel.objects.bulk_create(self._panels())
        return self.draft

    def _participations(self):
        for each in roles_to_take(self.event):
            yield Participation(
                event=self.draft, organization_id=each.organization_id, role=each.role, position=each.position
            )

    def _panels(self):
        for panel in self.event.panels.all():
            is_within = panel.day and self.event.starts_on <= panel.day <= self.event.ends_on
            day = panel.day + self.moved_by if is_within else None
            yield Panel(event=self.draft, day=day, **{name: getattr(panel, name) for name in PANEL})


def roles_to_take(event):
    return event.participations.exclude(role=Participation.Role.ESTABLISHED)
