"""The questions that pages ask about events; each method is named for its answer or for the page that it feeds."""

from collections import Counter
from datetime import timedelta
from functools import reduce
from operator import or_

from django.db import transaction
from django.db.models import Count, Exists, F, Min, OuterRef, Prefetch, Q
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from events.models.clock import SCHEDULE_FIELDS, known_zone, utc_span
from events.models.participation import Participation
from events.models.picture import EventPicture
from events.models.visit import Visit
from forum_site.core.db.functions import YearOf
from forum_site.core.db.publishing import Publishable, PublishableQuerySet
from forum_site.core.fields.time_zones import is_of
from forum_site.pagecache.models import next_midnight
from forum_site.search.sync import IndexedQuerySet

BATCH = 200
CANDIDATES = 2000  # events among which the most shown are looked for


class EventQuerySet(IndexedQuerySet, PublishableQuerySet):
    def update(self, **kwargs):
        if not set(SCHEDULE_FIELDS).intersection(kwargs):
            return super().update(**kwargs)
        with transaction.atomic():
            keys = list(self.order_by().values_list("pk", flat=True))
            updated = super().update(**kwargs)
            for at in range(0, len(keys), BATCH):
                events = list(self.model.objects.filter(pk__in=keys[at : at + BATCH]).only(*SCHEDULE_FIELDS))
                for event in events:
                    event.utc_start, event.utc_end = utc_span(event)
                self.model.objects.bulk_update(events, ["utc_start", "utc_end"])
        return updated

    update.alters_data = True

    def bulk_create(self, objs, *args, **kwargs):
        objs = list(objs)
        for event in objs:
            event.utc_start, event.utc_end = utc_span(event)
        return super().bulk_create(objs, *args, **kwargs)

    def next_schedule_change(self, now):
        """Return the next moment at which a public event begins, is over or sees another day by its own clock."""
        clocks = self.order_by().filter(publication_status=Publishable.PublicationStatus.PUBLISHED, utc_end__gt=now)
        next_start = Min("utc_start", filter=Q(utc_start__gt=now))
        turns = clocks.values_list("time_zone").annotate(next_start=next_start, next_end=Min("utc_end"))
        moments = [(start, end, next_midnight(known_zone(name), now)) for name, start, end in turns]
        return min((moment for found in moments for moment in found if moment), default=None)

    def upcoming(self):
        """Events that go on now or are still to come, each by its own clock, the nearest first."""
        # Found by their ends first: where few are to come, a walk by their beginnings would pass by the whole archive.
        keys = self.order_by().filter(utc_end__gt=timezone.now()).values("pk")
        return self.filter(pk__in=keys).order_by("starts_on", "id")

    def past(self):
        """Events that are over by their own clocks, the latest first."""
        return self.filter(utc_end__lte=timezone.now()).order_by("-starts_on", "-id")

    def oldest_first(self):
        return self.order_by("starts_on", "id")

    def by_day(self):
        """Return the days on which these events begin, in their order, each with the number of its events."""
        order = "starts_on" if self.query.order_by[:1] == ("starts_on",) else "-starts_on"
        return self.order_by().values_list("starts_on").annotate(events=Count("id")).order_by(order)

    def facet_counts(self):
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
        total = F("imported_shows") + Coalesce("show_total__shows", 0)
        return self.filter(pk__in=latest).defer("body").alias(total=total).order_by("-total", "-starts_on", "-id")

    def for_cards(self):
        """Load what a card prints: the event and who hosts or organizes it."""
        inviting = Participation.objects.inviting().select_related("organization")
        return self.defer("body").prefetch_related(Prefetch("participations", inviting, to_attr="invitations"))

    def for_calendar(self):
        """Load what stands on a day of the calendar."""
        return self.only("slug", "title", "language", "starts_on", "ends_on", "status")

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

    # The tasks of the dashboard; the filter of the admin's list has the same ones.
    def in_hand_of(self, user):
        """Drafts and what is in review, of whoever entered or last changed them; the last changed first."""
        rows = self.filter(
            publication_status__in=[Publishable.PublicationStatus.DRAFT, Publishable.PublicationStatus.IN_REVIEW]
        )
        return rows.filter(Q(created_by=user) | Q(updated_by=user)).order_by("-updated_at", "-id")

    def waiting_for_review(self):
        """Who waits longest comes first."""
        rows = self.filter(publication_status=Publishable.PublicationStatus.IN_REVIEW)
        return rows.alias(since=Coalesce("in_review_since", "updated_at")).order_by("since", "id")

    def with_draft_in_review(self):
        """Those whose working draft waits for review, who waits longest first; `draft_since` says how long."""
        revision = self.model._meta.get_field("revisions").related_model
        rows = self.filter(revisions__is_draft=True, revisions__action=revision.Action.DRAFT_IN_REVIEW)
        return rows.annotate(draft_since=F("revisions__created_at")).order_by("draft_since", "id")

    def with_draft_of(self, user):
        """Events whose working draft this person saved last, the latest first."""
        rows = self.filter(revisions__is_draft=True, revisions__user=user)
        return rows.annotate(draft_since=F("revisions__created_at")).order_by("-draft_since", "id")

    def scheduled(self):
        """Those that the public will see from a moment on."""
        rows = self.filter(publication_status=Publishable.PublicationStatus.PUBLISHED, publish_at__gt=Now())
        return rows.filter(Q(unpublish_at=None) | Q(unpublish_at__gt=F("publish_at"))).order_by("publish_at", "id")

    def without_outcomes(self):
        """Public events of the last twelve months that are over for a day and do not tell what came of them."""
        rows = self.published().filter(
            status=self.model.Status.SCHEDULED,
            body="",
            ends_on__gte=timezone.localdate() - timedelta(days=365),
            utc_end__lte=timezone.now() - timedelta(days=1),
        )
        for part in ("agreements", "visits"):
            own = self.model._meta.get_field(part).related_model.objects.filter(event=OuterRef("pk")).order_by()
            rows = rows.filter(~Exists(own))
        return rows.order_by("-ends_on", "-id")

    def with_foreign_time_zone(self):
        """Those whose time zone is not one of their country, the latest first; of one online, it may be any."""
        rows = self.exclude(country="").exclude(attendance=self.model.Attendance.ONLINE)
        places = rows.order_by().values_list("country", "time_zone").distinct()
        wrong = [Q(country=country, time_zone=zone) for country, zone in places if not is_of(zone, country)]
        return rows.filter(reduce(or_, wrong, Q(pk__in=[]))).order_by("-starts_on", "-id")

    def with_undescribed_cover(self):
        """The latest first."""
        return self.filter(~Q(cover=""), cover_alt="", cover_is_decorative=False).order_by("-starts_on", "-id")

    def with_undescribed_gallery(self):
        """The latest first."""
        places = self.model._meta.get_field("pictures").related_model.objects
        undescribed = places.filter(picture__alt="", picture__is_decorative=False).order_by()
        return self.filter(pk__in=undescribed.values("event")).order_by("-starts_on", "-id")
