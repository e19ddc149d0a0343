"""What staff ask of the daily counts of shows: how many, when, and of which events.

`Period` is a stretch of days, of one event or of the whole site. It answers `series(step)`, `total`,
`most_shown(limit)`, `corrections` and `methods`; each answer in figures is a `PeriodTotals`, the shows and filtered
views of some days. `Period.all()` is everything that is known. `Step` names the steps of a series, finest first.
`Account` is what an event's printed number is made of; `corrections_made()` is what the public is told of corrections.

A correction counts on the day that it corrects. A month that `rollup_counts` has put together is known as a whole only:
a period that cuts such a month is widened to all of it, and a series by day or week has it as one row of a month. So
the rows of a series always sum up to the total, whichever the step.
"""

import datetime
from bisect import bisect_right
from functools import cached_property
from typing import NamedTuple

from django.db import models
from django.db.models import Count, Max, Min, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.models import CountingMethod, Event, ShowCorrection, ShowCount

DAY = datetime.timedelta(days=1)

# Summed up before the titles are looked up, so that an archive of any size is joined to a few rows. What is
# in the bin is ranked nowhere; the sums of the site have its shows.
MOST_SHOWN = """
SELECT events_event.id, title, slug, starts_on, most.shown AS shows_of_period, most.filtered AS filtered_shows_of_period
FROM (
    SELECT event_id, CAST(SUM(shows) AS bigint) AS shown, CAST(SUM(filtered_shows) AS bigint) AS filtered
    FROM (
        SELECT event_id, shows, filtered_shows FROM events_showcount WHERE day BETWEEN %s AND %s
        UNION ALL
        SELECT event_id, shows, filtered_shows FROM events_showcorrection WHERE day BETWEEN %s AND %s
    ) AS lines
    WHERE event_id NOT IN (SELECT id FROM events_event WHERE publication_status = 'trashed')
    GROUP BY event_id HAVING SUM(shows) <> 0 OR SUM(filtered_shows) <> 0
    ORDER BY shown DESC, event_id LIMIT %s
) AS most
JOIN events_event ON events_event.id = most.event_id
ORDER BY shows_of_period DESC, events_event.id
"""


class Step(models.TextChoices):
    DAY = "day", _("Day")
    WEEK = "week", _("Week")
    MONTH = "month", _("Month")
    YEAR = "year", _("Year")

    def last_day_from(self, day):
        """Return the last day of the step that `day` lies in; weeks are those of ISO 8601, from Monday to Sunday."""
        if self == Step.WEEK:
            return day + (6 - day.weekday()) * DAY
        if self == Step.MONTH:
            return (day.replace(day=28) + 4 * DAY).replace(day=1) - DAY
        if self == Step.YEAR:
            return day.replace(month=12, day=31)
        return day

    @property
    def coarser(self):
        steps = list(Step)
        return steps[min(steps.index(self) + 1, len(steps) - 1)]


class PeriodTotals(NamedTuple):
    """The `shows` and `filtered_shows` of the days from `first` to `last`, at most a `step`."""

    first: datetime.date
    last: datetime.date
    step: Step | None
    shows: int
    filtered_shows: int


class Period:
    def __init__(self, first, last, event=None):
        self.asked = (first, last)
        self.event = event

    @classmethod
    def all(cls, event=None):
        """Return the period of everything that is known, until today; None when nothing is."""
        firsts = [_of(event, model).aggregate(first=Min("day"))["first"] for model in (ShowCount, ShowCorrection)]
        known = [first for first in firsts if first]
        return cls(min(known), timezone.localdate(), event) if known else None

    @cached_property
    def days(self):
        """The first and the last day, widened to whole months where only these are known."""
        first, last = self.asked
        edges = [day.replace(day=1) for day in self.asked]
        rolled_up = set(
            _of(self.event, ShowCount)
            .filter(span=ShowCount.Span.MONTH, day__in=edges)
            .order_by()
            .values_list("day", flat=True)
            .distinct()
        )
        if edges[0] in rolled_up:
            first = edges[0]
        if edges[1] in rolled_up:
            last = Step.MONTH.last_day_from(last)
        return first, last

    @property
    def first(self):
        return self.days[0]

    @property
    def last(self):
        return self.days[1]

    @cached_property
    def total(self):
        return self._sum(self.first, self.last, None, [line for lines in self._lines.values() for line in lines])

    def series(self, step):
        """Return the `PeriodTotals` of each `step`, in order; 0 where nothing was counted."""
        rows, first = [], self.first
        apart = self._rolled_up if step in (Step.DAY, Step.WEEK) else ()
        starts = sorted(apart)
        while first <= self.last:
            if first in apart:
                row_step, last = Step.MONTH, Step.MONTH.last_day_from(first)
            else:
                row_step, last = step, min(step.last_day_from(first), self.last)
                following = bisect_right(starts, first)
                if following < len(starts):
                    last = min(last, starts[following] - DAY)
            rows.append((first, last, row_step))
            first = last + DAY
        lines = {}
        firsts = [first for first, _last, _step in rows]
        for day, of_day in self._lines.items():
            lines.setdefault(firsts[bisect_right(firsts, day) - 1], []).extend(of_day)
        return [self._sum(*row, lines.get(row[0], [])) for row in rows]

    def most_shown(self, limit):
        """Return at most `limit` events, the most shown first, with their figures of the period."""
        if self.event:
            self.event.shows_of_period, self.event.filtered_shows_of_period = (
                self.total.shows,
                self.total.filtered_shows,
            )
            return [self.event][:limit]
        return list(Event.objects.raw(MOST_SHOWN, [*self.days, *self.days, limit]))

    @property
    def corrections(self):
        """The lines that correct days of this period, by day, each with `event_title`."""
        lines = _of(self.event, ShowCorrection).filter(day__range=self.days)
        # Joined, SQLite would read all events for the few that have a correction.
        title = Subquery(Event.objects.filter(pk=OuterRef("event")).values("title"))
        return lines.select_related("author").annotate(event_title=title).order_by("day", "id")

    @property
    def methods(self):
        """Each list of bots and rule by which filtered views were counted, with its first and last day."""
        return (
            CountingMethod.objects.filter(day__range=self.days)
            .order_by()
            .values("bot_list", "rule")
            .annotate(first=Min("day"), last=Max("day"))
            .order_by("first", "last", "bot_list", "rule")
        )

    @cached_property
    def _daily_counts(self):
        return list(summed(_of(self.event, ShowCount).filter(day__range=self.days), "day", "span"))

    @cached_property
    def _rolled_up(self):
        return {day for day, span, _shows, _filtered in self._daily_counts if span == ShowCount.Span.MONTH}

    @cached_property
    def _lines(self):
        """What was counted and corrected on each day, as pairs of shows and filtered views."""
        lines = {}
        for day, _span, *figures in self._daily_counts:
            lines.setdefault(day, []).append(figures)
        for day, *figures in summed(_of(self.event, ShowCorrection).filter(day__range=self.days), "day"):
            lines.setdefault(day, []).append(figures)
        return lines

    def _sum(self, first, last, step, lines):
        # PostgreSQL sums big numbers up to decimals.
        return PeriodTotals(first, last, step, int(sum(line[0] for line in lines)), int(sum(line[1] for line in lines)))


def _of(event, model):
    return model.objects.filter(event=event) if event else model.objects.all()


def summed(queryset, *by):
    return queryset.order_by().values_list(*by).annotate(Sum("shows"), Sum("filtered_shows"))


class Account(NamedTuple):
    """What the number of shows of an event is made of: `printed` is the sum of the three others."""

    carried_over: int
    counted: int
    corrected: int
    printed: int

    @classmethod
    def of(cls, event):
        """Return the account of `event` as it stands, from one statement: shows counted meanwhile confuse nothing."""

        def all_shows(model):
            lines = model.objects.filter(event=OuterRef("pk")).order_by().values("event")
            return Coalesce(Subquery(lines.annotate(all_shows=Sum("shows")).values("all_shows")), 0)

        found = Event.objects.filter(pk=event.pk).values_list(
            "imported_shows",
            all_shows(ShowCount),
            all_shows(ShowCorrection),
            Coalesce("show_total__shows", 0),
        )
        carried_over, counted, corrected, total = map(int, found.get())
        return cls(carried_over, counted, corrected, carried_over + total)

    @property
    def agrees(self):
        """Whether the daily counts and the total say the same; `manage.py check_counts` tells more."""
        return self.carried_over + self.counted + self.corrected == self.printed


def corrections_made():
    """Return how many corrections were made before today: on a page kept until midnight, that stays true."""
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return ShowCorrection.objects.filter(created_at__lt=today).count()


def imported_numbers():
    """Return how many public events have a number of shows from an older site, and their sum: `{"events", "shows"}`."""
    events = Event.objects.published().filter(imported_shows__gt=0).order_by()
    found = events.aggregate(events=Count("pk"), shows=Sum("imported_shows"))
    return {name: int(value or 0) for name, value in found.items()}  # PostgreSQL's sums are decimals.
