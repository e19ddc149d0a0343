from django.db import models
from django.utils.translation import gettext_lazy as _

from events.models.children import EventPartQuerySet, refuse_day_outside
from forum_site.core.fields.rich_text import RichTextField
from forum_site.core.fields.text import OneLineField
from forum_site.search.declaration import SearchIndex
from forum_site.search.sync import Indexed


class Visit(Indexed, models.Model):
    """A field visit in the event's programme: where the guests were taken, and what they saw."""

    event = models.ForeignKey("Event", models.CASCADE, related_name="visits", verbose_name=_("event"))
    position = models.PositiveIntegerField(_("position"), default=0)
    place = OneLineField(_("place"), max_length=300, help_text=_("The house, plant or museum, by its name."))
    organization = models.ForeignKey(
        "organizations.Organization",
        models.PROTECT,
        related_name="visits",
        verbose_name=_("visited organization"),
        null=True,
        blank=True,
        help_text=_("If the place is an organization that has a page here."),
    )
    visited_on = models.DateField(_("day"), null=True, blank=True, help_text=_("Leave empty when it is not known."))
    city = OneLineField(_("city"), max_length=100, blank=True)
    description = RichTextField(_("description"), blank=True)

    objects = EventPartQuerySet.as_manager()

    search_index = SearchIndex(
        number=5,
        title="place",
        names=["organization__name", "organization__short_name"],
        places=["city"],
        texts=["description"],
        day="event__starts_on",
        language="event",
        line="events/_found_part.html",
    )

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        ordering = ["position", "id"]

    def __str__(self):
        return self.place

    def get_absolute_url(self):
        return f"{self.event.get_absolute_url()}#visit-{self.pk}"

    def clean(self):
        super().clean()
        refuse_day_outside(getattr(self, "event", None), visited_on=self.visited_on)
