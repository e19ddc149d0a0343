"""Who has an event in hand, and since when it waits to be looked over: for the dashboard, never for the public."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from forum_site.core.db.publishing import Publishable


class InHand(models.Model):
    """Of a `Publishable` model. The people are told by the admin, which knows them; the moment by each `save()`."""

    # The indexes below find a person's rows, and need no other one.
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        verbose_name=_("created by"),
        related_name="+",
        null=True,
        editable=False,
        db_index=False,
    )
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        verbose_name=_("last changed by"),
        related_name="+",
        null=True,
        editable=False,
        db_index=False,
    )
    in_review_since = models.DateTimeField(_("in review since"), null=True, editable=False)

    class Meta:
        abstract = True

    def save(self, **kwargs):
        if self.publication_status != Publishable.PublicationStatus.IN_REVIEW:
            self.in_review_since = None
        elif self.in_review_since is None:
            self.in_review_since = timezone.now()
        if "publication_status" in (kwargs.get("update_fields") or []):
            kwargs["update_fields"] = [*kwargs["update_fields"], "in_review_since"]
        super().save(**kwargs)


def task_indexes():
    """What the dashboard asks: what one has in hand, and of an archive the few events that lack something."""
    return [
        models.Index(fields=["created_by", "publication_status"], name="events_event_created_by"),
        models.Index(fields=["updated_by", "publication_status"], name="events_event_updated_by"),
        models.Index(fields=["-ends_on", "-id"], name="events_event_without_text", condition=Q(body="")),
        models.Index(
            fields=["-starts_on", "-id"], name="events_event_cover_untold", condition=Q(cover_alt="") & ~Q(cover="")
        ),
    ]
