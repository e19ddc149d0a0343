"""Two saves of one event, made one: what somebody typed on an older version, and what the event is by now.

What only one of both has changed is taken from the one; of what both have changed, a person chooses.
"""

from typing import NamedTuple

from django.utils.functional import cached_property

from events.revisions.compare import Comparison, Difference, Key, apply_changes, part_of
from events.revisions.snapshot import EVENT, known

MINE, THEIRS = "mine", "theirs"


class Choice(NamedTuple):
    """A difference between theirs (before) and mine (after), and which is proposed: neither, if both changed it."""

    difference: Difference
    proposed: str


class ThreeWayMerge:
    """`mine` and `theirs` are snapshots that began as `base`."""

    def __init__(self, base, theirs, mine):
        base, self.theirs, self.mine = known(base), known(theirs), known(mine)
        self.changed_by_me = changed(base, self.mine)
        self.changed_by_them = changed(base, self.theirs)

    @cached_property
    def choices(self):
        return [Choice(difference, self._proposed(difference.key)) for difference in Comparison(self.theirs, self.mine)]

    def _proposed(self, key):
        by_me, by_them = (
            any(_meet(key, other) for other in keys) for keys in (self.changed_by_me, self.changed_by_them)
        )
        return "" if by_me and by_them else MINE if by_me else THEIRS

    def merged(self, chosen):
        """Return the snapshot made of both; `chosen` tells for each key, as text, which of both is taken."""
        keys = [choice.difference.key for choice in self.choices]
        return apply_changes(self.theirs, self.mine, [key for key in keys if chosen[str(key)] == MINE])


def changed(base, content):
    """Return the keys of what differs, and of the rows to which rows that differ belong: a party's agreement."""
    keys = Comparison(base, content).keys()
    for key in list(keys):
        part = part_of(key.label)
        if part.parent not in (None, EVENT):
            rows = [*base.get(key.label, []), *content.get(key.label, [])]
            keys += [Key(part.parent, row[part.fk_name]) for row in rows if row["id"] == key.row]
    return keys


def _meet(key, other):
    """Whether both are about the same field, or one of them about the row that the other's field is in."""
    return key[:2] == other[:2] and (not key.field or not other.field or key.field == other.field)
