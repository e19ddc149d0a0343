"""The editor's way, by mouse and keyboard alone: from signing in to the page that a reader finds."""

import pytest
from playwright.sync_api import expect

from tests.factories import make_event, make_organization, make_panel

pytestmark = pytest.mark.django_db(transaction=True)


def type_into(field, text):
    """Click the field and type; what is chosen from a list is found by its first letters."""
    field.scroll_into_view_if_needed()
    if field.evaluate("field => field.tagName") == "SELECT":
        field.focus()
    else:
        field.click()
    field.page.keyboard.type(text)


def sign_in(page, address, name="editor"):
    page.goto(address)
    type_into(page.get_by_label("Username"), name)
    type_into(page.get_by_label("Password"), "a long password")
    page.keyboard.press("Enter")


def choose(page, field, typed):
    """Choose by typing, in the box that finds organizations."""
    field.locator(".select2-selection").click()
    page.keyboard.type(typed)
    page.locator(".select2-results__option--highlighted", has_text=typed).click()


def write(page, editor, text):
    """Write in a rich text editor, the last word of it in bold."""
    *words, last = text.split(" ")
    editor.locator("iframe").click()
    page.keyboard.type(" ".join(words) + " ")
    editor.locator(".cke_button__bold").click()
    page.keyboard.type(last)


def drag(page, handle, place):
    handle.scroll_into_view_if_needed()
    start, end = handle.bounding_box(), place.bounding_box()
    page.mouse.move(start["x"] + 200, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(end["x"] + 200, end["y"] + 1, steps=20)
    page.wait_for_timeout(300)
    page.mouse.up()


def test_editor_enters_a_forum_and_readers_find_it(page, live_server, editor, complaints):
    make_organization(name="Silk Road Institute", slug="silk-road-institute")

    sign_in(page, f"{live_server.url}/admin/")
    page.get_by_role("link", name="Enter your first event").click()

    type_into(page.locator("#id_title"), "Форум соседей 2027")
    expect(page.locator("#id_slug")).to_have_value("forum-sosedey-2027")
    type_into(page.get_by_label("Theme"), "Nearer than it looks")
    type_into(page.get_by_label("Summary"), "Neighbours meet.")
    type_into(page.locator("#id_starts_on"), "2027-03-10")
    type_into(page.locator("#id_ends_on"), "2027-03-11")
    type_into(page.locator("#id_city"), "Almaty")
    type_into(page.get_by_label("Country"), "Kazakhstan")

    page.get_by_role("button", name="Add another Role").click()
    first = page.locator("#participations-0")
    choose(page, first, "Silk Road Institute")
    type_into(first.locator("select[name$=role]"), "Host")

    page.get_by_role("button", name="Add another Role").click()
    second = page.locator("#participations-1")
    with page.expect_popup() as popup:
        second.locator(".add-related").click()
    made = popup.value
    type_into(made.locator("#id_name"), "Centre for Steppe Studies")
    expect(made.locator("#id_slug")).to_have_value("centre-for-steppe-studies")
    made.get_by_role("button", name="Save").click()
    expect(second.locator(".select2-selection")).to_contain_text("Centre for Steppe Studies")
    type_into(second.locator("select[name$=role]"), "Co-organizer")

    page.get_by_role("button", name="Add another Panel").click()
    panel = page.locator("#panels-0")
    type_into(panel.get_by_label("Title"), "Roads and rails")
    type_into(panel.get_by_label("Day"), "2027-03-10")
    write(page, panel, "Of trains and bridges")

    page.get_by_role("button", name="Add another Visit").click()
    visit = page.locator("#visits-0")
    type_into(visit.get_by_label("Place"), "Museum of the Steppe")
    type_into(visit.get_by_label("Day"), "2027-03-11")
    write(page, visit, "A golden man")

    page.get_by_role("button", name="Add another Agreement").click()
    agreement = page.locator("#agreements-0")
    type_into(agreement.get_by_label("Title"), "Memorandum on maps")
    type_into(agreement.get_by_label("Signed on"), "2027-03-11")
    parties = agreement.locator(".field-parties")
    choose(page, parties, "Silk Road Institute")
    choose(page, parties, "Centre for Steppe Studies")

    type_into(page.locator("#id_publication_status"), "Published")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was added successfully")).to_be_visible()

    page.get_by_role("link", name="View site").click()
    page.get_by_role("navigation").get_by_role("link", name="Events").first.click()
    page.get_by_role("link", name="Форум соседей 2027").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Форум соседей 2027")
    main = page.get_by_role("main")
    for text in (
        "Nearer than it looks",
        "Almaty",
        "Kazakhstan",
        "Roads and rails",
        "Museum of the Steppe",
        "Memorandum on maps",
        "Number of shows: 1",
    ):
        expect(main).to_contain_text(text)
    for bold in ("bridges", "man"):
        expect(main.locator("strong", has_text=bold)).to_be_visible()

    for organization, role in (("Silk Road Institute", "Host"), ("Centre for Steppe Studies", "Co-organizer")):
        page.get_by_role("main").get_by_role("link", name=organization).first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text(organization)
        for text in (role, "Форум соседей 2027", "Memorandum on maps"):
            expect(page.get_by_role("main")).to_contain_text(text)
        page.get_by_role("main").get_by_role("link", name="Форум соседей 2027").first.click()
    assert complaints == []


WHATEVER_IS_OFFERED = (
    "<h2>Report</h2><p>One <strong>bold</strong>, <em>slanted</em>, <u>under</u>, H<sub>2</sub>O, m<sup>2</sup>.</p>"
    '<h3>Links</h3><p><a href="https://example.org/?a=1&amp;b=2" rel="noopener">out</a> and '
    '<a href="/events/" title="All" rel="noopener">home</a>.</p><h4>Lists</h4>'
    "<ul><li>first</li><li>second<ol><li>inner</li></ol></li></ul><blockquote><p>Said.</p></blockquote><hr>"
    '<table tabindex="0"><caption>Trade</caption><thead><tr><th scope="col">Year</th></tr></thead>'
    '<tbody><tr><td colspan="2">2023</td></tr></tbody></table>'
    '<p><img alt="The hall" height="20" src="/media/covers/hall.jpg" width="30"></p>'
    "<p>Қазақша, 中文, “quoted” &amp; more</p>"
)


def folded(html):
    """Return `html` without the line breaks that the editor sets between elements."""
    return " ".join(html.split()).replace("> ", ">").replace(" <", "<")


def test_text_opened_and_saved_stays_as_it_was(page, live_server, editor):
    event = make_event(body=WHATEVER_IS_OFFERED)
    sign_in(page, f"{live_server.url}/admin/events/event/{event.pk}/change/")
    expect(page.locator(".field-body iframe")).to_be_visible()
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    event.refresh_from_db()
    assert folded(event.body) == folded(WHATEVER_IS_OFFERED)


def test_dragged_panels_keep_their_text_and_new_order(page, live_server, editor, complaints):
    """The editor's frame is taken out of the page and put in again when its panel moves."""
    event = make_event(slug="moved")
    for number, title in enumerate(["First", "Second"], start=1):
        make_panel(event, title=title, position=number, description=f"<p>Text of {title}</p>")
    sign_in(page, f"{live_server.url}/admin/events/event/{event.pk}/change/")
    second = page.locator("#panels-1 h3")
    expect(page.locator("#panels-1 iframe")).to_be_visible()
    write(page, page.locator("#panels-1"), "Added before moving")
    drag(page, second, page.locator("#panels-0 h3"))
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    panels = list(event.panels.values_list("title", "description"))
    assert [title for title, _text in panels] == ["Second", "First"]
    assert "Text of Second" in panels[0][1]
    assert "Added before" in panels[0][1]
    assert "Text of First" in panels[1][1]
    assert complaints == []
