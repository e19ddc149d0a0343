"""The two tables of the number of shows: the total of each event, and its daily counts.

One statement writes both, so that they always agree (`manage.py check_counts` proves it): the total gives each show its
number, however many days there are, and the daily counts say when.
"""

from functools import lru_cache

from django.db import connections, models, router, transaction
from django.db.models import Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.models.show_count_queryset import ShowCountQuerySet

# The same three steps on both databases: add to the totals if the site version goes on, tell them, add to the days.
COUNT_ON_POSTGRESQL = [
    """
WITH shown (event_id, shows, filtered_shows) AS MATERIALIZED (
    SELECT shown.* FROM (VALUES {rows}) AS shown
    WHERE set_config('lock_timeout', COALESCE(%s, current_setting('lock_timeout')), true) IS NOT NULL AND {site_version}
), total AS (
    INSERT INTO events_showtotal AS total (event_id, shows) SELECT event_id, shows FROM shown
    ON CONFLICT (event_id) DO UPDATE SET shows = total.shows + excluded.shows
    RETURNING event_id, shows
), day AS (
    INSERT INTO events_showcount AS day (event_id, day, shows, filtered_shows)
    SELECT event_id, %s, shows, filtered_shows FROM shown
    ON CONFLICT (event_id, day) DO UPDATE
    SET shows = day.shows + excluded.shows, filtered_shows = day.filtered_shows + excluded.filtered_shows
)
SELECT event_id, shows FROM total
"""
]
COUNT_ON_SQLITE = [
    """
INSERT INTO events_showtotal AS total (event_id, shows) SELECT column1, column2 FROM (VALUES {rows})
WHERE {site_version}
ON CONFLICT (event_id) DO UPDATE SET shows = total.shows + excluded.shows
RETURNING event_id, shows
""",
    """
INSERT INTO events_showcount AS day (event_id, day, shows, filtered_shows)
SELECT column1, %s, column2, column3 FROM (VALUES {rows}) WHERE true
ON CONFLICT (event_id, day) DO UPDATE
SET shows = day.shows + excluded.shows, filtered_shows = day.filtered_shows + excluded.filtered_shows
""",
]
IS_CURRENT = {
    "postgresql": "EXISTS (SELECT 1 FROM pagecache_contentversion WHERE token = %s AND STATEMENT_TIMESTAMP() < %s)",
    "sqlite": (
        "EXISTS (SELECT 1 FROM pagecache_contentversion"
        " WHERE token = %s AND STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f', 'NOW') < %s)"
    ),
}

# One statement, one moment: shows that are counted while it runs cannot look like a difference. The plus keeps SQLite
# from reading the daily counts in the order of an index, which takes six times as long.
DIFFERENCES = """
SELECT sums.event_id, sums.shows, sums.daily_counts, sums.corrections, event.title
FROM (
    SELECT event_id, CAST(SUM(total) AS bigint) AS shows,
        CAST(SUM(daily_counts) AS bigint) AS daily_counts, CAST(SUM(corrected) AS bigint) AS corrections
    FROM (
        SELECT event_id, shows AS total, 0 AS daily_counts, 0 AS corrected FROM events_showtotal
        UNION ALL
        SELECT +event_id, 0, SUM(shows), 0 FROM events_showcount GROUP BY 1
        UNION ALL
        SELECT event_id, 0, 0, SUM(shows) FROM events_showcorrection GROUP BY event_id
    ) AS lines
    GROUP BY event_id HAVING SUM(total) <> SUM(daily_counts) + SUM(corrected)
) AS sums
LEFT JOIN events_event AS event ON event.id = sums.event_id
ORDER BY sums.event_id
"""


class ShowTotalQuerySet(models.QuerySet):
    def count_shows(self, site_version, shows, filtered_shows, lock_timeout=None):
        """Count so many `shows` and `filtered_shows` of each event, by its key, today; return the totals, by the same
        keys.

        Nothing is counted, and nothing returned, when `site_version` has ended; None counts in whichever. Outside a
        transaction, where views run, all is committed when this returns. `lock_timeout`, such as "300ms", is how long
        it may wait on PostgreSQL for rows that somebody else holds, if not as long as any statement.
        Raises IntegrityError, and counts nothing, when one of the events has just been deleted.
        """
        rows = [value for event in sorted(shows) for value in (event, shows[event], filtered_shows.get(event, 0))]
        connection = connections[router.db_for_write(self.model)]
        today = timezone.localdate()
        going_on = is_current_values(site_version, connection) if site_version else []
        if connection.vendor == "postgresql":
            (statement,) = statements("postgresql", len(shows), site_version is not None)
            with connection.cursor() as cursor:
                cursor.execute(statement, [*rows, lock_timeout, *going_on, today])
                return dict(cursor.fetchall())
        totals_statement, days_statement = statements("sqlite", len(shows), site_version is not None)
        with transaction.atomic(connection.alias), connection.cursor() as cursor:
            cursor.execute(totals_statement, [*rows, *going_on])
            totals = dict(cursor.fetchall())
            if totals:
                cursor.execute(days_statement, [today, *rows])
            return totals

    def of(self, event_id):
        return self.filter(event=event_id).values_list("shows", flat=True).first() or 0

    def total(self):
        return self.aggregate(total=Coalesce(Sum("shows"), 0))["total"]

    def differences(self):
        """Return the totals that are not the sum of `daily_counts` and `corrections`, each with its `title`."""
        return self.raw(DIFFERENCES)


@lru_cache(maxsize=64)
def statements(vendor, events, in_site_version):
    """Return the statements that count shows of so many events, if only while a site version goes on."""
    row = "(%s::bigint, %s::bigint, %s::bigint)" if vendor == "postgresql" else "(%s, %s, %s)"
    parts = {"rows": ", ".join([row] * events), "site_version": IS_CURRENT[vendor] if in_site_version else "true"}
    return [each.format(**parts) for each in (COUNT_ON_POSTGRESQL if vendor == "postgresql" else COUNT_ON_SQLITE)]


def is_current_values(site_version, connection):
    return [site_version.token.hex, connection.ops.adapt_datetimefield_value(site_version.valid_until)]


class ShowTotal(models.Model):
    """All shows counted here for an event: narrow and without an index beside its key, so that counting is cheap."""

    event = models.OneToOneField("Event", models.CASCADE, primary_key=True, related_name="show_total")
    shows = models.PositiveBigIntegerField(_("shows"), default=0)

    objects = ShowTotalQuerySet.as_manager()

    on_public_pages = False

    class Meta:
        verbose_name = _("total of shows")
        verbose_name_plural = _("totals of shows")

    def __str__(self):
        return str(self.shows)


class ShowCount(models.Model):
    """A daily count of shows: one row per event and day, or per event and month after `rollup_counts`."""

    class Span(models.TextChoices):
        DAY = "day", _("Day")
        MONTH = "month", _("Month")

    event = models.ForeignKey("Event", models.CASCADE, related_name="shows", verbose_name=_("event"))
    day = models.DateField(_("day"), help_text=_("Of a month, its first day."))
    shows = models.PositiveBigIntegerField(_("shows"), default=0)
    filtered_shows = models.PositiveBigIntegerField(_("filtered views"), default=0)
    span = models.CharField(_("span"), max_length=5, choices=Span, default=Span.DAY, db_default=Span.DAY)

    objects = ShowCountQuerySet.as_manager()

    on_public_pages = False

    class Meta:
        verbose_name = _("shows of a day")
        verbose_name_plural = _("number of shows")
        ordering = ["event", "day"]
        indexes = [models.Index(fields=["day"], name="events_showcount_by_day")]
        constraints = [models.UniqueConstraint(name="events_showcount_one_row_a_day", fields=["event", "day"])]

    def __str__(self):
        return f"{self.event_id} {self.day}: {self.shows}"
