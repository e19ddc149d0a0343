from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from events.models.shows import ShowTotal
from forum_site.core.db.constraints import FieldConstraint
from forum_site.core.fields.text import OneLineField


class ShowCorrection(models.Model):
    """A line that puts a figure right: who added or took away how many shows of a day, and why.

    What was counted stays as it was. A line is written once: a wrong one is answered by another one.
    """

    event = models.ForeignKey("Event", models.CASCADE, related_name="corrections", verbose_name=_("event"))
    day = models.DateField(_("day"), help_text=_("The day whose figure is put right."))
    shows = models.BigIntegerField(
        _("shows"), default=0, help_text=_("How many to add; with a minus, how many to take away.")
    )
    filtered_shows = models.BigIntegerField(
        _("filtered views"), default=0, help_text=_("How many to add; with a minus, how many to take away.")
    )
    reason = OneLineField(_("reason"), max_length=500, help_text=_("Why the figure was wrong."))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("author"), related_name="+", editable=False
    )
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    on_public_pages = False

    class Meta:
        verbose_name = _("correction of shows")
        verbose_name_plural = _("corrections of shows")
        ordering = ["-created_at", "-id"]
        constraints = [
            FieldConstraint(
                field="shows",
                name="events_showcorrection_corrects_something",
                condition=~Q(shows=0, filtered_shows=0),
                violation_error_message=_("Enter the number of shows or filtered views to add or subtract."),
            ),
            FieldConstraint(
                field="reason",
                name="events_showcorrection_has_a_reason",
                condition=~Q(reason=""),
                violation_error_message=_("Say why the figure was wrong."),
            ),
        ]

    def __str__(self):
        return f"{self.event}, {self.day}: {self.shows:+d}"

    def save(self, **kwargs):
        """Write the line and the total that it changes, in one transaction."""
        if not self._state.adding:
            raise ValueError("A correction is written once: answer it by another one.")
        with transaction.atomic():
            super().save(**kwargs)
            ShowTotal.objects.get_or_create(event=self.event)
            ShowTotal.objects.filter(event=self.event).update(shows=F("shows") + self.shows)

    def clean(self):
        super().clean()
        total = ShowTotal.objects.filter(event=self.event_id).first()
        counted = total.shows if total else 0
        if self.event_id and self.shows and counted + self.shows < 0:
            raise ValidationError(
                {
                    "shows": _("Only %(counted)s shows have been counted: no more can be taken away.")
                    % {"counted": counted}
                }
            )
