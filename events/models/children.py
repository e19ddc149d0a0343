from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from forum_site.core.db.publishing import is_published
from forum_site.search.sync import IndexedQuerySet


class EventPartQuerySet(IndexedQuerySet):
    """Of a model that belongs to an event by its field `event`."""

    def published(self):
        """Those whose event the public may see at this moment."""
        return self.filter(is_published("event__"))

    def not_hidden(self):
        """The same, told by the few events that are hidden: quicker where most parts of an archive are counted."""
        events = self.model._meta.get_field("event").related_model.objects
        return self.exclude(event__in=events.hidden().order_by().values("pk"))

    def not_trashed(self):
        """Those whose event editors work with: it is not in the bin."""
        events = self.model._meta.get_field("event").related_model
        trashed = events.objects.filter(publication_status=events.PublicationStatus.TRASHED)
        return self.exclude(event__in=trashed.order_by().values("pk"))

    def latest(self):
        """With their events, the latest event first."""
        return self.select_related("event").order_by("-event__starts_on", "-event_id", "position", "id")


def refuse_day_outside(event, **day):
    """Raise a ValidationError at the field of `day` (given by its name) when it is no day of the event."""
    (field, date) = next(iter(day.items()))
    if not (date and event and event.starts_on):
        return
    last = event.ends_on or event.starts_on
    if event.starts_on <= last and not event.starts_on <= date <= last:
        raise ValidationError(
            {
                field: _("This date is outside the event (%(first)s to %(last)s).")
                % {"first": date_format(event.starts_on), "last": date_format(last)}
            }
        )
