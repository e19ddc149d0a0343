"""Pictures in a browser: dropped by many, put into a text, focused, opened in the dialog, and light on a phone."""

import base64
import io
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from events.models import Event, Picture
from forum_site.media import renditions as made
from tests.browser.test_editors_way import sign_in
from tests.browser.test_pages import RULES, TOO_WIDE
from tests.factories import make_event, make_picture, make_place

pytestmark = pytest.mark.django_db(transaction=True)

MAX = 400_000  # bytes, before scrolling


def photograph(number, size=(800, 600)):
    """Return a JPEG with the unrest of a photograph: of flat pictures a page would be light by itself."""
    coarse = Image.effect_noise((40, 30), 60 + number).resize(size, Image.Resampling.BICUBIC)
    grain = Image.effect_noise(size, 30)
    slope = Image.linear_gradient("L").rotate(90 * number).resize(size)
    image = Image.merge("RGB", [Image.blend(coarse, slope, 0.4), Image.blend(coarse, grain, 0.25), coarse])
    content = io.BytesIO()
    image.save(content, "JPEG", quality=90)
    return content.getvalue()


def files(*numbers):
    return [
        {"name": f"Hall {number}.jpg", "mimeType": "image/jpeg", "buffer": photograph(number)} for number in numbers
    ]


DROP = """async (zone, files) => {
    const transfer = new DataTransfer()
    for (const {name, bytes} of files) {
        transfer.items.add(new File([Uint8Array.from(atob(bytes), c => c.charCodeAt(0))], name, {type: "image/jpeg"}))
    }
    for (const kind of ["dragenter", "dragover", "drop"]) {
        zone.dispatchEvent(new DragEvent(kind, {dataTransfer: transfer, bubbles: true, cancelable: true}))
    }
}"""


def drop(zone, dropped):
    zone.evaluate(
        DROP, [{"name": each["name"], "bytes": base64.b64encode(each["buffer"]).decode()} for each in dropped]
    )


@pytest.fixture
def event(editor):
    return make_event(title="Land-Sea Forum", slug="land-sea-forum", publication_status="draft")


def open_form(page, live_server, event):
    sign_in(page, f"{live_server.url}/admin/events/event/{event.pk}/change/")
    expect(page.locator(".field-body iframe")).to_be_visible()


def test_rows_of_the_gallery_fit_on_a_phone(page, live_server, event):
    make_place(event, make_picture(), caption="A hall with a long name that takes more than a line of a phone " * 2)
    page.set_viewport_size({"width": 390, "height": 844})
    open_form(page, live_server, event)
    row = page.locator("#pictures-0")
    head, told = row.locator("h3 .inline_label").bounding_box(), row.locator(".field-is_decorative .help").first
    assert head["height"] > 40
    assert head["y"] + head["height"] <= row.locator("fieldset").bounding_box()["y"]
    assert told.bounding_box()["width"] <= row.locator(".field-caption").bounding_box()["width"]


def test_gallery_that_is_full_takes_no_more(page, live_server, event, complaints, renditions, monkeypatch):
    monkeypatch.setattr("events.admin.gallery.GalleryInline.max_num", 1)
    open_form(page, live_server, event)
    drop(page.locator(".picture-drop"), files(1, 2))
    expect(page.locator(".picture-drop__state", has_text="ready")).to_have_count(1, timeout=60_000)
    expect(page.locator(".picture-drop__file--refused")).to_contain_text("The gallery is full.")
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.locator(".messagelist")).to_contain_text("was changed successfully")
    assert (event.pictures.count(), Picture.objects.count()) == (1, 1)
    assert complaints == []


def test_ten_photographs_are_dropped_at_once(page, live_server, event, complaints, renditions):
    open_form(page, live_server, event)
    zone = page.locator(".picture-drop")
    broken = {"name": "broken.jpg", "mimeType": "image/jpeg", "buffer": b"<html>"}
    drop(zone, [*files(*range(10)), broken])
    expect(zone.locator(".picture-drop__state", has_text="ready")).to_have_count(10, timeout=60_000)
    refused = zone.locator(".picture-drop__file--refused")
    expect(refused).to_contain_text("broken.jpg")
    expect(refused).to_contain_text("not a picture that can be read")
    expect(page.locator("#pictures-group .inline-related:not(.empty-form)")).to_have_count(10, timeout=60_000)
    page.locator("#id_pictures-0-caption").fill("The first")
    page.locator("#id_pictures-0-alt").fill("A full hall")
    page.locator("#pictures-group").scroll_into_view_if_needed()
    violations = Axe().run(page, context="#pictures-group", options=RULES).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"][:150]) for each in violations] == []
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.locator(".messagelist")).to_contain_text("was changed successfully")
    rows = list(event.pictures.select_related("picture"))
    assert [row.picture.title for row in rows] == [f"Hall {number}" for number in range(10)]
    assert (rows[0].caption, rows[0].picture.alt) == ("The first", "A full hall")
    assert [made.stored_picture(row.picture.file.name).missing() for row in rows] == [[]] * 10
    assert complaints == []


def test_pictures_are_chosen_by_keyboard_and_leaving_asks(page, live_server, event):
    open_form(page, live_server, event)
    page.get_by_label("Choose pictures").set_input_files(files(1, 2))
    expect(page.locator(".picture-drop__state", has_text="ready")).to_have_count(2)
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.get_by_role("link", name="Home").click()
    assert asked == ["beforeunload"]


def test_picture_is_put_into_a_text_and_stays(page, live_server, event):
    open_form(page, live_server, event)
    page.locator(".field-body .cke_button__image").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("tab", name="Upload").click()
    upload = dialog.frame_locator("iframe").locator("input[type=file]")
    upload.set_input_files(files(3))
    dialog.get_by_role("button", name="Send it to the Server").click()
    address = dialog.get_by_label("URL")
    expect(address).not_to_have_value("")
    dialog.get_by_label("Alternative Text").fill("The hall")
    dialog.get_by_role("button", name="OK").click()
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.locator(".messagelist")).to_contain_text("was changed successfully")
    event.refresh_from_db()
    stored = Picture.objects.get()
    assert f'src="{stored.file.url}"' in event.body
    assert 'alt="The hall"' in event.body
    Event.objects.update(publication_status="published")
    page.goto(live_server.url + event.get_absolute_url())
    shown = page.locator(".rich-text picture img")
    expect(shown).to_have_attribute("alt", "The hall")
    shown.scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('.rich-text picture img').naturalWidth > 0")


PASTE = """(editable, bytes) => {
    const transfer = new DataTransfer()
    const file = new File([Uint8Array.from(atob(bytes), c => c.charCodeAt(0))], "pasted.jpg", {type: "image/jpeg"})
    transfer.items.add(file)
    editable.focus()
    editable.dispatchEvent(new ClipboardEvent("paste", {clipboardData: transfer, bubbles: true, cancelable: true}))
}"""


def test_picture_is_pasted_into_a_text(page, live_server, event):
    open_form(page, live_server, event)
    body = page.frame_locator(".field-body iframe").locator("body")
    body.evaluate(PASTE, base64.b64encode(photograph(4)).decode())
    expect(body.locator("img[src^='/media/pictures/']")).to_be_visible()
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.locator(".messagelist")).to_contain_text("was changed successfully")
    event.refresh_from_db()
    assert f'src="{Picture.objects.get().file.url}"' in event.body


def test_click_on_the_picture_sets_its_focus(page, live_server, editor, complaints):
    chosen = make_picture()
    chosen.file.save("a.jpg", ContentFile(photograph(1)))
    sign_in(page, f"{live_server.url}/admin/events/picture/{chosen.pk}/change/")
    frame = page.locator(".focal-point img")
    expect(frame).to_be_visible()
    page.wait_for_function("document.querySelector('.focal-point img').naturalWidth > 0")
    box = frame.bounding_box()
    frame.click(position={"x": box["width"] * 0.25, "y": box["height"] * 0.75})
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("was changed successfully")
    chosen.refresh_from_db()
    assert (abs(chosen.focus_x - 25) <= 1, abs(chosen.focus_y - 75) <= 1) == (True, True)
    assert complaints == []  # Axe itself brings styles, which the policy refuses.
    for address, part in (("", "#result_list"), (f"{chosen.pk}/change/", "#content")):
        page.goto(f"{live_server.url}/admin/events/picture/{address}")
        violations = Axe().run(page, context=part, options=RULES).response["violations"]
        assert [(each["id"], each["nodes"][0]["html"][:100]) for each in violations] == []


def copied(name, number):
    """Copy a stored picture with its renditions, and return the name of the copy: a browser takes it for another."""
    stem = name.partition("-")[0]
    copy = f"pictures/{number:032x}"
    for path in (settings.MEDIA_ROOT / "pictures").glob(f"{Path(stem).name}-*"):
        shutil.copy(path, path.with_name(path.name.replace(Path(stem).name, Path(copy).name)))
    return name.replace(stem, copy)


@pytest.fixture
def gallery(db):
    """A published event with 30 photographs and a cover, and nothing else: all of it is near the first screen."""
    event = make_event(title="Land-Sea Forum", slug="land-sea-forum", cover_alt="A hall")
    event.cover.save("a.jpg", ContentFile(photograph(99, (1600, 900))))
    kinds = [make_picture(), make_picture()]
    for number, kind in enumerate(kinds):
        kind.file.save("a.jpg", ContentFile(photograph(number, (1200, 900))))
    for number in range(30):
        chosen = make_picture(alt=f"Hall {number}", file=copied(kinds[number % 2].file.name, number))
        make_place(event, chosen, caption=f"Caption {number}", position=number)
    return event


def test_thirty_pictures_are_light_on_a_phone(browser, live_server, renditions, gallery):
    for scale in (2, 3):
        phone = browser.new_context(viewport={"width": 390, "height": 844}, device_scale_factor=scale, is_mobile=True)
        page = phone.new_page()
        answers = []
        page.on("response", lambda answer, answers=answers: answers.append(answer))
        page.goto(live_server.url + gallery.get_absolute_url(), wait_until="networkidle")
        sizes = {answer.url: len(answer.body()) for answer in answers}
        shown = [address for address in sizes if ".avif" in address]
        assert (len(shown) > 5, [address for address in sizes if ".jpg" in address]) == (True, [])
        assert sum(sizes.values()) < MAX, (scale, sum(sizes.values()), len(shown))
        phone.close()


def test_cover_of_the_next_event_stands_beside_its_title(page, live_server, renditions):
    event = make_event(title="Land-Sea Forum", starts_on=timezone.localdate() + timedelta(days=9), cover_alt="A hall")
    event.cover.save("a.jpg", ContentFile(photograph(1, (1600, 900))))
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(live_server.url)
    cover, text = (page.locator(f".event-lead__{part}").bounding_box() for part in ("cover", "text"))
    assert page.locator(".event-lead source").count() > 0  # Boxes of a grid, too, unless they are taken out.
    assert (cover["y"], cover["x"] > text["x"] + text["width"]) == (text["y"], True)


def test_pictures_open_in_a_dialog(page, live_server, gallery, complaints):
    page.goto(live_server.url + gallery.get_absolute_url())
    dialog = page.get_by_role("dialog")
    page.get_by_role("link", name="Hall 1", exact=True).click()
    expect(dialog.get_by_role("img")).to_have_attribute("alt", "Hall 1")
    expect(dialog).to_contain_text("Picture 2 of 30")
    dialog.get_by_role("button", name="Next").click()
    expect(dialog).to_contain_text("Caption 2")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(dialog).to_contain_text("Picture 30 of 30")
    for width, scheme in ((320, "light"), (1440, "dark")):
        page.set_viewport_size({"width": width, "height": 700})
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate(TOO_WIDE) <= 0
        violations = Axe().run(page, options=RULES).response["violations"]
        assert [(each["id"], each["nodes"][0]["html"][:100]) for each in violations] == []
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("link", name="Hall 29", exact=True)).to_be_focused()
    assert complaints == []


def test_pictures_are_links_without_scripts(browser, live_server, gallery):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(live_server.url + gallery.get_absolute_url())
    link = page.get_by_role("link", name="Hall 3", exact=True)
    address = link.get_attribute("href")
    answer = page.goto(live_server.url + address)
    assert (answer.status, answer.headers["content-type"]) == (200, "image/jpeg")
    context.close()
