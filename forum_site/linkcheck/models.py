import datetime
import hashlib

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from forum_site.linkcheck.client import Outcome
from forum_site.linkcheck.sources import stands

DAY = datetime.timedelta(days=1)
MAX_SOURCES = 50  # of one link; a house's old address may stand in thousands of texts


def digest(address):
    return hashlib.sha256(address.encode()).hexdigest()


class CheckedLinkQuerySet(models.QuerySet):
    def failed(self):
        """Those that did not answer when they were asked last, be it for the first time."""
        return self.filter(first_failed_at__isnull=False)

    def broken(self):
        """Those that said that there is nothing, or failed in checks that lie a day apart, and in all between."""
        return self.failed().filter(Q(is_gone=True) | Q(checked_at__gte=F("first_failed_at") + DAY))

    def in_use(self):
        """Those that stand on a public page now: a link that was mended is none of them any more."""
        return self.filter(Exists(LinkSource.objects.in_use().filter(link=OuterRef("pk"))))

    def broken_in_use(self):
        """What the dashboard lists: the latest to break first."""
        return self.broken().in_use().order_by("-first_failed_at", "id")

    def expired(self, moment):
        """Those that have not been asked for long: they stand nowhere any more, or nobody checks links here."""
        if settings.KEEP_LINK_DAYS is None:
            return self.none()
        return self.filter(checked_at__lt=moment - settings.KEEP_LINK_DAYS * DAY)

    def record(self, address, answer, places):
        """Store what `address` answered just now, and if it failed, where it stands."""
        link, _created = self.get_or_create(digest=digest(address), defaults={"address": address})
        has_failed = answer.outcome in (Outcome.FAILED, Outcome.GONE)
        link.checked_at = timezone.now()
        link.status, link.error, link.is_gone = answer.status, answer.reason[:300], answer.outcome == Outcome.GONE
        link.first_failed_at = (link.first_failed_at or link.checked_at) if has_failed else None
        link.save()
        link.set_sources(places if has_failed else [])


class CheckedLink(models.Model):
    """An address of another site, with what it answered when it was asked last."""

    address = models.TextField(_("URL"))
    digest = models.CharField(max_length=64, unique=True, editable=False)
    status = models.PositiveSmallIntegerField(_("status"), null=True)
    error = models.CharField(_("error"), max_length=300, blank=True)
    is_gone = models.BooleanField(default=False)
    first_failed_at = models.DateTimeField(_("failing since"), null=True)
    checked_at = models.DateTimeField(_("last checked"), default=timezone.now)

    objects = CheckedLinkQuerySet.as_manager()

    on_public_pages = False

    class Meta:
        verbose_name = _("broken link")
        verbose_name_plural = _("broken links")
        indexes = [
            models.Index(
                fields=["-first_failed_at", "id"],
                name="links_checkedlink_failed",
                condition=Q(first_failed_at__isnull=False),
            )
        ]

    def __str__(self):
        return self.address

    def set_sources(self, places):
        """Keep where it was found; what has become of those places, `in_use()` tells."""
        self.sources.all().delete()
        LinkSource.objects.bulk_create(LinkSource(link=self, **place._asdict()) for place in places[:MAX_SOURCES])


class LinkSourceQuerySet(models.QuerySet):
    def in_use(self):
        return self.filter(stands())


class LinkSource(models.Model):
    """Where a failed link was found: a field of a row, and how it is written there."""

    link = models.ForeignKey(CheckedLink, models.CASCADE, related_name="sources")
    model = models.CharField(max_length=100)
    row = models.BigIntegerField()
    field = models.CharField(max_length=100)
    raw_url = models.TextField()

    objects = LinkSourceQuerySet.as_manager()

    on_public_pages = False

    class Meta:
        verbose_name = _("source of a link")
        verbose_name_plural = _("sources of links")

    def __str__(self):
        return f"{self.model} {self.row}: {self.field}"
