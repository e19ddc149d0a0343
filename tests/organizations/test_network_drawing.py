"""The geometry of the pictures: names stay apart and inside, and the same data give the same picture."""

import ast
import random
import re
from itertools import combinations, pairwise
from pathlib import Path

import pytest

from organizations.website.network import circle as circle_module
from organizations.website.network import views
from organizations.website.network.circle import Node, circle, weight
from organizations.website.network.labels import cut, label, text_width, wrapped
from organizations.website.network.order import arranged, crossings
from organizations.website.network.period import Period
from organizations.website.network.star import star

KINDS = ["Think tank", "Government body", "University", "Business", "Media", "Alliance or association"]
NAMES = [
    "“Belt and Road” Think Tank Cooperation Alliance",
    "International Liaison Department of the CPC Central Committee",
    "Foreign Affairs Office of the Chongqing Municipal People’s Government",
    "Институт экономических исследований Министерства национальной экономики",
    "Қазақстан Республикасы Президентінің жанындағы Қазақстанның стратегиялық зерттеулер институты",
    "渭原大学陆路研究中心与中亚地区国际合作交流研究所联合实验室及其附属图书馆",
    "Donaudampfschifffahrtsgesellschaftskapitänswitwenverein",
    "CSCK",
]


def nodes(number):
    named = [Node(key, f"{NAMES[key % len(NAMES)]} {key}", "", KINDS[key * 7 % len(KINDS)]) for key in range(number)]
    return sorted(named, key=lambda node: (node.group, node.name))


def collaborations(number, share, seed=1):
    chance = random.Random(seed)
    return {pair: chance.randint(1, 12) for pair in combinations(range(number), 2) if chance.random() < share}


def overlapping(boxes):
    return [pair for pair in combinations(boxes, 2) if pair[0].overlaps(pair[1])]


@pytest.mark.parametrize("number", [2, 3, 11, 40])
def test_circle_keeps_names_apart_and_inside(number):
    drawn = circle(nodes(number), collaborations(number, 0.5))
    boxes = [row.box for row in drawn.rows]
    assert len([row for row in drawn.rows if row.node]) == number
    assert overlapping(boxes) == []
    for box in boxes:
        assert drawn.left <= box.left
        assert box.right <= drawn.left + drawn.width
        assert drawn.top <= box.top
        assert box.bottom <= drawn.top + drawn.height


def test_overlapping_boxes_are_seen(monkeypatch):
    monkeypatch.setattr(circle_module, "ROW", 14)
    assert overlapping([row.box for row in circle(nodes(40), collaborations(40, 0.5)).rows]) != []


def test_targets_are_high_enough_and_apart():
    targets = [row.target for row in circle(nodes(40), collaborations(40, 0.2)).rows if row.node]
    assert all(target["height"] >= 24 for target in targets)
    tops = sorted((target["left"] < 0, target["top"]) for target in targets)
    for (side, top), (next_side, next_top) in pairwise(tops):
        assert side != next_side or next_top - top >= 24


def test_circle_stands_in_groups_with_headings_above_them():
    drawn = circle(nodes(40), collaborations(40, 0.2))
    for side in ("start", "end"):
        heading = None
        for row in (row for row in drawn.rows if row.anchor == side):
            if row.node:
                assert row.node.group == heading
            else:
                heading = row.text
    around = [row.node.group for row in drawn.rows if row.node and row.anchor == "start"]
    around += [row.node.group for row in drawn.rows if row.node and row.anchor == "end"][::-1]
    assert len([1 for one, other in pairwise(around) if one != other]) == len(KINDS) - 1


def test_circle_is_the_same_for_the_same_data():
    found = collaborations(40, 0.3)
    turned = dict(reversed(found.items()))
    assert circle(nodes(40), found) == circle(nodes(40), found)
    first, second = circle(nodes(40), found), circle(nodes(40), turned)
    assert [row.text for row in first.rows] == [row.text for row in second.rows]


def test_every_tie_is_drawn_once_and_at_both_its_ends():
    found = {(0, 1): 1, (1, 2): 3, (0, 2): 1}
    drawn = circle(nodes(3), found)
    assert [(heavy, path.count("M")) for heavy, path in drawn.lines] == [(1, 2), (3, 1)]
    own = {row.node.key: [(heavy, path.count("M")) for heavy, path in row.lines] for row in drawn.rows if row.node}
    assert own == {0: [(1, 2)], 1: [(1, 1), (3, 1)], 2: [(1, 1), (3, 1)]}


def test_weight_grows_with_events():
    assert [weight(events) for events in (1, 2, 3, 4, 5, 8, 9, 1000)] == [1, 2, 3, 3, 4, 4, 5, 5]


def test_order_leaves_few_crossings():
    """Pairs of neighbours, thrown about: an order without any crossing is there to be found, or nearly so."""
    chance = random.Random(4)
    keys = list(range(24))
    chance.shuffle(keys)
    found = dict.fromkeys(zip(keys[::2], keys[1::2], strict=True), 1)
    groups = [sorted(keys[:12]), sorted(keys[12:])]
    as_given = crossings([key for group in groups for key in group], found)
    assert as_given > 10
    assert crossings(arranged(groups, found), found) <= as_given // 5


def test_groups_stay_together_whatever_the_order():
    found = collaborations(30, 0.3)
    groups = [list(range(10)), list(range(10, 20)), list(range(20, 30))]
    order = arranged(groups, found)
    assert sorted(order) == list(range(30))
    assert sorted(sorted(order[start : start + 10]) for start in (0, 10, 20)) == groups


@pytest.mark.parametrize("number", [1, 2, 5, 9, 10])
def test_star_keeps_names_apart_and_inside(number):
    drawn = star([(f"{NAMES[key % len(NAMES)]} {key}", "", 10 - key) for key in range(number)])
    boxes = [partner.box for partner in drawn.partners]
    assert len(boxes) == number
    assert overlapping(boxes) == []
    for box in boxes:
        assert abs(box.left) <= drawn.width / 2
        assert abs(box.right) <= drawn.width / 2
        assert abs(box.top) <= drawn.height / 2
        assert abs(box.bottom) <= drawn.height / 2


def test_star_goes_clockwise_from_the_closest():
    drawn = star([(f"House {number}", "", 9 - number) for number in range(4)])
    assert [(partner.anchor, partner.y < 0) for partner in drawn.partners] == [
        ("start", True),
        ("start", False),
        ("end", False),
        ("end", True),
    ]
    assert [partner.events for partner in drawn.partners] == [9, 8, 7, 6]


@pytest.mark.parametrize("text", NAMES)
def test_lines_are_no_wider_than_their_room(text):
    for width in (3, 6, 12):
        assert all(text_width(line) <= width for line in wrapped(text, width))
        assert re.sub(r"\s", "", "".join(wrapped(text, width))) == re.sub(r"\s", "", text)
        assert text_width(cut(text, width)) <= width
        assert all(text_width(line) <= width for line in label(text, "", width, 3))


def test_label_is_the_name_or_the_short_name_or_what_fits():
    name = "International Liaison Department"
    assert label(name, "ILD", 30) == [name]
    assert label(name, "ILD", 10) == ["ILD"]
    assert label(name, "", 10) == ["International Lia…"]
    assert label(name, "联络部", 10) == ["International Lia…"]  # Another language's name, not a shorter one.
    assert label(name, "ILD", 10, lines=3) == ["International", "Liaison", "Department"]


def test_period_is_all_years_unless_there_are_too_many_events(monkeypatch):
    years = {2023: 4, 2020: 1, 2022: 3, 2021: 2}
    whole = Period.within(years)
    assert (whole.first, whole.last, whole.is_whole, whole.is_shortened) == (2020, 2023, True, False)
    monkeypatch.setattr(Period, "most_events", 7)
    latest = Period.within(years)
    assert (latest.first, latest.last, latest.is_whole, latest.is_shortened) == (2022, 2023, False, True)
    monkeypatch.setattr(Period, "most_events", 5)
    asked = Period.within(years, 2020, 2022)
    assert (asked.first, asked.last, asked.asked_first) == (2021, 2022, 2020)
    monkeypatch.setattr(Period, "most_events", 2)
    assert Period.within(years).first == 2023  # A single year is always drawn.


@pytest.mark.parametrize("asked", [(2019, 2023), (2020, 2024), (2023, 2022), (None, 2019), (2024, None)])
def test_period_lies_within_the_years_of_events(asked):
    with pytest.raises(ValueError, match="no period of the years"):
        Period.within({2020: 1, 2023: 1}, *asked)


def test_period_offers_only_years_that_can_be_drawn():
    years = dict.fromkeys(range(2016, 2024), 4_000)
    period = Period.within(years, 2022, 2022)
    assert period.beginnings() == [2020, 2021, 2022]
    assert period.ends()[-1] == (2022, 2023)
    assert period.ends()[0] == (2016, 2016)
    for first, last in [(year, period.last) for year in period.beginnings()] + period.ends():
        assert not Period.within(years, first, last).is_shortened


def test_drawing_knows_no_django():
    for path in set(Path(circle_module.__file__).parent.glob("*.py")) - {Path(views.__file__)}:
        for node in ast.walk(ast.parse(path.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.startswith(("django", "organizations.models", "events"))]
