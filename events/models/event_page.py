from datetime import date

from django.utils import timezone

from events.models.clock import local_date, utc_span
from events.models.participation import Participation, by_role


class EventPage:
    """What the page of an event asks of it, once for_detail() has loaded all that belongs to it."""

    @property
    def phase(self):
        """Where the event stands now: "before", "during" or "after". Its page is announcement, guide or record."""
        now, (start, end) = timezone.now(), utc_span(self)
        return "after" if end <= now else "before" if now < start else "during"

    @property
    def is_over(self):
        return self.phase == "after"

    @property
    def participations_by_role(self):
        return by_role(self.participations.all())

    @property
    def established(self):
        """The organizations that were founded at the event."""
        role = Participation.Role.ESTABLISHED
        return [each.organization for each in self.participations.all() if each.role == role]

    @property
    def programme(self):
        """Return `(day, its panels)` by day, those without a day first; each panel has its `number`."""
        days = {}
        for number, panel in enumerate(self.panels.all(), start=1):
            panel.number = number
            days.setdefault(panel.day, []).append(panel)
        return sorted(days.items(), key=lambda day: day[0] or date.min)

    @property
    def today(self):
        """What the programme has for today, by the clock of the event: panels and visits."""
        today = local_date(self)
        return {
            "panels": [panel for panel in self.panels.all() if panel.day == today],
            "visits": [visit for visit in self.visits.all() if visit.visited_on == today],
        }
