"""Pages of events whose cost does not grow with their number."""

from datetime import date

from django.core.paginator import Page, Paginator
from django.utils.functional import cached_property


class DatePaginator(Paginator):
    """Pages of an EventQuerySet by the day on which events begin, in the queryset's own order.

    To skip the rows before a page, a database has to read them all. How many events each year has is known beforehand,
    as `years` in the order of the pages, or read from an index at one go. Those of each day are then read for the years
    of the page alone, and the rows for its days.
    """

    def __init__(self, object_list, per_page, *args, years=None, **kwargs):
        super().__init__(object_list, per_page, *args, **kwargs)
        self._years = years

    @cached_property
    def years(self):
        return self.object_list.years() if self._years is None else self._years

    @cached_property
    def count(self):
        return sum(events for _year, events in self.years)

    def page(self, number):
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        last = min(first + self.per_page, self.count)
        years, before = stretch(self.years, first, last)
        if not years:
            return Page(self.object_list.none(), number, self)
        of_years = self.object_list.filter(starts_on__range=(date(min(years), 1, 1), date(max(years), 12, 31)))
        days, passed = stretch(of_years.by_day(), first - before, last - before)
        rows = self.object_list.filter(starts_on__range=(min(days), max(days)))
        skip = first - before - passed
        return Page(rows[skip : skip + last - first], number, self)


def stretch(numbers, first, last):
    """Return those that have the events from `first` to before `last`, and how many events come before them.

    `numbers` are years or days in order, each with the number of its events.
    """
    found, passed, before = [], 0, 0
    for each, events in numbers:
        if passed < last and passed + events > first:
            before = before if found else passed
            found.append(each)
        passed += events
    return found, before
