"""The long form of an event: saved by key, left with care, found one's way in; and what copies one."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from events.models import Event, Series
from tests.browser.test_editors_way import sign_in, type_into, write
from tests.browser.test_pages import RULES, TOO_WIDE, WIDTHS
from tests.factories import make_event, make_full_event, make_panel

pytestmark = pytest.mark.django_db(transaction=True)

SAVED = "was changed successfully"


@pytest.fixture
def forum(editor):
    event = make_full_event(2, title="Land-Sea Forum 2023", slug="land-sea-forum", body="<p>As it was.</p>")
    event.panels.update(description="<p>Of trade</p>")
    event.pictures.all().delete()  # Their files are not there, of which the browser would complain.
    return event


def open_form(page, live_server, event):
    sign_in(page, f"{live_server.url}/admin/events/event/{event.pk}/change/")
    expect(page.locator(".field-body iframe")).to_be_visible()


@pytest.fixture
def questions(page):
    """What the browser asks; each time, the page is stayed on."""
    asked = []

    def stay(dialog):
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    return asked


def test_ctrl_s_saves_and_goes_on(page, live_server, forum, complaints):
    open_form(page, live_server, forum)
    type_into(page.get_by_label("Theme"), "Nearer")
    page.keyboard.press("Control+s")
    expect(page.locator(".messagelist")).to_contain_text(SAVED)
    forum.refresh_from_db()
    assert (forum.theme, forum.body) == ("Nearer", "<p>As it was.</p>")
    assert complaints == []


def test_ctrl_s_saves_from_within_a_text_and_stays_there(page, live_server, forum, complaints):
    for number in range(12):
        make_panel(forum, position=10 + number)
    open_form(page, live_server, forum)
    write(page, page.locator("#panels-9"), "Written late")
    before = page.locator("#panels-9").bounding_box()["y"]
    page.keyboard.press("Control+s")
    expect(page.locator(".submit-row__note")).to_contain_text(SAVED)
    expect(page.locator("#visits-1 iframe")).to_be_visible()
    assert abs(page.locator("#panels-9").bounding_box()["y"] - before) < 60
    assert "<strong>late</strong>" in forum.panels.all()[9].description
    assert complaints == []


def test_ctrl_s_is_known_on_a_cyrillic_keyboard(page, live_server, forum):
    open_form(page, live_server, forum)
    page.evaluate("""document.dispatchEvent(
        new KeyboardEvent("keydown", {key: "ы", code: "KeyS", ctrlKey: true, cancelable: true})
    )""")
    expect(page.locator(".messagelist")).to_contain_text(SAVED)


def test_leaving_with_unsaved_text_asks(page, live_server, forum, questions):
    open_form(page, live_server, forum)
    write(page, page.locator(".field-body"), "More and more")
    page.get_by_role("link", name="Home").click()
    expect(page).to_have_url(f"{live_server.url}/admin/events/event/{forum.pk}/change/")
    assert questions == ["beforeunload"]
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.locator(".messagelist")).to_contain_text(SAVED)
    page.get_by_role("link", name="Home").click()
    expect(page).to_have_url(f"{live_server.url}/admin/")
    assert questions == ["beforeunload"]


def test_leaving_with_an_unsaved_field_asks(page, live_server, forum, questions):
    open_form(page, live_server, forum)
    type_into(page.get_by_label("Theme"), "Nearer")
    page.get_by_role("link", name="Home").click()
    assert questions == ["beforeunload"]


def test_leaving_a_form_that_was_refused_asks(page, live_server, forum, questions):
    open_form(page, live_server, forum)
    page.locator("#id_title").fill("")
    page.keyboard.press("Control+s")
    expect(page.locator(".problems")).to_be_visible()
    page.locator("#id_theme").click()
    page.get_by_role("link", name="Home").click()
    assert questions == ["beforeunload"]


def test_leaving_what_was_only_looked_at_asks_nothing(page, live_server, forum, questions):
    open_form(page, live_server, forum)
    expect(page.locator("#agreements-1 iframe")).to_be_visible()
    page.locator(".field-body iframe").click()
    page.locator("#id_theme").click()
    page.get_by_role("link", name="Home").click()
    expect(page).to_have_url(f"{live_server.url}/admin/")
    assert questions == []


def test_parts_are_listed_and_the_wrong_one_is_marked(page, live_server, forum):
    page.set_viewport_size({"width": 1600, "height": 900})
    open_form(page, live_server, forum)
    parts = page.get_by_role("navigation", name="Parts of this form")
    assert parts.get_by_role("link").all_inner_texts() == [
        "What",
        "When and where",
        "Organizations and their roles",
        "Text",
        "Gallery",
        "Panels",
        "Visits",
        "Agreements",
        "Documents",
        "Publication",
    ]
    parts.get_by_role("link", name="Visits").click()
    expect(page.locator("#visits-heading")).to_be_in_viewport()
    expect(parts).to_be_in_viewport()
    expect(page.locator(".submit-row")).to_be_in_viewport()
    page.locator("#id_panels-0-starts_at").fill("late")
    page.keyboard.press("Control+s")
    expect(page.locator(".sections__wrong")).to_have_text("Panels 1 to correct")


def test_form_is_no_wider_for_its_list_of_parts(page, live_server, forum):
    open_form(page, live_server, forum)

    def measure():
        page.set_viewport_size({"width": width, "height": 900})
        return max(page.evaluate(TOO_WIDE), 0)

    with_list, where = {}, {}
    for width in WIDTHS:
        with_list[width] = measure()
        parts = page.locator(".sections").bounding_box()
        where[width] = (parts["x"] >= 0, parts["x"] + parts["width"] <= width)
    page.evaluate("document.querySelector('.sections').remove()")
    assert where == dict.fromkeys(WIDTHS, (True, True))
    assert {width: more for width in WIDTHS if (more := with_list[width]) > measure()} == {}


def test_everything_saves_without_scripts(browser, live_server, forum):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, f"{live_server.url}/admin/events/event/{forum.pk}/change/")
    page.get_by_label("Theme").fill("Nearer")
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.locator(".messagelist")).to_contain_text(SAVED)
    page.get_by_role("link", name="Copy as next edition").click()
    page.get_by_role("button", name="Make the draft").click()
    expect(page.locator(".messagelist")).to_contain_text("a draft")
    assert Event.objects.exclude(pk=forum.pk).get().theme == "Nearer"
    context.close()


def test_copy_becomes_a_draft_edition(page, live_server, forum, complaints):
    open_form(page, live_server, forum)
    page.get_by_role("link", name="Copy as next edition").click()
    expect(page.get_by_label("Title")).to_have_value("Land-Sea Forum 2024")
    type_into(page.get_by_label("First day"), "2024-06-03")
    page.get_by_role("button", name="Make the draft").click()
    expect(page.locator(".messagelist")).to_contain_text("next edition of “Land-Sea Forum 2023”, a draft")
    expect(page.locator("#id_slug")).to_have_value("land-sea-forum-2024")
    expect(page.locator("#id_starts_on")).to_have_value("2024-06-03")
    expect(page.locator("#id_publication_status")).to_have_value("draft")
    expect(page.locator("#panels-1 iframe")).to_be_visible()
    assert page.request.get(f"{live_server.url}/events/land-sea-forum-2024/").status == 404
    assert complaints == []


def test_chosen_events_get_a_series_and_are_published(page, live_server, forum, complaints):
    make_event(title="Draft one", publication_status="draft")
    Series.objects.create(name="Evenings")
    sign_in(page, f"{live_server.url}/admin/events/event/")
    page.locator("#action-toggle").check()
    page.locator("select[name=action]").select_option("Set the series of selected events")
    page.get_by_role("button", name="Go").click()
    page.get_by_label("Series").select_option("Evenings")
    page.get_by_role("button", name="Set the series").click()
    expect(page.locator(".messagelist")).to_contain_text("2 events have a new series.")
    page.locator("#action-toggle").check()
    page.locator("select[name=action]").select_option("Publish selected events")
    page.get_by_role("button", name="Go").click()
    expect(page.locator(".messagelist")).to_contain_text("1 event was published.")
    assert complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_new_pages_have_no_barrier(page_with_fonts, live_server, forum, scheme):
    """What is ours of them: the frame around, and the rows of a form, are Django's."""
    page = page_with_fonts
    page.emulate_media(color_scheme=scheme)
    found, axe = [], Axe()

    def look(name, place):
        for violation in axe.run(page, context=place, options=RULES).response["violations"]:
            found.append((name, violation["id"], [node["html"][:120] for node in violation["nodes"][:2]]))

    open_form(page, live_server, forum)
    page.locator("#id_panels-0-starts_at").fill("late")
    page.keyboard.press("Control+s")
    expect(page.locator(".sections__wrong")).to_be_visible()
    look("list of parts", ".sections")
    page.goto(f"{live_server.url}/admin/events/event/{forum.pk}/next-edition/")
    page.get_by_label("First day").fill("late")
    page.get_by_role("button", name="Make the draft").click()
    expect(page.locator(".errornote")).to_be_visible()
    look("next edition", "#content-main")
    page.goto(f"{live_server.url}/admin/events/event/")
    page.locator("#action-toggle").check()
    page.locator("select[name=action]").select_option("Set the series of selected events")
    page.get_by_role("button", name="Go").click()
    page.get_by_role("button", name="Set the series").click()
    expect(page.locator(".errorlist")).to_be_visible()
    look("set the series", "#content-main")
    assert found == []
