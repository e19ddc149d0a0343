"""The pictures as a browser draws them, with the fonts of the machine."""

from itertools import combinations

import pytest
from playwright.sync_api import expect

from tests.factories import make_event, make_organization, make_participation

pytestmark = pytest.mark.django_db(transaction=True)

NAMES = [
    "Foreign Affairs Office of the Chongqing Municipal People’s Government",
    "International Liaison Department of the CPC Central Committee",
    "Институт экономических исследований Министерства национальной экономики",
    "渭原大学陆路研究中心与中亚地区国际合作交流研究所联合实验室",
    "Intergovernmental Council on Overland Corridors",
]
BOXES = """
texts => texts.map(text => {
    const box = text.getBoundingClientRect()
    return [text.textContent, box.left, box.top, box.right, box.bottom]
})
"""


def colliding(page, selector):
    """Return the pairs of texts whose boxes, half a pixel of rounding aside, lie one upon the other."""
    boxes = page.locator(selector).evaluate_all(BOXES)
    assert len(boxes) > 9
    return [
        (one[0], other[0])
        for one, other in combinations(boxes, 2)
        if one[1] + 0.5 < other[3] and other[1] + 0.5 < one[3] and one[2] + 0.5 < other[4] and other[2] + 0.5 < one[4]
    ]


@pytest.fixture
def house(transactional_db):
    """A house that met eleven others, of which each met the next as well."""
    house = make_organization(name="House", slug="house")
    kinds = ["think_tank", "government", "university"]
    others = [make_organization(name=f"{number} {NAMES[number % 5]}", kind=kinds[number % 3]) for number in range(11)]
    for number, other in enumerate(others):
        event = make_event()
        for organization in (house, other, others[number - 1]):
            make_participation(event, organization)
    return house


def test_names_do_not_collide_on_the_narrowest_phone(page, live_server, house):
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto(f"{live_server.url}/organizations/house/")
    assert colliding(page, ".partner-star__name") == []
    box = page.locator(".partner-star").bounding_box()
    for text in page.locator(".partner-star__name").all():
        name = text.bounding_box()
        assert box["x"] - 0.5 <= name["x"]
        assert name["x"] + name["width"] <= box["x"] + box["width"] + 0.5
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_network_is_read_and_walked_through(page, live_server, house):
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{live_server.url}/organizations/network/")
    assert colliding(page, ".network-circle text") == []
    name = page.locator(".network-circle__name").first
    own = name.locator(".network-circle__own").first
    assert not own.is_visible()
    name.focus()
    assert own.evaluate("path => getComputedStyle(path).display") == "inline"
    expect(page.locator(".network-circle__lines")).to_have_css("opacity", "0.1")  # In a moment: it fades.
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: not url.endswith("/network/"))
    assert page.locator("h1").count() == 1
