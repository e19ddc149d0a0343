"""Pages of events whose cost does not grow with their number."""

from django.core.paginator import Page, Paginator
from django.utils.functional import cached_property


class DayPaginator(Paginator):
    """Pages of an EventQuerySet in its own order, the latest first.

    To skip the rows before a page, a database has to read them all. How many events begin on each day is read from an
    index at one go; so the days of a page are known, and only the rows of those days are asked for.
    """

    @cached_property
    def days(self):
        return list(self.object_list.by_day())

    @cached_property
    def count(self):
        return sum(events for _day, events in self.days)

    def page(self, number):
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        last = min(first + self.per_page, self.count)
        passed, wanted, skip = 0, [], 0
        for day, events in self.days:
            if passed < last and passed + events > first:
                skip = skip if wanted else first - passed
                wanted.append(day)
            passed += events
        rows = self.object_list.filter(starts_on__range=(wanted[-1], wanted[0])) if wanted else self.object_list.none()
        return Page(rows[skip : skip + last - first], number, self)
