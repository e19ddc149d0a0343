"""The style guide shows the whole design, and only to those who work on it."""

import re
from html.parser import HTMLParser

import pytest

from events.sample import load
from forum_site.website.design_tokens import STYLESHEET, colours, contrast, pairs, tokens

pytestmark = [pytest.mark.one_database, pytest.mark.django_db]
STYLESHEETS = sorted(STYLESHEET.parent.glob("*.css"))


class Classes(HTMLParser):
    """The classes that the elements of a page have."""

    def __init__(self, page):
        super().__init__()
        self.found = set()
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.found.update((dict(attributes).get("class") or "").split())


def blocks(stylesheet):
    """Return the blocks that a stylesheet is for: its classes up to the name of an element or a modifier."""
    return {re.split("__|--", name)[0] for name in re.findall(r"\.([a-z][\w-]*)", stylesheet.read_text())}


def own_blocks(stylesheet):
    """Return those of them that the name of the file tells of, all of base.css."""
    name = stylesheet.stem
    return {block for block in blocks(stylesheet) if name == "base" or block.startswith(name)}


def test_style_guide_is_not_there_without_debug(client):
    assert client.get("/styleguide/").status_code == 404


@pytest.mark.usefixtures("_debug")
def test_style_guide_shows_the_part_of_every_stylesheet(client):
    load()
    page = client.get("/styleguide/").content.decode()
    shown = {re.split("__|--", name)[0] for name in Classes(page).found}
    missing = {path.name: own_blocks(path) - shown for path in STYLESHEETS if own_blocks(path) - shown}
    assert missing == {}
    assert all(f'href="/static/css/{path.name}"' in page for path in STYLESHEETS)
    assert all(own_blocks(path) for path in STYLESHEETS)


@pytest.mark.usefixtures("_debug")
def test_style_guide_shows_every_token_of_colour_type_and_space(client):
    page = client.get("/styleguide/").content.decode()
    names = [name for name in tokens()[0] if name not in ("sans", "serif", "measure", "page", "gutter")]
    assert {"paper", "text-s", "space-s"} < set(names)
    assert [name for name in names if not re.search(f"<code>--{name}[:<]", page)] == []
    css = (STYLESHEET.parent / "styleguide.css").read_text()
    sized = [name for name in names if name.startswith(("text-", "space-"))]
    assert [name for name in sized if f"--{name} {{" not in css] == []


@pytest.mark.usefixtures("_debug")
def test_style_guide_of_an_empty_site_says_what_it_needs(client):
    assert "manage.py load_sample" in client.get("/styleguide/").content.decode()


def test_contrast_is_that_of_wcag():
    assert contrast("#000", "#ffffff") == 21
    assert round(contrast("#777777", "#fff"), 2) == 4.48


def test_colours_have_a_value_in_either_scheme():
    assert [each for each in colours() if not each.dark.startswith("#")] == []


@pytest.mark.parametrize("pair", pairs(), ids=lambda pair: f"{pair.writing} on {pair.ground}")
def test_writing_stands_out_from_its_ground(pair):
    assert min(pair.light, pair.dark) >= 4.5  # WCAG 2.2, 1.4.3
