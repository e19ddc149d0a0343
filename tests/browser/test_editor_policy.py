"""The editor of texts does all that its bar offers, though the policy of its form admits no inline script."""

import pytest
from django.conf import settings
from playwright.sync_api import expect

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def form(page, live_server, desk):
    session = desk.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    page.goto(f"{live_server.url}/admin/events/event/add/")
    expect(page.locator(".field-body iframe")).to_be_visible()
    return page


def test_editor_does_all_that_it_offers(form, complaints):
    bar, text = form.locator(".field-body .cke"), form.frame_locator(".field-body iframe.cke_wysiwyg_frame")
    text.locator("body").click()
    form.keyboard.type("What was said")

    text.locator("p").dblclick()
    form.keyboard.press("Control+l")  # A dialog, which hears what is typed.
    form.get_by_role("textbox", name="URL").press_sequentially("https://forum.example/")
    form.locator(".cke_dialog_ui_button_ok:visible").click()
    expect(text.locator("a")).to_have_attribute("href", "https://forum.example/")
    text.locator("p").click()

    bar.locator(".cke_combo__format a").click()  # A list in a frame.
    form.frame_locator(".cke_combopanel iframe").get_by_role("option", name="Heading 2").click()
    expect(text.locator("h2")).to_have_text("What was said")
    form.keyboard.press("End")
    form.keyboard.press("Enter")

    bar.locator(".cke_button__numberedlist").click()
    form.keyboard.type("First")
    expect(text.locator("ol li")).to_have_text("First")
    form.keyboard.press("Enter")
    form.keyboard.press("Enter")

    bar.locator(".cke_button__table").click()  # A dialog.
    form.locator(".cke_dialog_ui_button_ok:visible").click()
    expect(text.locator("table td")).to_have_count(6)

    text.locator("table td").first.click(button="right")  # A menu in a frame, and one within it.
    form.frame_locator(".cke_menu_panel iframe").first.get_by_role("menuitem", name="Row").hover()
    form.frame_locator(".cke_menu_panel iframe").nth(1).get_by_role("menuitem", name="Delete Rows").click()
    expect(text.locator("table td")).to_have_count(4)

    bar.locator(".cke_button__maximize").click()
    expect(form.locator(".cke_maximized")).to_be_visible()
    form.locator(".cke_maximized .cke_button__maximize").click()
    bar.locator(".cke_button__source").click()
    assert "<ol>" in bar.locator("textarea.cke_source").input_value()
    assert complaints == []


def test_script_that_slips_in_does_not_run(form, complaints):
    frame = form.frame_locator(".field-body iframe.cke_wysiwyg_frame").locator("body")
    for where in (form.locator("body"), frame):
        where.evaluate(
            """body => {
                const script = document.createElement("script")
                script.textContent = "top.ran = true"
                body.append(script)
                body.insertAdjacentHTML("beforeend", '<img src="/none" onerror="top.ran = true">')
                body.insertAdjacentHTML("beforeend", '<svg onload="top.ran = true"></svg>')
                return new Promise((done) => body.lastChild.previousSibling.addEventListener("error", () => done()))
            }"""
        )
    assert form.evaluate("window.ran") is None
    assert sum("Content Security Policy" in complaint for complaint in complaints) >= 4
