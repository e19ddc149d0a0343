from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.db import models
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from forum_site.core.fields.text import OneLineField

SIGNER = signing.Signer(salt="events.website.preview")
MAX_TOKEN_LENGTH = 200  # characters


class PreviewLinkQuerySet(models.QuerySet):
    def alive(self):
        """Those that open their event now, by the database's clock: not ended, and the event not in the bin."""
        return self.filter(expires_at__gt=Now()).exclude(event__publication_status="trashed")

    def expired(self, moment):
        """Those that ended so long ago that nobody asks any more whom they were for."""
        if settings.KEEP_PREVIEW_DAYS is None:
            return self.none()
        return self.filter(expires_at__lt=moment - timedelta(days=settings.KEEP_PREVIEW_DAYS))

    def of_token(self, token):
        """Return the link that is alive and has this token, or None."""
        try:
            pk, event, expires_at = SIGNER.unsign_object(token[:MAX_TOKEN_LENGTH])
        except signing.BadSignature:
            return None
        link = self.alive().filter(pk=pk, event=event).first()
        return link if link and link.signed_content == [pk, event, expires_at] else None


class PreviewLink(models.Model):
    """An address by which a person without an account sees an event before the public does, until a day.

    The address is signed, and names link, event and end. The row is what makes it open: without it, it is ended.
    """

    event = models.ForeignKey("Event", models.CASCADE, related_name="preview_links", verbose_name=_("event"))
    recipient = OneLineField(_("for whom"), max_length=200, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("made by")
    )
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    expires_at = models.DateTimeField(_("ends"))

    objects = PreviewLinkQuerySet.as_manager()

    on_public_pages = False

    class Meta:
        verbose_name = _("preview link")
        verbose_name_plural = _("preview links")
        ordering = ["-id"]
        default_permissions = ()  # Who may change the event makes and ends them.

    def __str__(self):
        return self.recipient or str(self.pk)

    # Not get_absolute_url(): Django leads staff to that by the number of any row.
    @property
    def address(self):
        """The path that opens it."""
        return reverse("events:preview", kwargs={"token": SIGNER.sign_object(self.signed_content)})

    @property
    def signed_content(self):
        return [self.pk, self.event_id, int(self.expires_at.timestamp())]
