from django.db import models
from django.db.models import Count, F, Q
from django.utils.translation import gettext_lazy as _

from events.models.children import EventPartQuerySet
from forum_site.core.db.constraints import FieldConstraint
from forum_site.core.db.functions import YearOf
from forum_site.core.fields.rich_text import RichTextField
from forum_site.core.fields.text import LinesField, OneLineField
from forum_site.media.fields import DocumentField, RandomFileName
from forum_site.search.declaration import SearchIndex
from forum_site.search.sync import Indexed, IndexedQuerySet


class AgreementQuerySet(EventPartQuerySet):
    def for_register(self):
        """Load what a row of the register prints, the latest signed first."""
        rows = self.select_related("event").defer("summary", "event__body")
        return rows.prefetch_related("parties").order_by("-signed_on", "-id")

    def facet_counts(self):
        """Return how many agreements there are for each kind, year of signing and status: `{(…): number}`."""
        columns = self.order_by().values_list("kind", YearOf("signed_on"), "status")
        return {tuple(values): number for *values, number in columns.annotate(agreements=Count("id"))}


class Agreement(Indexed, models.Model):
    """Something signed at an event."""

    class Kind(models.TextChoices):
        AGREEMENT = "agreement", _("Agreement")
        MEMORANDUM = "memorandum", _("Memorandum")
        DECLARATION = "declaration", _("Declaration")
        FRAMEWORK = "framework", _("Framework")
        OTHER = "other", _("Other")

    class Status(models.TextChoices):
        SIGNED = "signed", _("Signed")
        IN_FORCE = "in_force", _("In force")
        FULFILLED = "fulfilled", _("Fulfilled")
        ENDED = "ended", _("Ended")

    event = models.ForeignKey("Event", models.CASCADE, related_name="agreements", verbose_name=_("event"))
    position = models.PositiveIntegerField(_("position"), default=0)
    title = OneLineField(_("title"), max_length=300)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.AGREEMENT)
    signed_on = models.DateField(_("signed on"))
    signed_during = OneLineField(
        _("signed during"),
        max_length=200,
        blank=True,
        help_text=_("When in the programme, such as: after the opening."),
    )
    parties = models.ManyToManyField(
        "organizations.Organization",
        through="AgreementParty",
        related_name="agreements",
        verbose_name=_("parties"),
        blank=True,
    )
    other_parties = LinesField(
        _("other parties"), blank=True, help_text=_("Groups that are not organizations of their own, one on a line.")
    )
    status = models.CharField(_("status"), max_length=20, choices=Status, default=Status.SIGNED)
    valid_until = models.DateField(
        _("valid until"), null=True, blank=True, help_text=_("Leave empty when it has no end.")
    )
    document = DocumentField(
        _("document"),
        upload_to=RandomFileName("agreements"),
        blank=True,
        help_text=_("The text as PDF, at most 10 MB."),
    )
    summary = RichTextField(_("what was agreed"), blank=True)

    objects = AgreementQuerySet.as_manager()

    search_index = SearchIndex(
        number=4,
        title="title",
        names=["other_parties", "agreementparty__organization__name", "agreementparty__organization__short_name"],
        texts=["summary"],
        day="event__starts_on",
        language="event",
        line="events/_found_part.html",
    )

    class Meta:
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        ordering = ["position", "id"]
        indexes = [
            models.Index(fields=["-signed_on", "-id"], name="events_agreement_by_day"),
            models.Index(fields=["document"], name="events_agreement_by_document"),
            # Answers how many there are of each sort without a look at the rows.
            models.Index(fields=["event", "kind", "signed_on", "status"], name="events_agreement_by_sort"),
        ]
        constraints = [
            FieldConstraint(
                field="valid_until",
                name="events_agreement_valid_after_signing",
                condition=Q(valid_until=None) | Q(valid_until__gte=F("signed_on")),
                violation_error_message=_(
                    "The agreement ends before it was signed. Correct this day or leave it empty."
                ),
            )
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return f"{self.event.get_absolute_url()}#agreement-{self.pk}"

    @property
    def unnamed_parties(self):
        """The groups of `other_parties`, in order."""
        return [line.strip() for line in self.other_parties.splitlines() if line.strip()]


class AgreementPartyQuerySet(IndexedQuerySet):
    def most_frequent(self):
        """Return slug, name and language of each organization with the number of its agreements, most first."""
        columns = ["organization__slug", "organization__name", "organization__language"]
        numbers = self.order_by().values_list(*columns).annotate(agreements=Count("agreement"))
        return numbers.order_by("-agreements", "organization__name", "organization__slug")


class AgreementParty(Indexed, models.Model):
    """Joins an agreement to an organization that signed it, and keeps that organization from being deleted."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, verbose_name=_("agreement"))
    organization = models.ForeignKey("organizations.Organization", models.PROTECT, verbose_name=_("organization"))

    objects = AgreementPartyQuerySet.as_manager()

    class Meta:
        verbose_name = _("party")
        verbose_name_plural = _("parties")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(name="events_agreementparty_once", fields=["agreement", "organization"])]

    def __str__(self):
        return _("%(agreement)s, signed at %(event)s") % {"agreement": self.agreement, "event": self.agreement.event}
