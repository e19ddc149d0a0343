import random

import pytest

from events.revisions import text_diff
from events.revisions.text_diff import diff, hunks, to_text
from tests.cost import cost

pytestmark = pytest.mark.one_database


def texts(pieces, own):
    return [text for text, is_own in pieces if is_own is own]


def test_what_differs_is_marked_by_words():
    left, right = diff("The forum met in Almaty today", "The forum met in Astana, at last, today")
    assert left == [("The forum met in ", False), ("Almaty ", True), ("today", False)]
    assert right == [("The forum met in ", False), ("Astana, at last, ", True), ("today", False)]


def test_every_sign_of_a_script_without_spaces_is_a_word():
    assert diff("国际合作论坛", "国际发展论坛")[1] == [("国际", False), ("发展", True), ("论坛", False)]


def test_what_is_the_same_and_long_is_cut():
    equal = "A sentence that both have. " * 400
    left, right = diff(f"{equal}old", f"{equal}new")
    assert [len(text) < 200 for text, _own in left] == [True, True]
    assert (left[0][0].startswith("… "), texts(left, True), texts(right, True)) == (True, ["old"], ["new"])


@pytest.mark.parametrize("seed", range(20))
def test_pieces_make_up_both_lists_again_and_are_the_same_where_it_says_so(seed):
    chance = random.Random(seed)
    one = chance.choices("abcd ", k=chance.randrange(40))
    other = [sign for sign in one if chance.random() < 0.7] + chance.choices("abcd ", k=chance.randrange(5))
    found = hunks(one, other)
    assert [sign for mine, _theirs in found for sign in mine] == one
    assert [sign for _mine, theirs in found for sign in theirs] == other
    assert any(mine == theirs for mine, theirs in found) or not set(one) & set(other)


def test_links_and_pictures_are_read_with_their_addresses():
    html = (
        '<p>See <a href="/events/?a=1&amp;b=2" title="All">the <b>list</b></a> &lt;now&gt;</p>'
        '<p><img alt="Hall" src="/media/x.png"></p>'
    )
    assert to_text(html) == "See the list (/events/?a=1&b=2) <now>\n[Hall /media/x.png]"


def random_text(seed, line=200):
    chance = random.Random(seed)
    text = " ".join("".join(chance.choices("abcdefgh", k=chance.randint(1, 7))) for _word in range(40_000))[:150_000]
    return "\n".join(text[at : at + line] for at in range(0, len(text), line))


def words_in_turn(seed):
    return " ".join(random.Random(seed).choices([f"w{number}" for number in range(130)], k=4_900))


LONG = {
    "quite different": (random_text(1), random_text(2)),
    "one paragraph, quite different": (random_text(1, 150_000), random_text(2, 150_000)),
    "one word in each paragraph": (random_text(1), random_text(1).replace("aa", "Q")),
    "a hundred words in turn": (words_in_turn(1), words_in_turn(2)),
    "lines alike": ("a\n" * 75_000, "b\n" + "a\n" * 60_000 + "b\n"),
    "lines in turn": ("a\nb\n" * 37_000, "b\nc\n" * 37_000),
    "links that do not end": ('<a href="' * 15_000, '<a href="x">' * 12_000),
    "pictures that do not end": ("<img " * 30_000, "<td" * 50_000),
    "spaces": (" \t" * 75_000 + "x", " " * 150_000 + "y"),
}


@pytest.mark.parametrize("name", LONG)
def test_longest_texts_cost_little_to_compare(name):
    one, other = LONG[name]
    loops, (left, right) = cost(lambda: diff(to_text(one), to_text(other)))
    assert loops < 400
    assert left or right


def test_what_would_take_too_long_is_marked_whole(monkeypatch):
    monkeypatch.setattr(text_diff, "MAX_PIECES", 5)
    left, right = diff("one two three four five six", "six five four three two one")
    assert (texts(left, False), texts(right, False)) == ([], [])
