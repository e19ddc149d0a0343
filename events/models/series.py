from django.db import models
from django.utils.translation import gettext_lazy as _

from forum_site.core.db.publishing import Publishable
from forum_site.core.db.unique_names import refuse_same_name
from forum_site.core.fields.text import OneLineField
from forum_site.search.sync import Indexed, IndexedQuerySet


class SeriesQuerySet(IndexedQuerySet):
    def printed_keys(self):
        """Return the keys of those that an event belongs to which has been published."""
        of_events = self.filter(events__publication_status__in=Publishable.HAS_BEEN_PUBLISHED)
        return set(of_events.order_by().values_list("pk", flat=True))


class Series(Indexed, models.Model):
    """Events that come back: the editions of one forum, the evenings of one cycle of lectures."""

    name = OneLineField(
        _("name"),
        max_length=200,
        unique=True,
        help_text=_("The name that all its events share, without a year or number."),
        error_messages={"unique": _("A series with this name already exists. Choose that one.")},
    )

    objects = SeriesQuerySet.as_manager()

    class Meta:
        verbose_name = _("series")
        verbose_name_plural = _("series")
        ordering = ["name"]

    def __str__(self):
        return self.name

    def clean(self):
        super().clean()
        refuse_same_name(self)
