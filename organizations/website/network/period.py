"""The years of a network: those asked for, as far as their events are few enough to be drawn at once."""

from typing import NamedTuple


class Period(NamedTuple):
    most_events = 12_000  # Of what is read at once; a single year is drawn however many it has.

    first: int
    last: int
    asked_first: int  # Earlier than `first` when the years asked for have too many events.
    years: dict  # Of all years that have events, the number of them, the earliest first.

    @classmethod
    def within(cls, years, first=None, last=None):
        """Return the latest years from `first` to `last` that have at most `most_events`; of all by default.

        `years` has the number of events of each year that has any. Raises ValueError for a period that is none, or
        lies outside of these years.
        """
        years = dict(sorted(years.items()))
        known = list(years)
        if not known:
            raise ValueError("There are no events.")
        asked_first = known[0] if first is None else first
        last = known[-1] if last is None else last
        if not known[0] <= asked_first <= last <= known[-1]:
            raise ValueError(f"{asked_first} to {last} is no period of the years with events.")
        return cls(cls.earliest(years, asked_first, last), last, asked_first, years)

    @classmethod
    def earliest(cls, years, first, last):
        """Return the year, not before `first`, from which on there are not too many events until `last`."""
        events = 0
        for year in range(last, first - 1, -1):
            events += years.get(year, 0)
            if events > cls.most_events and year < last:
                return year + 1
        return first

    @property
    def is_shortened(self):
        return self.first > self.asked_first

    @property
    def is_default(self):
        """Whether these are the years shown when none are asked for."""
        return self.last == max(self.years) and self.first == self.earliest(self.years, min(self.years), self.last)

    @property
    def is_whole(self):
        """Whether all events there are lie within."""
        return (self.first, self.last) == (min(self.years), max(self.years))

    def beginnings(self):
        """Return the years from which it may begin, given its end."""
        earliest = self.earliest(self.years, min(self.years), self.last)
        return [year for year in self.years if earliest <= year <= self.last]

    def ends(self):
        """Return `(first year, last year)` for each year in which it may end; the first stays where that can be."""
        return [
            (min(year, max(self.first, self.earliest(self.years, min(self.years), year))), year) for year in self.years
        ]
