"""The questions that pages ask about events; each method is named for its answer or for the page that it feeds."""

from collections import Counter
from datetime import timedelta

from django.db.models import Count, F, Prefetch
from django.db.models.functions import Coalesce
from django.utils import timezone

from events.models.desk_questions import DeskQuestions
from events.models.participation import Participation
from events.models.picture import EventPicture
from events.models.visit import Visit
from forum_site.publishing import PublishedQuerySet
from forum_site.search.in_step import InStepQuerySet
from forum_site.years import YearOf

CANDIDATES = 2000  # events among which the most shown are looked for


class EventQuerySet(DeskQuestions, InStepQuerySet, PublishedQuerySet):
    def upcoming(self):
        """Events that go on today or are still to come, the nearest first."""
        # Found by their ends first: where few are to come, a walk by their beginnings would pass by the whole archive.
        keys = self.order_by().filter(ends_on__gte=timezone.localdate()).values("pk")
        return self.filter(pk__in=keys).order_by("starts_on", "id")

    def past(self):
        """Events that are over, the latest first."""
        return self.filter(ends_on__lt=timezone.localdate()).order_by("-starts_on", "-id")

    def oldest_first(self):
        return self.order_by("starts_on", "id")

    def by_day(self):
        """Return the days on which these events begin, in their order, each with the number of its events."""
        order = "starts_on" if self.query.order_by[:1] == ("starts_on",) else "-starts_on"
        return self.order_by().values_list("starts_on").annotate(events=Count("id")).order_by(order)

    def tally(self):
        """Return how many events there are for each kind, year of the first day and country: `{(…): number}`."""
        columns = self.order_by().values_list("kind", YearOf("starts_on"), "country")
        return {tuple(values): number for *values, number in columns.annotate(events=Count("id"))}

    def years(self):
        """Return the years in which these events begin, in their order, each with the number of its events."""
        years = Counter()
        for day, events in self.by_day():
            years[day.year] += events
        return list(years.items())

    def spans(self, first, last):
        """Return key, first and last day of the events that go on between two days, the earliest first."""
        columns = self.order_by().values_list("pk", "starts_on", "ends_on")
        begun_before = columns.filter(ends_on__gte=first, starts_on__lt=first)
        beginning = columns.filter(starts_on__range=(first, last))
        return sorted([*begun_before, *beginning], key=lambda span: (span[1], span[0]))

    def most_shown(self):
        """Those with the most shows among the latest `CANDIDATES`, the most first.

        What is shown most changes with each show, so that no index could tell: all candidates are looked at.
        """
        latest = self.order_by("-starts_on", "-id").values("pk")[:CANDIDATES]
        total = F("shows_carried_over") + Coalesce("show_total__shows", 0)
        return self.filter(pk__in=latest).defer("body").alias(total=total).order_by("-total", "-starts_on", "-id")

    def for_cards(self):
        """Load what a card prints: the event and who hosts or organizes it."""
        inviting = Participation.objects.inviting().select_related("organization")
        return self.defer("body").prefetch_related(Prefetch("participations", inviting, to_attr="invitations"))

    def for_calendar(self):
        """Load what stands on a day of the calendar."""
        return self.only("slug", "title", "language", "starts_on", "ends_on", "standing")

    def for_detail(self):
        """Load all that the event's page prints."""
        return (
            self.select_related("series")
            .prefetch_related(
                Prefetch("participations", Participation.objects.select_related("organization__parent")),
                "panels",
                "tags",
                "documents",
                Prefetch("pictures", EventPicture.objects.select_related("picture")),
                "agreements__parties",
                Prefetch("visits", Visit.objects.select_related("organization")),
            )
            .select_related("series")
        )

    def for_subscription(self):
        """Load what an entry of a calendar prints, of the events of the past year and all to come, the latest first."""
        year_ago = timezone.localdate() - timedelta(days=365)
        return self.filter(ends_on__gte=year_ago).order_by("-starts_on", "-id").defer("body")

    def latest_public(self, number):
        """Return the events that came before the public last, the last first, loaded as for cards.

        Those are among the last that were entered, or among the last that came due: two short walks along an index.
        """
        events = self.for_cards()
        entered = events.order_by("-id")[:number]
        came_due = events.filter(publish_at__isnull=False).order_by("-publish_at")[:number]
        found = {event.pk: event for event in (*entered, *came_due)}
        return sorted(found.values(), key=lambda event: (event.public_since, event.pk), reverse=True)[:number]
