"""The shows of the last weeks, for the dashboard: `last_weeks(number)` are bars, the current week first.

The dashboard is opened often, and the daily counts of eight weeks of a large archive are many. So the days before
yesterday, which are counted to the end, are kept in memory for an hour; yesterday, today and corrections are read each
time.
"""

from functools import cached_property, lru_cache
from typing import NamedTuple

from django.utils import timezone
from django.utils.formats import date_format

from events.models import ShowCount
from events.shows.statistics import DAY, Period, Step, summed


class RecentPeriod(Period):
    """A period of the whole site that ends today."""

    @cached_property
    def _daily_counts(self):
        yesterday = timezone.localdate() - DAY
        return [
            *counted_before(self.first, yesterday, timezone.now().hour),
            *summed(ShowCount.objects.filter(day__range=(yesterday, self.last)), "day", "span"),
        ]


@lru_cache(maxsize=2)
def counted_before(first, day, hour):
    return list(summed(ShowCount.objects.filter(day__gte=first, day__lt=day), "day", "span"))


class Week(NamedTuple):
    name: str
    shows: int
    width: str  # of the longest bar, in percent; a text, which no locale rewrites
    is_going_on: bool


class Weeks:
    """A list of bars. Weeks before the first that has shows are left out: perhaps nobody counted."""

    def __init__(self, series):
        while series and not series[0].shows:
            series = series[1:]
        most = max((week.shows for week in series), default=0)
        self.total = sum(week.shows for week in series)
        self.rows = [
            Week(
                span(week.first, week.last),
                week.shows,
                f"{max(week.shows, 0) * 100 / most if most > 0 else 0:.1f}%",
                week.last >= timezone.localdate(),
            )
            for week in reversed(series)
        ]


def last_weeks(number):
    today = timezone.localdate()
    monday = today - today.weekday() * DAY
    return Weeks(RecentPeriod(monday - (number - 1) * 7 * DAY, today).series(Step.WEEK))


def span(first, last):
    """Return "16 Nov – 22 Nov": of the last weeks, the year is known."""
    names = [date_format(day, "j M") for day in (first, last)]
    return names[0] if first == last else " – ".join(names)
