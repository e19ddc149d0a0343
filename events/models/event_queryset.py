"""The questions that pages ask about events; each method is named for its answer or for the page that it feeds."""

from collections import Counter

from django.db.models import Count, Prefetch
from django.utils import timezone

from events.models.participation import Participation
from events.models.visit import Visit
from forum_site.publishing import PublishedQuerySet
from forum_site.search.in_step import InStepQuerySet


class EventQuerySet(InStepQuerySet, PublishedQuerySet):
    def upcoming(self):
        """Events that go on today or are still to come, the nearest first."""
        return self.filter(ends_on__gte=timezone.localdate()).order_by("starts_on", "id")

    def past(self):
        """Events that are over, the latest first."""
        return self.filter(ends_on__lt=timezone.localdate()).order_by("-starts_on", "-id")

    def by_day(self):
        """Return the days on which these events begin, the latest first, each with the number of its events."""
        return self.order_by().values_list("starts_on").annotate(events=Count("id")).order_by("-starts_on")

    def years(self):
        """Return the years in which these events begin, the latest first, each with the number of its events."""
        years = Counter()
        for day, events in self.by_day():
            years[day.year] += events
        return list(years.items())

    def for_cards(self):
        """Load what a card prints: the event and who hosts or organizes it."""
        inviting = Participation.objects.inviting().select_related("organization")
        return self.prefetch_related(Prefetch("participations", inviting, to_attr="invitations"))

    def for_detail(self):
        """Load all that the event's page prints."""
        return self.prefetch_related(
            Prefetch("participations", Participation.objects.select_related("organization__parent")),
            "panels",
            "agreements__parties",
            Prefetch("visits", Visit.objects.select_related("organization")),
        )
