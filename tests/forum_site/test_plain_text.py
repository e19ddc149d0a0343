"""Texts for files: on one line, without markup, without what XML cannot hold."""

import pytest
from lxml import etree

from forum_site.core.text.plain import one_line, plain_text, shortened
from tests.hostile import HOSTILE

pytestmark = pytest.mark.one_database


@pytest.mark.parametrize(
    "text", [*HOSTILE.values(), *map(chr, [*range(0x100), 0x2028, 0x2029, 0xD800, 0xFFFE, 0xFFFF])]
)
def test_one_line_is_one_that_xml_can_hold(text):
    line = one_line(f"A{text}Z")
    assert line.splitlines() == [line]
    element = etree.Element("title")
    element.text = line
    assert etree.fromstring(etree.tostring(element)).text == line
    assert line.encode().decode() == line


def test_what_breaks_a_line_parts_words():
    assert one_line(" A\r\nB\u2028C\x0bD ") == "A B C D"


def test_plain_text_has_the_words_of_rich_text():
    rich = "<h2>Report &amp; more</h2><p>A <b>word</b>.<br>B</p><ul><li>one</li><li>two</li></ul><td>x</td><td>y</td>"
    assert plain_text(rich) == "Report & more A word. B one two x y"


@pytest.mark.parametrize(("length", "text"), [(12, "Land and sea"), (11, "Land and…"), (10, "Land and…"), (3, "La…")])
def test_shortened_ends_with_a_word(length, text):
    assert shortened("Land and sea", length) == text
    assert len(shortened("Land and sea", length)) <= length
