"""An author, an editor and a partner without an account: an event from draft to published, and unpublished again."""

import datetime
import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from events.models import Event, PreviewLink
from tests.browser.test_editors_way import type_into
from tests.browser.test_pages import TOO_WIDE, WIDTHS, barriers
from tests.factories import make_event

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def person(browser, live_server):
    """Return a function that opens a tab for somebody, signed in to the desk, or a stranger's."""
    contexts = []

    def open_tab(name=None):
        contexts.append(browser.new_context())
        page = contexts[-1].new_page()
        if name:
            page.goto(f"{live_server.url}/admin/")
            type_into(page.get_by_label("Username"), name)
            type_into(page.get_by_label("Password"), "a long password")
            page.keyboard.press("Enter")
            expect(page.get_by_role("heading", name="Forum Site admin")).to_be_visible()
        return page

    yield open_tab
    for context in contexts:
        context.close()


def test_event_goes_from_an_author_by_an_editor_to_readers(person, live_server, author, editor):
    page = person("author")
    page.get_by_role("link", name="Enter your first event").click()
    type_into(page.locator("#id_title"), "Water Forum 2027")
    expect(page.locator("#id_slug")).to_have_value("water-forum-2027")
    type_into(page.locator("#id_starts_on"), "2027-03-10")
    expect(page.get_by_role("button", name="Publish")).to_have_count(0)
    page.get_by_role("button", name="Submit for review").click()
    expect(page.get_by_text("Submitted for review.")).to_be_visible()
    expect(page.locator(".publication__name")).to_have_text("In review")
    form = page.url

    desk = person("editor")
    desk.goto(form)
    desk.get_by_role("link", name="a place: city or venue").click()
    expect(desk.locator("#id_city")).to_be_in_viewport()
    with desk.expect_popup() as popup:
        desk.locator(".publication__preview").click()
    preview = popup.value
    expect(preview.get_by_role("heading", level=1)).to_have_text("Water Forum 2027")
    expect(preview.get_by_label("Preview")).to_contain_text("In review")
    expect(preview.get_by_role("main")).to_contain_text("Number of shows: 0")

    desk.get_by_role("link", name="Links to the preview").click()
    desk.get_by_role("button", name="Make a link").click()
    address = desk.get_by_label("URL of the link").input_value()
    partner = person()
    partner.goto(live_server.url + PreviewLink.objects.get().address)
    assert partner.url.endswith(re.sub(r"^https?://[^/]+", "", address))
    expect(partner.get_by_role("heading", level=1)).to_have_text("Water Forum 2027")
    assert partner.context.cookies() == []

    desk.goto(form)
    later = timezone.localtime() + datetime.timedelta(hours=1)
    type_into(desk.locator("#id_publish_at_0"), f"{later:%Y-%m-%d}")
    type_into(desk.locator("#id_publish_at_1"), f"{later:%H:%M:%S}")
    desk.get_by_role("button", name="Publish").click()
    expect(desk.get_by_text("Event published.")).to_be_visible()
    expect(desk.locator(".messagelist")).to_contain_text("Readers do not see it now: its hours of publication say so.")
    reader = person()
    public = f"{live_server.url}/events/water-forum-2027/"
    assert reader.goto(public).status == 404
    Event.objects.update(publish_at=timezone.now())  # The hour has come.
    assert reader.goto(public).status == 200
    expect(reader.get_by_role("main")).to_contain_text("Number of shows: 1")

    page.goto(form)
    expect(page.locator(".publication")).to_contain_text("Your changes are saved as draft changes")
    expect(page.get_by_role("button", name="Save", exact=True)).to_have_count(0)

    desk.goto(form)
    desk.get_by_role("button", name="Unpublish").click()
    expect(desk.get_by_text("Event unpublished. Readers no longer see it.")).to_be_visible()
    assert reader.goto(public).status == 404


def test_preview_has_no_barrier_and_fits_at_any_width(page, live_server):
    event = make_event(title="Water Forum", publication_status="draft", summary="Of rivers.")
    link = PreviewLink.objects.create(event=event, expires_at=timezone.now() + datetime.timedelta(days=1))
    pages = {"preview": live_server.url + link.address}
    assert barriers(page, pages) == []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(pages["preview"])
        assert page.evaluate(TOO_WIDE) <= 0, width
