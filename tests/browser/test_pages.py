"""Every kind of page, looked at by machines: by axe (WCAG 2.2 AA), in both schemes, and at every width."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from events.sample import load
from tests.awkward import make_awkward_site, make_endless_site
from tests.browser.fonts import SIZES

pytestmark = pytest.mark.django_db(transaction=True)

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
RULES["resultTypes"] = ["violations"]
WIDTHS = [320, 390, 820, 1440, 2560]
# The score of what moved, as browsers reckon it, and what it was.
SHIFTED = """() => new Promise(resolve => {
    let sum = 0
    const moved = new Set()
    const observer = new PerformanceObserver(list => list.getEntries().forEach(entry => {
        sum += entry.value
        entry.sources.forEach(({node}) => moved.add((node?.outerHTML ?? node?.textContent ?? "").slice(0, 90)))
    }))
    observer.observe({type: "layout-shift", buffered: true})
    requestAnimationFrame(() => setTimeout(() => resolve([sum, [...moved]]), 50))
})"""
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# What reaches beyond the screen, and does not scroll within something that holds it.
BEYOND = """() => [...document.querySelectorAll("main *, header *, footer *")].filter(
    part => part.getBoundingClientRect().right > document.documentElement.clientWidth + 1
).map(part => part.parentElement.className + " > " + part.outerHTML.slice(0, 70)).slice(0, 12)"""
SMALL_TARGETS = """() => [...document.querySelectorAll("a, button, input, select, summary")].filter(target => {
    const box = target.getBoundingClientRect()
    const isInText = target.closest("p, li, dd, td, th, h1, h2, h3, h4, figcaption")
    return box.height && box.width && !isInText && (box.height < 24 || box.width < 24)
}).map(target => target.outerHTML.slice(0, 90))"""


@pytest.fixture
def pages(live_server):
    return {name: live_server.url + path for name, path in make_awkward_site().items()}


def barriers(page, pages, fonts="dejavu"):
    """Return what axe finds on these pages, in both schemes; with other fonts, what their size changes."""
    axe, found = Axe(), []
    rules, schemes = (RULES, ("light", "dark")) if fonts == "dejavu" else (SIZES, ("light",))
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        for name, address in pages.items():
            page.goto(address)
            for violation in axe.run(page, options=rules).response["violations"]:
                nodes = [node["html"][:120] for node in violation["nodes"][:2]]
                found.append((name, scheme, violation["id"], nodes))
    return found


def test_no_page_has_a_barrier(page_with_fonts, pages, fonts):
    assert barriers(page_with_fonts, pages, fonts) == []


@pytest.mark.usefixtures("_debug")
def test_style_guide_has_no_barrier(page_with_fonts, fonts, live_server):
    load()
    assert barriers(page_with_fonts, {"style guide": f"{live_server.url}/styleguide/"}, fonts) == []


def parts_that_move(page, address):
    """Open a page; return what moves while it loads, each time: a busy machine may once paint half of it first."""
    for _attempt in range(3):
        page.goto(address)
        shifted, parts = page.evaluate(SHIFTED)
        if not shifted:
            return []
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Network.setCacheDisabled", {"cacheDisabled": True})  # For what is cached does not come late.
    return [f"shifted by {shifted}", *parts]


def test_no_page_is_wider_than_its_screen_or_moves_while_it_loads(page_with_fonts, pages):
    page, found = page_with_fonts, []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for name, address in pages.items():
            found += [(name, width, part) for part in parts_that_move(page, address)]
            if (more := page.evaluate(TOO_WIDE)) > 0:
                found.append((name, width, f"{more} px too wide"))
            found += [(name, width, target) for target in page.evaluate(SMALL_TARGETS)]
    assert found == []


def test_words_without_end_make_no_page_wider_than_a_phone(page, live_server):
    found = []
    for name, path in make_endless_site().items():
        page.goto(f"{live_server.url}{path}")
        for width in (320, 390):
            page.set_viewport_size({"width": width, "height": 900})
            if (more := page.evaluate(TOO_WIDE)) > 0:
                found.append((name, width, f"{more} px too wide", page.evaluate(BEYOND)))
    assert found == []


def test_pages_are_whole_without_scripts(browser, pages):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    for name, address in pages.items():
        page.goto(address)
        assert page.locator("h1").count() == 1, name
    context.close()
