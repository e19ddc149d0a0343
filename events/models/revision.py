from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from forum_site.core.fields.text import OneLineField


class VersionQuerySet(models.QuerySet):
    def live(self):
        """Those that the event was at: neither drafts nor what was set aside."""
        return self.filter(deed__in=Version.LIVE)

    def for_list(self):
        """Load what a list prints, the latest first."""
        return self.defer("whole").order_by("-number")


class Version(models.Model):
    """A state of a whole event: who made it, when, by what and why. Written once, never changed."""

    class Deed(models.TextChoices):
        ENTERED = "entered", _("Entered")
        SAVED = "saved", _("Saved")
        FOUND = "found", _("Changed elsewhere")
        RESTORED = "restored", _("Restored")
        TRASHED = "trashed", _("Move to trash")
        RETURNED = "returned", _("Restored from the trash")
        DRAFTED = "drafted", _("Draft changes")
        DRAFT_IN_REVIEW = "draft_in_review", _("Draft changes submitted for review")
        SET_ASIDE = "set_aside", _("Set aside")
        DRAFT_ASIDE = "draft_aside", _("Conflicting copy of draft changes")

    ASIDE = [Deed.SET_ASIDE, Deed.DRAFT_ASIDE]
    LIVE = [Deed.ENTERED, Deed.SAVED, Deed.FOUND, Deed.RESTORED, Deed.TRASHED, Deed.RETURNED]

    event = models.ForeignKey("Event", models.CASCADE, related_name="versions", verbose_name=_("event"))
    number = models.PositiveIntegerField(_("number"))
    deed = models.CharField(_("what was done"), max_length=20, choices=Deed)
    made_at = models.DateTimeField(_("when"), auto_now_add=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("who")
    )
    # Kept when the account is deleted.
    name = OneLineField(_("name"), max_length=200, blank=True)
    comment = OneLineField(_("comment"), max_length=300, blank=True)
    # Of what is not live: the version that it was made from, and whether it is the working draft of now.
    based_on = models.PositiveIntegerField(_("based on"), null=True)
    is_working = models.BooleanField(_("is draft changes"), default=False)
    whole = models.JSONField(_("whole event"))

    printed = False
    objects = VersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        ordering = ["-number"]
        indexes = [models.Index(fields=["-made_at", "-id"], name="events_version_by_time")]
        constraints = [
            models.UniqueConstraint(fields=["event", "number"], name="events_version_one_number_once"),
            models.UniqueConstraint(fields=["event"], condition=Q(is_working=True), name="events_version_one_draft"),
        ]

    def __str__(self):
        return _("%(event)s, version %(number)d") % {"event": self.event, "number": self.number}

    @property
    def is_in_review(self):
        return self.deed == self.Deed.DRAFT_IN_REVIEW

    @property
    def is_live(self):
        return self.deed in self.LIVE
