"""Who worked with whom: two organizations met where both have a role in the same event, whatever the roles."""

import datetime
from collections import Counter, defaultdict
from itertools import combinations

from django.db.models import Count, F
from django.db.models.functions import ExtractYear

from events.models.children import EventPartQuerySet


class CollaborationQuerySet(EventPartQuerySet):
    """Questions to roles. Several roles of an organization in one event are one."""

    def of_years(self, first, last):
        """Those in events that began in these years."""
        return self.filter(event__starts_on__range=(datetime.date(first, 1, 1), datetime.date(last, 12, 31)))

    def alongside(self, organization):
        """The roles of others in events in which `organization` has a role."""
        events = self.filter(organization=organization).order_by().values("event")
        return self.filter(event__in=events).exclude(organization=organization)

    def by_organization(self):
        """Return the key of each organization with `event_total`, the number of its events; most come first."""
        return (
            self.order_by()
            .values("organization")
            .annotate(event_total=Count("event", distinct=True))
            .order_by("-event_total", "organization_id")
        )

    def most_active(self):
        """Return the keys of the organizations, those with most roles first: cheaper to count than their events."""
        return (
            self.order_by()
            .values("organization")
            .annotate(roles=Count("id"))
            .order_by("-roles", "organization_id")
            .values_list("organization", flat=True)
        )

    def by_role_and_year(self):
        """Return `(role, year, number of events)` for each role in each year."""
        return (
            self.order_by()
            .annotate(year=ExtractYear("event__starts_on"))
            .values_list("role", "year")
            .annotate(events=Count("id"))
        )

    def of_any(self, organizations):
        """Those of these organizations, looked for among the events already chosen.

        As a plain column, SQLite would look each organization up in each event, which takes ten times as long.
        """
        return self.alias(asked_for=F("organization_id") + 0).filter(asked_for__in=organizations)

    def collaborations(self):
        """Return for each pair of organizations, the lower key first, a Counter of the years in which they met."""
        members = defaultdict(set)
        rows = self.order_by().values_list("event", "event__starts_on", "organization")
        for event, day, organization in rows:
            members[day.year, event].add(organization)
        by_year = defaultdict(Counter)
        for (year, _event), organizations in members.items():
            by_year[year].update(combinations(sorted(organizations), 2))
        collaborations = defaultdict(Counter)
        for year, pairs in sorted(by_year.items()):
            for pair, events in pairs.items():
                collaborations[pair][year] = events
        return dict(collaborations)
