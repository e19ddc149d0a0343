"""The questions that the first screen of the admin asks about events; the filter of its list asks the same ones."""

import datetime
from functools import reduce
from operator import or_

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from forum_site.core.db.publishing import Publishable
from forum_site.core.fields.time_zones import is_of

DAY = datetime.timedelta(days=1)
MONTHS = 365 * DAY  # For so long, somebody can be asked what came of an event.


class TaskQuerySet(models.QuerySet):
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
            ends_on__gte=timezone.localdate() - MONTHS,
            utc_end__lte=timezone.now() - DAY,
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
