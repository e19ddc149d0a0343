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
    sign_in(page, address)
    expect(page.get_by_text("You typed something here that was not saved")).to_be_visible()
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
    expect(page.get_by_text("You typed something here that was not saved")).to_be_hidden()
    assert [line for line in complaints if "403" not in line] == []
