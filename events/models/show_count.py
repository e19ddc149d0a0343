from django.db import connections, models, router
from django.db.models import Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ShowCountQuerySet(models.QuerySet):
    def count_show(self, event):
        """Count one show of `event`, today; return the number of shows to print, within a day each its own.

        One statement adds and answers, on SQLite as on PostgreSQL, so that nothing is read that another request may
        have changed. Outside a transaction, where views run, it is committed when this returns.
        Raises IntegrityError when the event has just been deleted.
        """
        today = timezone.localdate()
        with connections[router.db_for_write(self.model)].cursor() as cursor:
            cursor.execute(
                """
                INSERT INTO events_showcount AS today (event_id, day, shows, readers) VALUES (%s, %s, 1, 0)
                ON CONFLICT (event_id, day) DO UPDATE SET shows = today.shows + 1
                RETURNING shows + (
                    SELECT COALESCE(SUM(earlier.shows), 0) FROM events_showcount AS earlier
                    WHERE earlier.event_id = %s AND earlier.day <> %s
                )
                """,
                [event.pk, today, event.pk, today],
            )
            (ledger_shows,) = cursor.fetchone()
        return event.shows_carried_over + int(ledger_shows)

    def total(self):
        return self.aggregate(total=Coalesce(Sum("shows"), 0))["total"]

    def total_of(self, event):
        """Return the total of `event`, an outer reference, as a subquery."""
        totals = self.filter(event=event).order_by().values("event").annotate(total=Sum("shows")).values("total")
        return Coalesce(Subquery(totals), 0)


class ShowCount(models.Model):
    """The ledger of shows: one row an event and day. Nothing but `count_show` adds to it; no save of an event does."""

    event = models.ForeignKey("Event", models.CASCADE, related_name="shows", verbose_name=_("event"))
    day = models.DateField(_("day"))
    shows = models.PositiveBigIntegerField(_("shows"), default=0)
    readers = models.PositiveBigIntegerField(_("readers"), default=0)

    objects = ShowCountQuerySet.as_manager()

    class Meta:
        verbose_name = _("shows of a day")
        verbose_name_plural = _("shows by day")
        ordering = ["event", "day"]
        constraints = [models.UniqueConstraint(name="events_showcount_one_row_a_day", fields=["event", "day"])]

    def __str__(self):
        return f"{self.event_id} {self.day}: {self.shows}"
