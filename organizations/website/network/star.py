"""An organization in the middle, and around it those it met most. Lengths are units of the picture's view box.

The picture is as wide as the narrowest phone; each partner has a row of its own in one of two columns, so names of any
length stay apart.
"""

from math import sqrt
from typing import NamedTuple

from organizations.website.network.circle import weight
from organizations.website.network.labels import Box, label, text_width

WIDTH = 320
FONT = 12
LINE = 14.5
LINES = 3
ROW = LINES * LINE + 9
RADIUS = 40
DOT = 10
GAP = 5


class Partner(NamedTuple):
    x: float
    y: float
    anchor: str
    lines: list  # (x, y, text) of the name
    weight: int
    events: int

    @property
    def box(self):
        """What the name covers."""
        width = max(text_width(text) for _x, _y, text in self.lines) * FONT
        left = self.lines[0][0] - (width if self.anchor == "end" else 0)
        return Box(left, self.lines[0][1] - FONT * 0.8, left + width, self.lines[-1][1] + FONT * 0.25)


class Star(NamedTuple):
    width: int
    height: int
    partners: list

    @property
    def view_box(self):
        return f"{-self.width // 2} {-self.height // 2} {self.width} {self.height}"


def star(partners):
    """Return the Star of `(name, short name, events)` of each partner, the closest first: clockwise from the top."""
    half = (len(partners) + 1) // 2
    height = half * ROW
    right, left = partners[:half], partners[half:][::-1]
    placed = [*_column(right, height, 1), *list(_column(left, height, -1))[::-1]]
    return Star(WIDTH, 2 * (round(height / 2) + 2), placed)


def _column(partners, height, side):
    for number, (name, short_name, events) in enumerate(partners):
        y = (number + 0.5) * height / len(partners) - height / 2
        x = RADIUS * sqrt(1 - (y / (height / 2 + DOT)) ** 2)
        text_x = x + DOT + GAP
        texts = label(name, short_name, (WIDTH / 2 - text_x) / FONT, LINES)
        first = y - (len(texts) - 1) * LINE / 2 + FONT * 0.35
        lines = [(round(side * text_x, 1), round(first + LINE * place, 1), text) for place, text in enumerate(texts)]
        yield Partner(round(side * x, 1), round(y, 1), "start" if side > 0 else "end", lines, weight(events), events)
