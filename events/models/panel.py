from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from events.models.children import EventPartQuerySet, refuse_day_outside
from forum_site.core.db.constraints import FieldConstraint
from forum_site.core.fields.rich_text import RichTextField
from forum_site.core.fields.text import OneLineField
from forum_site.search.declaration import SearchIndex
from forum_site.search.sync import Indexed


class Panel(Indexed, models.Model):
    """A session of the programme."""

    event = models.ForeignKey("Event", models.CASCADE, related_name="panels", verbose_name=_("event"))
    position = models.PositiveIntegerField(_("position"), default=0)
    title = OneLineField(_("title"), max_length=300)
    day = models.DateField(_("day"), null=True, blank=True, help_text=_("Leave empty when it is not known."))
    starts_at = models.TimeField(_("begins at"), null=True, blank=True)
    ends_at = models.TimeField(_("ends at"), null=True, blank=True)
    room = OneLineField(_("room"), max_length=100, blank=True)
    description = RichTextField(_("what it was about"), blank=True)

    objects = EventPartQuerySet.as_manager()

    search_index = SearchIndex(
        number=3,
        title="title",
        places=["room"],
        texts=["description"],
        day="event__starts_on",
        language="event",
        line="events/_found_part.html",
    )

    class Meta:
        verbose_name = _("panel")
        verbose_name_plural = _("panels")
        ordering = ["position", "id"]
        constraints = [
            FieldConstraint(
                field="ends_at",
                name="events_panel_ends_after_it_begins",
                condition=Q(starts_at=None) | Q(ends_at=None) | Q(ends_at__gte=F("starts_at")),
                violation_error_message=_("The panel ends before it begins. Correct one of the times."),
            )
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return f"{self.event.get_absolute_url()}#panel-{self.pk}"

    def clean(self):
        super().clean()
        refuse_day_outside(getattr(self, "event", None), day=self.day)
