"""An organization's roles over the years, as a table: a row for each role, a column for each year."""

from typing import NamedTuple

MAX_YEARS = 16
HEAVIEST = 4


class Cell(NamedTuple):
    year: int
    events: int
    weight: int  # 0 for none, else from 1 to HEAVIEST: how dark the cell is.


class Role(NamedTuple):
    value: str
    label: str
    cells: list
    earlier: int  # Events before the years shown.
    all: int


class RolesOverYears(NamedTuple):
    years: list
    earlier: int
    rows: list

    @classmethod
    def of(cls, participations):
        """Return the table of these participations, which are those of one organization."""
        found = {}
        for role, year, events in participations.by_role_and_year():
            found.setdefault(role, {})[year] = events
        years = shown_years({year for events in found.values() for year in events})
        rows = [
            Role(
                role.value,
                role.label,
                [Cell(year, events.get(year, 0), weight(events.get(year, 0))) for year in years],
                sum(number for year, number in events.items() if year < years[0]),
                sum(events.values()),
            )
            for role in participations.model.Role
            if (events := found.get(role))
        ]
        return cls(years, sum(row.earlier for row in rows), rows)


def shown_years(years, most=MAX_YEARS):
    """Return the latest years, those without an event between them included unless there are too many."""
    first, last = min(years), max(years)
    if last - first < most:
        return list(range(first, last + 1))
    return sorted(years)[-most:]


def weight(events):
    """Return 1 for one event, 2 for two, 3 up to four, 4 for more."""
    return min(HEAVIEST, (events - 1).bit_length() + 1) if events else 0
