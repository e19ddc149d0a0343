from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from events.models.revision import Revision
from forum_site.core.db.constraints import FieldConstraint
from forum_site.core.db.publishing import Publishable
from forum_site.core.fields.text import OneLineField

MAX_SHOWS = 1_000_000_000  # More is a slip of the finger.
PUBLISHED_BEFORE = _("This event has been published: its number of shows can no longer be imported.")


class ImportedShows(models.Model):
    """A line that gives an event the number of shows that it had on an older site: who entered it, and why.

    It is the only way to that number, and ends when the event is published for the first time. A line is written once:
    a wrong one is answered by another one, and the last one holds.
    """

    event = models.ForeignKey("Event", models.CASCADE, related_name="show_imports", verbose_name=_("event"))
    shows = models.PositiveBigIntegerField(
        _("shows"),
        validators=[MaxValueValidator(MAX_SHOWS)],
        help_text=_("The number on the older site. New shows are counted on top of it."),
    )
    reason = OneLineField(_("reason"), max_length=500, help_text=_("Where the number comes from."))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("author"), related_name="+", editable=False
    )
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    on_public_pages = False

    class Meta:
        verbose_name = _("number of shows imported")
        verbose_name_plural = _("numbers of shows imported")
        ordering = ["-created_at", "-id"]
        default_permissions = ()  # Who may correct the number of shows enters them, who sees corrections sees them.
        constraints = [
            FieldConstraint(
                field="reason",
                name="events_importedshows_has_a_reason",
                condition=~Q(reason=""),
                violation_error_message=_("Say where the number comes from."),
            )
        ]

    def __str__(self):
        return f"{self.event}: {self.shows}"

    def save(self, **kwargs):
        """Write the line and the number of its event, in one transaction."""
        if not self._state.adding:
            raise ValueError("A line is written once: answer it by another one.")
        events = type(self)._meta.get_field("event").related_model.objects
        with transaction.atomic():
            event = events.select_for_update(no_key=True).get(pk=self.event_id)
            if was_published(event):
                raise IntegrityError("The event was published meanwhile.")
            super().save(**kwargs)
            events.filter(pk=event.pk).update(imported_shows=self.shows)

    def clean(self):
        super().clean()
        if self.event_id and was_published(self.event):
            raise ValidationError({"event": PUBLISHED_BEFORE})


def was_published(event):
    """Return whether an event is, or was at some time, published: by its state, its shows or its versions."""
    if event.publication_status not in Publishable.EDITABLE or event.shows.exists():
        return True
    published = {"content__events.event__0__publication_status__in": Publishable.HAS_BEEN_PUBLISHED}
    return Revision.objects.live().filter(event=event, **published).exists()
