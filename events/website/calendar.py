"""The calendar of a month: weeks of days, each with the events that go on."""

import calendar
from datetime import date, timedelta
from typing import NamedTuple

from babel.dates import format_skeleton
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.views.generic import RedirectView, TemplateView

from events.models import Event
from forum_site.core.text.locales import first_weekday, page_locale
from forum_site.pagecache.views import CachedPageView

MAX_ON_A_DAY = 4
DAY = timedelta(days=1)


class Day(NamedTuple):
    date: date
    is_in_month: bool
    is_today: bool
    events: list  # (event, which of its days this is)
    others: int  # events that go on, too, for which there is no room

    @property
    def number(self):
        return len(self.events) + self.others


class Month:
    """A month as the public sees it. `previous` and `next` are the first days of the nearest months with an event."""

    def __init__(self, day):
        self.first = day.replace(day=1)
        self.last = day.replace(day=calendar.monthrange(day.year, day.month)[1])
        self.events = Event.objects.published()
        self.spans = self.events.spans(self.first, self.last)
        self.previous, self.next = self._previous(), self._next()

    def _previous(self):
        if any(starts_on < self.first for _key, starts_on, _ends_on in self.spans):
            return first_of_month(self.first - DAY)
        ends = self.events.filter(ends_on__lt=self.first).order_by("-ends_on").values_list("ends_on", flat=True)
        return first_of_month(ends.first())

    def _next(self):
        if any(ends_on > self.last for _key, _starts_on, ends_on in self.spans):
            return self.last + DAY
        starts = self.events.filter(starts_on__gt=self.last).order_by("starts_on").values_list("starts_on", flat=True)
        return first_of_month(starts.first())

    @property
    def is_within_bounds(self):
        """Whether the month lies between the first and the last event."""
        return bool(self.spans or (self.previous and self.next))

    def weeks(self):
        """Return the weeks, as lists of `Day`, as the reader's language begins a week."""
        keys = self._keys_by_day()
        shown = Event.objects.for_calendar().in_bulk({key for of_day in keys.values() for key in of_day[:MAX_ON_A_DAY]})
        weeks = calendar.Calendar(first_weekday()).monthdatescalendar(self.first.year, self.first.month)
        return [[self._day(day, keys.get(day, []), shown) for day in week] for week in weeks]

    def _keys_by_day(self):
        """Return the keys of the events of each day: those that begin on it, then those that go on longer."""
        keys = {}
        for key, starts_on, ends_on in reversed(self.spans):
            day = max(starts_on, self.first)
            while day <= min(ends_on, self.last):
                keys.setdefault(day, []).append(key)
                day += DAY
        return keys

    def _day(self, day, keys, shown):
        events = [shown[key] for key in keys[:MAX_ON_A_DAY] if key in shown]
        numbered = [(event, (day - event.starts_on).days + 1) for event in events]
        return Day(day, day.month == self.first.month, day == timezone.localdate(), numbered, len(keys) - len(events))


def first_of_month(day):
    return day and day.replace(day=1)


def month_name(day):
    return format_skeleton("yMMMM", day, locale=page_locale())


def month_address(day):
    return reverse("events:calendar", args=[day.year, day.month])


class MonthView(CachedPageView, TemplateView):
    template_name = "events/month_calendar.html"

    def get_context_data(self, year, month, **kwargs):
        shown = Month(date(year, month, 1))
        if not shown.is_within_bounds:
            raise Http404
        weeks = shown.weeks()
        neighbours = {
            name: {"name": month_name(day), "address": month_address(day)}
            for name, day in (("previous", shown.previous), ("next", shown.next))
            if day
        }
        return super().get_context_data(
            name=month_name(shown.first),
            weeks=weeks,
            weekdays=[weekday_names(day.date) for day in weeks[0]],
            number=len(shown.spans),
            **neighbours,
            **kwargs,
        )


def weekday_names(day):
    names = page_locale().days["stand-alone"]
    return {"short": names["abbreviated"][day.weekday()], "whole": names["wide"][day.weekday()]}


class CurrentMonthView(RedirectView):
    """Leads to the month of today, or to the nearest one with an event: the next, else the last."""

    redirects_misspelt = True

    def get_redirect_url(self, *args, **kwargs):
        month = Month(timezone.localdate())
        nearest = month.first if month.spans else month.next or month.previous
        if not nearest:
            raise Http404
        return month_address(nearest)
