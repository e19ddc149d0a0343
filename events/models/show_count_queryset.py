"""Queries on the daily counts of shows, and their roll-up into months.

The rows that cannot be are those that `manage.py check_counts` tells; `manage.py rollup_counts` folds.
"""

import datetime

from django.db import connections, models, router, transaction
from django.db.models import Exists, F, OuterRef, Sum
from django.db.models.functions import Coalesce, ExtractMonth, ExtractYear
from django.utils import timezone

DAY = datetime.timedelta(days=1)

# The row of the first day becomes the month's: so no row is taken away and added again at one stroke.
# PostgreSQL takes the days away and adds up what it took, SQLite, where nobody else can write meanwhile, in turn.
ROLL_UP_POSTGRESQL = """
WITH days AS (
    DELETE FROM events_showcount WHERE span = 'day' AND day > %(first)s AND day < %(following)s
    RETURNING event_id, shows, filtered_shows
)
INSERT INTO events_showcount AS month (event_id, day, span, shows, filtered_shows)
SELECT event_id, %(first)s, 'month', SUM(shows), SUM(filtered_shows) FROM days GROUP BY event_id ORDER BY event_id
ON CONFLICT (event_id, day) DO UPDATE
SET span = 'month', shows = month.shows + excluded.shows, filtered_shows = month.filtered_shows +
excluded.filtered_shows
"""
ROLL_UP_SQLITE = """
INSERT INTO events_showcount AS month (event_id, day, span, shows, filtered_shows)
SELECT event_id, %(first)s, 'month', SUM(shows), SUM(filtered_shows) FROM events_showcount
WHERE span = 'day' AND day > %(first)s AND day < %(following)s GROUP BY event_id
ON CONFLICT (event_id, day) DO UPDATE
SET span = 'month', shows = month.shows + excluded.shows, filtered_shows = month.filtered_shows +
excluded.filtered_shows
"""
TAKE_DAYS_SQLITE = "DELETE FROM events_showcount WHERE span = 'day' AND day > %(first)s AND day < %(following)s"
ROLL_UP = {"postgresql": [ROLL_UP_POSTGRESQL], "sqlite": [ROLL_UP_SQLITE, TAKE_DAYS_SQLITE]}
ROLL_UP_FIRST_DAYS = "UPDATE events_showcount SET span = 'month' WHERE span = 'day' AND day = %(first)s"


class ShowCountQuerySet(models.QuerySet):
    def total(self):
        return self.aggregate(total=Coalesce(Sum("shows"), 0))["total"]

    def of_days_to_come(self):
        """Rows of days that cannot have come yet; tomorrow can, by the clock of another time zone."""
        return self.filter(day__gt=timezone.localdate() + DAY)

    def with_more_filtered_shows_than_shows(self):
        return self.filter(filtered_shows__gt=F("shows"))

    def of_months_amid_a_month(self):
        """Rows of months whose day is not the first."""
        return self.filter(span=self.model.Span.MONTH).exclude(day__day=1)

    def of_months_beside_days(self):
        """Rows of months that have rows of single days, too."""
        days = self.model.objects.filter(
            event=OuterRef("event"),
            span=self.model.Span.DAY,
            day__range=(OuterRef("day"), OuterRef("day") + 30 * DAY),
            day__month=ExtractMonth(OuterRef("day")),
            day__year=ExtractYear(OuterRef("day")),  # For PostgreSQL, which may look months up rather than ranges.
        )
        return self.filter(Exists(days), span=self.model.Span.MONTH)

    def days_before(self, day):
        """Rows of single days before `day`."""
        return self.filter(span=self.model.Span.DAY, day__lt=day)

    def of_month(self, month):
        """Rows of `month`, given by its first day."""
        return self.filter(day__gte=month, day__lt=following_month(month))

    def months(self):
        """Yield the first day of each month that has some of these rows, in order; each is looked up at its turn."""
        by_day = self.order_by("day").values_list("day", flat=True)
        day = by_day.first()
        while day:
            yield day.replace(day=1)
            day = by_day.filter(day__gte=following_month(day)).first()

    def roll_up(self, month):
        """Put the days of `month`, given by its first day, together into one row an event, in one transaction.

        All sums stay as they are, whatever is counted meanwhile. Where a row of the month is there, the days join it.
        """
        connection = connections[router.db_for_write(self.model)]
        days = {"first": month, "following": following_month(month)}
        with transaction.atomic(connection.alias), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET LOCAL statement_timeout = 0")  # The site's limit is for those who wait for a page.
            for statement in (*ROLL_UP[connection.vendor], ROLL_UP_FIRST_DAYS):
                cursor.execute(statement, days)


def following_month(day):
    return (day.replace(day=28) + 4 * DAY).replace(day=1)
