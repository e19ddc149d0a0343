"""What programs put on the clipboard comes into a text: from a real clipboard, by Ctrl+V."""

import pytest
from django.conf import settings
from playwright.sync_api import expect

from events.models import Event

pytestmark = pytest.mark.django_db(transaction=True)

COPY = """html => {
    document.addEventListener("copy", event => {
        event.clipboardData.setData("text/html", html)
        event.clipboardData.setData("text/plain", new DOMParser().parseFromString(html, "text/html").body.textContent)
        event.preventDefault()
    }, {once: true})
    document.execCommand("copy")
}"""
DOCS = '<b style="font-weight:normal;" id="docs-internal-guid-77aa11bb-7fff-4321-8765-00fedcba4321">%s</b>'


@pytest.fixture
def form(page, live_server, desk, event):
    session = desk.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=live_server.url)
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    page.goto(f"{live_server.url}/admin/events/event/{event.pk}/change/")
    expect(page.locator(".field-body iframe.cke_wysiwyg_frame")).to_be_visible()
    return page


def paste(form, html):
    form.evaluate(COPY, html)
    body = form.frame_locator(".field-body iframe.cke_wysiwyg_frame").locator("body")
    body.click()
    form.keyboard.press("Control+v")
    return body


def saved(form):
    form.get_by_role("button", name="Save and continue editing").click()
    expect(form.locator(".messagelist .success")).to_be_visible()
    return Event.objects.get().body


def test_spans_without_a_style_are_pasted_from_google_docs(form):
    spans = '<p dir="ltr"><span>Ports</span> <span style="">and</span> <span style="font-weight:700">cranes</span>'
    body = paste(form, DOCS % f'{spans} <span style="font-weight:400;text-decoration:line-through">of old</span></p>')
    expect(body).to_contain_text("Ports and cranes of old")
    text = saved(form)
    assert "Ports" in text
    assert "<strong>cranes</strong>" in text
    assert "<s>of old</s>" in text


def test_structure_of_a_document_is_pasted(form):
    body = paste(
        form,
        "<h1>Harbours</h1><h6>Small</h6><p>See<a href='#e1' name='b1'>i</a> and <a href='#part'>part</a>.</p>"
        "<h2><a name='part'></a>Part</h2><p><a href='#b1' name='e1'>i</a> The source.</p>"
        "<p><del>Gone</del></p><p><iframe src='https://player.vimeo.com/video/76979871'></iframe></p><p>End</p>",
    )
    expect(body).to_contain_text("End")
    text = saved(form)
    assert "<h2>Harbours</h2>" in text
    assert "<h4>Small</h4>" in text
    assert "<s>Gone</s>" in text
    assert '<a href="https://vimeo.com/76979871" rel="noopener">https://vimeo.com/76979871</a>' in text
    form.reload()
    reader = form.context.new_page()
    reader.goto(form.url.split("/admin")[0] + Event.objects.get().get_absolute_url())
    links = reader.locator(".rich-text a[href^='#']")
    expect(links).to_have_count(3)
    for number in range(3):
        target = links.nth(number).get_attribute("href")
        expect(reader.locator(target)).to_have_count(1)
    assert saved(form) == text


def test_film_in_the_source_becomes_a_link(form):
    bar = form.locator(".field-body .cke")
    bar.locator(".cke_button__source").click()
    bar.locator("textarea.cke_source").fill('<p>a</p><iframe src="//www.youtube.com/embed/Zx9-8765432"></iframe>')
    bar.locator(".cke_button__source").click()
    assert "https://www.youtube.com/watch?v=Zx9-8765432" in saved(form)


def test_words_are_kept_where_the_editor_fails(form):
    form.evaluate("""() => {
        CKEDITOR.instances.id_body.on("paste", () => { throw new TypeError("of the editor") }, null, null, 900)
    }""")
    body = paste(form, "<p>Seven <b>bridges</b></p>")
    expect(body).to_contain_text("Seven bridges")
    assert "Seven bridges" in saved(form)
