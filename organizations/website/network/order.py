"""In which order organizations stand around a circle, so that those who met often are close and few lines cross.

Finding the best order is out of reach for 40 names; short lines cross little, and exchanging two places as long as that
makes the lines shorter comes near it in a few milliseconds. Those of one group stand side by side.
"""

from collections import defaultdict

PASSES = 12


def arranged(groups, collaborations):
    """Return the members of `groups`, lists of keys, as one list around a circle.

    `collaborations` has the weight of each pair of keys. Equal input gives equal output.
    """
    groups = [list(group) for group in groups if group]
    neighbours = defaultdict(dict)
    for (one, other), weight in collaborations.items():
        neighbours[one][other] = neighbours[other][one] = weight
    places = [key for group in _groups_arranged(groups, collaborations) for key in group]
    group_of = {key: number for number, group in enumerate(groups) for key in group}
    _exchange(places, neighbours, lambda one, other: group_of[one] == group_of[other])
    return places


def crossings(places, collaborations):
    """Return how many pairs of lines cross when the keys stand around a circle in the order of `places`."""
    index = {key: number for number, key in enumerate(places)}
    lines = sorted(tuple(sorted((index[one], index[other]))) for one, other in collaborations)
    return sum(a < c < b < d for number, (a, b) in enumerate(lines) for c, d in lines[number + 1 :])


def _groups_arranged(groups, collaborations):
    """Return the groups in the order in which their ties are short, each taken as one place."""
    group_of = {key: number for number, group in enumerate(groups) for key in group}
    between = defaultdict(lambda: defaultdict(int))
    for (one, other), weight in collaborations.items():
        a, b = group_of[one], group_of[other]
        if a != b:
            between[a][b] += weight
            between[b][a] += weight
    order = list(range(len(groups)))
    _exchange(order, between, lambda one, other: True)
    return [groups[number] for number in order]


def _exchange(places, neighbours, may):
    """Exchange two places, of those that `may` be, as long as that makes the weighted lines shorter."""
    size = len(places)
    index = {key: number for number, key in enumerate(places)}

    def length(key, at, without):
        total = 0
        for other, weight in neighbours[key].items():
            if other != without:
                distance = abs(at - index[other])
                total += weight * min(distance, size - distance)
        return total

    for _pass in range(PASSES):
        exchanged = False
        for one in range(size):
            for other in range(one + 1, size):
                a, b = places[one], places[other]
                if not may(a, b):
                    continue
                before = length(a, one, b) + length(b, other, a)
                if length(a, other, b) + length(b, one, a) < before:
                    places[one], places[other] = b, a
                    index[a], index[b] = other, one
                    exchanged = True
        if not exchanged:
            break
