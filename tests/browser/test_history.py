"""A manager's way: a deleted event put back, and one field restored; both pages looked at by machines, too."""

import os

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from events.models import Event, Revision
from events.revisions.store import record
from tests.browser.test_editors_way import type_into
from tests.browser.test_pages import RULES, TOO_WIDE
from tests.factories import make_full_event, make_shows

pytestmark = pytest.mark.django_db(transaction=True)

COLOURS_HAVE_CHANGED = "() => Promise.all(document.getAnimations().map(each => each.finished)).then(() => true)"
BODY = (
    "<h2>Trade</h2><p>Speakers looked back on a <strong>decade</strong> of exchange and agreed on what comes next.</p>"
)


@pytest.fixture
def forum(manager):
    event = make_full_event(2, title="Land-Sea Forum 2023", slug="land-sea-forum", body=BODY, city="Almaty")
    event.pictures.all().delete()  # Their files are not there, which the browser would complain of.
    make_shows(event, 586)
    record(event.pk, Revision.Action.CREATED, manager)
    event.panels.filter(position=0).update(title="Harbours", room="Hall A", description="<p>Of trade and tides</p>")
    event.visits.filter(position=1).delete()
    Event.objects.update(title="Land-Sea Forum of 2023", body=BODY.replace("decade", "dozen years"))
    record(event.pk, Revision.Action.SAVED, manager, "Names as they were announced")
    return event


def sign_in(page, address):
    page.goto(address)
    type_into(page.get_by_label("Username"), "manager")
    type_into(page.get_by_label("Password"), "a long password")
    page.keyboard.press("Enter")


def look_at(page, name, complaints):
    """Try this page at the widths of a phone and of a desk, light and dark; keep pictures where SHOTS says so."""
    page.wait_for_load_state("networkidle")  # A click may only have begun to lead here.
    before = len(complaints)
    for width, scheme in ((390, "dark"), (1440, "dark"), (390, "light"), (1440, "light")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        page.evaluate(COLOURS_HAVE_CHANGED)
        assert page.evaluate(TOO_WIDE) <= 0, f"{name} at {width}"
        if shots := os.environ.get("SHOTS"):
            page.screenshot(path=f"{shots}/{name}-{width}-{scheme}.png", full_page=True)
        found = Axe().run(page, context="#content", options=RULES).response["violations"]
        assert [(each["id"], [node["target"] for node in each["nodes"]]) for each in found] == []
    del complaints[before:]  # Those that looking brings about: axe sets styles.


def test_manager_restores_a_field(page, live_server, forum, complaints):
    sign_in(page, f"{live_server.url}/admin/events/event/{forum.pk}/change/")
    page.locator(".object-tools").get_by_role("link", name="History").click()
    expect(page.get_by_text("Names as they were announced")).to_be_visible()
    look_at(page, "history", complaints)
    page.get_by_role("link", name="Compare with now (1)").click()
    title = page.get_by_role("group", name="Title", exact=True)
    expect(title.locator("ins")).to_have_text("of ")
    look_at(page, "revision", complaints)
    title.get_by_role("button", name="Restore this").click()
    expect(page.get_by_text("Restored: Title (Version 1).")).to_be_visible()
    forum.refresh_from_db()
    assert (forum.title, "dozen years" in forum.body) == ("Land-Sea Forum 2023", True)
    page.get_by_role("link", name="Compare with now (1)").click()
    page.get_by_role("button", name="Restore this version").click()
    expect(page.get_by_text("Restored: Version 1.").first).to_be_visible()
    assert forum.visits.count() == 2
    assert complaints == []


def test_manager_deletes_an_event_and_puts_it_back(page, live_server, forum, complaints):
    sign_in(page, f"{live_server.url}/admin/events/event/{forum.pk}/change/")
    page.get_by_role("link", name="Delete", exact=True).click()
    expect(page.get_by_text("Nothing is lost:")).to_be_visible()
    look_at(page, "put-into-bin", complaints)
    page.get_by_role("button", name="Move to trash").click()
    page.get_by_role("link", name="Trash (1)").click()
    look_at(page, "bin", complaints)
    page.get_by_role("link", name="Delete permanently").click()
    look_at(page, "delete-for-good", complaints)
    page.get_by_role("link", name="Back").click()
    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_text("Restored:")).to_be_visible()
    page.goto(f"{live_server.url}/events/land-sea-forum/")
    expect(page.get_by_role("main")).to_contain_text("Number of shows: 587")
    page.goto(f"{live_server.url}/admin/admin/logentry/")
    expect(page.get_by_text("Restored from the trash.")).to_be_visible()
    assert page.evaluate(TOO_WIDE) <= 0
    if shots := os.environ.get("SHOTS"):
        page.screenshot(path=f"{shots}/audit.png")
    assert complaints == []
