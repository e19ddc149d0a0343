"""The network of a period: names around a circle, in groups, and a line between any two who met.

The names stand in two columns whose inner edges follow the circle: each is horizontal, and a row of its own keeps it
from its neighbours. A group's heading is a row as well. Lengths are units of the picture's view box.
"""

from itertools import groupby
from math import ceil, sqrt
from typing import NamedTuple

from organizations.website.network.labels import Box, cut, label, text_width
from organizations.website.network.order import arranged

FONT = 15
HEADING = 12.5
ROW = 26
TARGET = 25
SMALLEST_RADIUS = 130
BESIDE = 250  # How far names may reach beyond the circle, at least,
REACH = 560  # and from the middle.
GAP = 12  # From a dot to its name.
MARGIN = 8
HEAVIEST = 5  # Of the weights that lines are drawn in.
MAX_COUNTED = 8  # Of the events that two have in common, when places are chosen.


class Node(NamedTuple):
    key: object
    name: str
    short_name: str
    group: str  # What stands above its group.
    about: object = None  # Whatever the page wants to know of it.


class Row(NamedTuple):
    """A name, or the heading of a group, which has no node."""

    x: float
    y: float
    text_x: float
    anchor: str
    text: str
    node: Node | None = None
    lines: list = ()  # (weight, path) of the lines that end here

    @property
    def box(self):
        """What the text covers."""
        size = FONT if self.node else HEADING
        width = text_width(self.text) * size
        left = self.text_x - (width if self.anchor == "end" else 0)
        return Box(left, self.y - 0.7 * size, left + width, self.y + 0.7 * size)

    @property
    def target(self):
        """Return where a pointer finds the name: its dot and its text, as high as a row."""
        left, right = min(self.x - 6, self.box.left), max(self.x + 6, self.box.right)
        return {
            "left": round(left),
            "top": round(self.y - TARGET / 2, 1),
            "width": round(right - left),
            "height": TARGET,
        }


class Circle(NamedTuple):
    left: int
    top: int
    width: int
    height: int
    rows: list
    lines: list  # (weight, path) of all

    @property
    def view_box(self):
        return f"{self.left} {self.top} {self.width} {self.height}"


def weight(events):
    """Return how heavy the line of two is who met at so many events: 1, 2, 3 to 4, 5 to 8, and 9 or more."""
    return min(HEAVIEST, (events - 1).bit_length() + 1)


def circle(nodes, collaborations):
    """Return the Circle of `nodes`; `collaborations` has the number of events that two keys have in common."""
    by_key = {node.key: node for node in nodes}
    groups = [[node.key for node in members] for _group, members in groupby(nodes, lambda node: node.group)]
    order = arranged(groups, {pair: min(events, MAX_COUNTED) for pair, events in collaborations.items()})
    order = [by_key[key] for key in order]
    half = (len(order) + 1) // 2
    right, left = _with_headings(order[:half]), _with_headings(order[half:][::-1])
    radius = max(SMALLEST_RADIUS, max(len(right), len(left)) * ROW / 2)
    places = [*_column(right, radius, 1), *_column(left, radius, -1)]
    points = {row.node.key: row for row in places if row.node}
    paths = [
        (weight(events), one, other, _path(points[one], points[other], radius))
        for (one, other), events in collaborations.items()
    ]
    rows = [row._replace(lines=_by_weight(paths, row.node.key)) if row.node else row for row in places]
    outer = ceil(max(max(abs(row.box.left), abs(row.box.right)) for row in places)) + MARGIN
    height = round(2 * radius) + 2 * MARGIN
    return Circle(-outer, -height // 2, 2 * outer, height, rows, _by_weight(paths))


def _with_headings(nodes):
    """Return the rows of a column: each group's heading, then its nodes."""
    return [row for group, members in groupby(nodes, lambda node: node.group) for row in (group, *members)]


def _column(rows, radius, side):
    """Yield the rows from top to bottom; `side` is 1 on the right and -1 on the left."""
    height = 2 * radius / max(1, len(rows))
    for number, row in enumerate(rows):
        y = (number + 0.5) * height - radius
        x = sqrt(radius * radius - y * y)
        text_x = x + GAP
        room = max(radius + BESIDE, REACH) - text_x
        if isinstance(row, Node):
            text, node = label(row.name, row.short_name, room / FONT)[0], row
        else:
            text, node = cut(row, room / HEADING), None
        anchor = "start" if side > 0 else "end"
        yield Row(round(side * x, 1), round(y, 1), round(side * text_x, 1), anchor, text, node)


def _path(one, other, radius):
    """Return the path of a line, bent towards the middle the more the farther the two are apart."""
    apart = sqrt((one.x - other.x) ** 2 + (one.y - other.y) ** 2) / (2 * radius)
    pull = 0.75 * (1 - apart)
    x, y = (one.x + other.x) / 2 * pull, (one.y + other.y) / 2 * pull
    return f"M{one.x:.0f} {one.y:.0f}Q{x:.0f} {y:.0f} {other.x:.0f} {other.y:.0f}"


def _by_weight(paths, key=None):
    """Return `(weight, path)`, the lightest first, of all lines or of those that end at `key`."""
    joined = {}
    for heavy, one, other, path in paths:
        if key is None or key in (one, other):
            joined.setdefault(heavy, []).append(path)
    return [(heavy, "".join(joined[heavy])) for heavy in sorted(joined)]
