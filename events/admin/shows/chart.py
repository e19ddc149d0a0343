"""The layout of a bar chart of shows and filtered views, which `templates/admin/events/_shows_chart.html` draws as SVG.

Across, all is in percent of the width that there is; down, in pixels: so the bars fill any screen and sheet, and the
lettering keeps its size. Numbers are handed over as texts, which no locale rewrites.
"""

from math import ceil, floor, log10
from typing import NamedTuple

from django.utils.formats import date_format

from events.shows.statistics import Step

TOP, HEIGHT, FOOT = 10, 220, 26  # pixels: above the highest line, between it and the lowest, below for the labels
LINES = 4  # How many lines across, about.
LABELS = 8  # How many labels below, at most; a phone shows every second one.
FULLEST = 0.84  # Of its slot, how much a bar takes.


class Bar(NamedTuple):
    row: object
    x: str
    width: str
    shows: tuple  # y and height
    filtered_shows: tuple


class Line(NamedTuple):
    value: int
    y: str
    is_zero: bool


class Label(NamedTuple):
    text: str
    x: str
    anchor: str
    is_spare: bool


class Chart:
    """The chart of `rows`, which are `PeriodTotals` of one step."""

    height = TOP + HEIGHT + FOOT
    foot = TOP + HEIGHT + 19

    def __init__(self, rows):
        self._rows = rows
        figures = [figure for row in rows for figure in (row.shows, row.filtered_shows)]
        step = _round_step(max(*figures, 0) - min(*figures, 0))
        self._lowest = floor(min(*figures, 0) / step) * step
        self._highest = max(ceil(max(*figures, 0) / step) * step, self._lowest + step)
        self.lines = [
            Line(value, f"{self._y(value):.1f}", value == 0)
            for value in range(self._lowest, self._highest + step, step)
        ]
        self.scale_width = 12 + 7 * max(len(f"{value:,}") for value in (self._lowest, self._highest))
        slot = 100 / len(rows)
        width = min(slot * FULLEST, 12)
        self.bars = [
            Bar(
                row,
                f"{number * slot + (slot - width) / 2:.3f}%",
                f"{width:.3f}%",
                self._bar(row.shows),
                self._bar(row.filtered_shows),
            )
            for number, row in enumerate(rows)
        ]
        self.labels = list(self._labels(slot))

    def _y(self, value):
        return TOP + HEIGHT * (self._highest - value) / (self._highest - self._lowest)

    def _bar(self, value):
        """Return where the bar of `value` begins and how high it is: what is not nothing is seen."""
        zero, end = self._y(0), self._y(value)
        height = max(abs(end - zero), 1) if value else 0
        return f"{zero - height if value > 0 else zero:.1f}", f"{height:.1f}"

    def _labels(self, slot):
        every = ceil(len(self._rows) / LABELS)
        for number, row in enumerate(self._rows[::every]):
            x = (number * every + 0.5) * slot
            is_last = x > 95 and len(self._rows) > 1
            yield Label(
                self._short_name(row),
                "100%" if is_last else f"{x:.3f}%",
                "end" if is_last else "middle",
                is_spare=number % 2 == 1,
            )

    def _short_name(self, row):
        if row.step == Step.YEAR:
            return str(row.first.year)
        if row.step == Step.MONTH:
            return date_format(row.first, "M Y")
        spans_years = self._rows[0].first.year != self._rows[-1].last.year
        return date_format(row.first, "j M Y" if spans_years else "j M")


def _round_step(span):
    """Return 1, 2 or 5 with noughts: so that about `LINES` lines measure `span`."""
    rough = max(span / LINES, 1)
    unit = 10 ** floor(log10(rough))
    return next(step for step in (unit, 2 * unit, 5 * unit, 10 * unit) if step >= rough)
