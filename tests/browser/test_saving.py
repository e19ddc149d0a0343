"""Two people at one event, a session that ends in the middle, and a draft of what readers see already."""

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from tests.browser.test_editors_way import sign_in, type_into, write
from tests.factories import make_full_event

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def forum(editor):
    event = make_full_event(1, title="Land-Sea Forum", slug="land-sea-forum", body="<p>As it was.</p>")
    event.pictures.all().delete()  # Their files are not there, which the browser would complain of.
    return event


def form_of(live_server, event):
    return f"{live_server.url}/admin/events/event/{event.pk}/change/"


def test_two_people_edit_one_event(page, browser, live_server, forum, editor, author, complaints):
    author.groups.set(editor.groups.all())
    address = form_of(live_server, forum)
    other = browser.new_context().new_page()
    for tab, name in ((page, "editor"), (other, "author")):
        sign_in(tab, address, name)
        expect(tab.locator(".field-body iframe")).to_be_visible()
    other.locator("#id_title").fill("Sea-Land Forum")
    other.get_by_role("button", name="Save and continue editing").click()
    expect(other.locator(".messagelist")).to_contain_text("was changed")

    page.locator("#id_title").fill("Forum of Land and Sea")
    write(page, page.locator(".field-body"), "And what I wrote.")
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_role("heading", name="Two saves of one event")).to_be_visible()
    expect(page.get_by_role("group", name="Title")).to_contain_text("Sea-Land Forum")
    expect(page.get_by_role("group", name="Text").get_by_label("Yours")).to_be_checked()
    page.get_by_role("group", name="Title").get_by_label("Theirs").check()
    page.get_by_role("button", name="Save what is chosen").click()
    expect(page.locator(".messagelist")).to_contain_text("Both saves are one now")
    forum.refresh_from_db()
    assert forum.title == "Sea-Land Forum"
    assert "As it was.And what I" in forum.body
    assert complaints == []


def test_typed_text_outlives_the_session(page, live_server, forum, complaints):
    address = form_of(live_server, forum)
    sign_in(page, address, "editor")
    expect(page.locator(".field-body iframe")).to_be_visible()
    type_into(page.get_by_label("Theme"), "Typed for an hour")
    write(page, page.locator(".field-body"), "And this, too.")
    page.get_by_role("button", name="Add another Panel").click()
    type_into(page.locator("#id_panels-1-title"), "A new panel")
    Session.objects.all().delete()
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.locator(".messagelist")).to_contain_text("Your session has ended, so nothing was saved.")
    sign_in(page, page.url)
    expect(page).to_have_url(address)
    expect(page.get_by_text("You have unsaved text")).to_be_visible()
    page.get_by_role("button", name="Put it back").click()
    expect(page.get_by_label("Theme")).to_have_value("Typed for an hour")
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.locator(".messagelist")).to_contain_text("was changed")
    forum.refresh_from_db()
    assert forum.theme == "Typed for an hour"
    assert "As it was.And this," in forum.body
    assert sorted(forum.panels.values_list("title", flat=True))[0] == "A new panel"
    page.goto(address)
    expect(page.locator(".field-body iframe")).to_be_visible()
    expect(page.get_by_text("You have unsaved text")).to_be_hidden()
    assert complaints == []


LOST = "You have unsaved text"


def kept(page):
    return page.evaluate("() => Object.keys(localStorage).filter(name => name.startsWith('typed:'))")


def enter_admin(page, live_server):
    sign_in(page, f"{live_server.url}/admin/")
    expect(page.get_by_role("heading", name="Forum Site admin")).to_be_visible()


def type_theme(page, address, text):
    """Open the form, type into it, and wait until the browser keeps it."""
    page.goto(address)
    expect(page.locator(".field-body iframe")).to_be_visible()
    type_into(page.get_by_label("Theme"), text)
    page.wait_for_function("() => Object.keys(localStorage).some(name => name.startsWith('typed:'))")


def test_login_in_another_tab_is_told_and_nothing_typed_is_lost(page, live_server, forum, editor, author):
    """Not for lack of a right, which the page for that speaks of."""
    address = form_of(live_server, forum)
    enter_admin(page, live_server)
    type_theme(page, address, "Typed before")
    other = page.context.new_page()
    other.on("dialog", lambda dialog: dialog.accept())
    other.goto(f"{live_server.url}/admin/")
    other.get_by_role("button", name="Log out").click()
    expect(other.get_by_role("heading", level=1)).to_have_text("Logged out")
    enter_admin(other, live_server)
    assert kept(other) == []

    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You logged out or logged in again")
    expect(page.get_by_text("a right that your account does not have")).to_be_hidden()
    page.get_by_role("link", name="Open the form again").click()
    expect(page.get_by_text(LOST)).to_be_visible()
    page.get_by_role("button", name="Put it back").click()
    expect(page.get_by_label("Theme")).to_have_value("Typed before")
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.locator(".messagelist")).to_contain_text("was changed")
    forum.refresh_from_db()
    assert forum.theme == "Typed before"


def test_logout_in_another_tab_is_told_and_nothing_typed_is_lost(page, live_server, forum):
    address = form_of(live_server, forum)
    enter_admin(page, live_server)
    type_theme(page, address, "Typed before")
    other = page.context.new_page()
    other.on("dialog", lambda dialog: dialog.accept())
    other.goto(f"{live_server.url}/account/sign-out/")
    other.get_by_role("button", name="Log out").click()
    expect(other.get_by_label("Password")).to_be_visible()
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.locator(".messagelist")).to_contain_text("Your session has ended, so nothing was saved.")
    sign_in(page, page.url)
    expect(page).to_have_url(address)
    expect(page.get_by_text(LOST)).to_be_visible()


def test_logging_out_deletes_what_was_typed_and_asks_first(page, live_server, forum, complaints):
    address = form_of(live_server, forum)
    enter_admin(page, live_server)
    page.evaluate("() => localStorage.setItem('typed:999:/admin/', '{}')")
    type_theme(page, address, "EMBARGOED")
    page.goto(f"{live_server.url}/admin/")
    asked = []
    page.once("dialog", lambda dialog: asked.append(dialog.message) or dialog.dismiss())
    page.get_by_role("button", name="Log out").click()
    assert asked == ["You have unsaved text in this browser. Logging out deletes it. Log out?"]
    assert len(kept(page)) == 2

    page.goto(address)
    expect(page.get_by_text(LOST)).to_be_visible()
    type_into(page.get_by_label("Theme"), "EMBARGOED STILL")
    page.on("dialog", lambda dialog: dialog.accept())  # Of leaving the form, too.
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Logged out")
    assert "EMBARGOED" not in page.evaluate("() => JSON.stringify({ ...localStorage })")
    assert kept(page) == ["typed:999:/admin/"]  # Of somebody else at this browser.
    assert complaints == []


def test_logging_out_with_nothing_typed_asks_nothing(page, live_server, editor):
    enter_admin(page, live_server)
    page.on("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Logged out")
