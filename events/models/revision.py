from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from forum_site.core.fields.text import OneLineField


class RevisionQuerySet(models.QuerySet):
    def live(self):
        """Those that the event was at: neither drafts nor what was set aside."""
        return self.filter(action__in=Revision.LIVE)

    def for_list(self):
        """Load what a list prints, the latest first."""
        return self.defer("content").order_by("-number")


class Revision(models.Model):
    """A state of a whole event: who made it, when, by what and why. Written once, never changed."""

    class Action(models.TextChoices):
        CREATED = "created", _("Created")
        SAVED = "saved", _("Saved")
        EXTERNAL = "external", _("Changed elsewhere")
        RESTORED = "restored", _("Restored")
        TRASHED = "trashed", _("Moved to trash")
        UNTRASHED = "untrashed", _("Restored from the trash")
        DRAFT = "draft", _("Draft changes")
        DRAFT_IN_REVIEW = "draft_in_review", _("Draft changes submitted for review")
        CONFLICT = "conflict", _("Conflicting copy")
        DRAFT_CONFLICT = "draft_conflict", _("Conflicting copy of draft changes")

    CONFLICTS = [Action.CONFLICT, Action.DRAFT_CONFLICT]
    LIVE = [Action.CREATED, Action.SAVED, Action.EXTERNAL, Action.RESTORED, Action.TRASHED, Action.UNTRASHED]

    event = models.ForeignKey("Event", models.CASCADE, related_name="revisions", verbose_name=_("event"))
    number = models.PositiveIntegerField(_("number"))
    action = models.CharField(_("action"), max_length=20, choices=Action)
    created_at = models.DateTimeField(_("time"), auto_now_add=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("user")
    )
    # Kept when the account is deleted.
    user_name = OneLineField(_("user name"), max_length=200, blank=True)
    comment = OneLineField(_("comment"), max_length=300, blank=True)
    # Of what is not live: the version that it was made from, and whether it is the working draft of now.
    base_number = models.PositiveIntegerField(_("based on"), null=True)
    is_draft = models.BooleanField(_("draft changes"), default=False)
    content = models.JSONField(_("content"))

    on_public_pages = False
    objects = RevisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        ordering = ["-number"]
        indexes = [models.Index(fields=["-created_at", "-id"], name="events_revision_by_time")]
        constraints = [
            models.UniqueConstraint(fields=["event", "number"], name="events_revision_one_number_once"),
            models.UniqueConstraint(fields=["event"], condition=Q(is_draft=True), name="events_revision_one_draft"),
        ]

    def __str__(self):
        return _("%(event)s, version %(number)d") % {"event": self.event, "number": self.number}

    @property
    def is_in_review(self):
        return self.action == self.Action.DRAFT_IN_REVIEW

    @property
    def is_live(self):
        return self.action in self.LIVE
