"""Scripts in every text that somebody can write: none runs on any page, with and without the policy that forbids them.

Chromium leaves the policy out (`bypass_csp`), so that it is escaping and cleaning that are tried; then the same pages
come once more with it, and nothing of the content may even try.
"""

import os
from contextlib import contextmanager, suppress
from itertools import cycle, islice
from urllib.parse import urlsplit

import pytest
from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.test import Client

from events.models import Event, Series, Tag
from forum_site.core.fields.rich_text import RichTextFormField
from forum_site.core.fields.text import OneLineFormField
from forum_site.search.indexing import batch_indexing
from tests.conftest import make_person
from tests.factories import make_full_event, make_picture, make_place
from tests.odd_input.conftest import made_forms  # noqa: F401 - a fixture
from tests.odd_input.corpora import NAME, corpus
from tests.odd_input.forms import FORM, body_of, row_form, text_fields
from tests.odd_input.scripts import SCRIPTS
from tests.odd_input.words import encoded

pytestmark = pytest.mark.django_db(transaction=True)

EVENTS = 4  # each of whose fields holds another script
# What the page would do of itself: attributes that are scripts, and addresses that are.
FOUND = """() => {
    const isScript = /^(javascript|vbscript|data:text)/i
    const places = ["href", "src", "action", "formaction", "data", "xlink:href", "srcdoc"]
    return [...document.querySelectorAll("*")]
        .filter((element) => !element.closest(".cke, [class^=cke_]"))
        .filter((element) => [...element.attributes].some(({ name, value }) =>
            /^on/i.test(name) || (places.includes(name) && isScript.test(value.replace(/[\\x00-\\x20]/g, "")))))
        .map((element) => element.outerHTML.slice(0, 120))
}"""
SEEN = """addEventListener("securitypolicyviolation", (event) =>
    report(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`), true)"""


def fitting(scripts, field):
    longest = getattr(field, "max_length", None) or 10_000
    return next((each for each in scripts if len(each) <= longest and "\x00" not in each), "x")


def rich_text(scripts, field):
    """Return a text of the next scripts, but for those with which the field refuses it, such as unclosed elements."""
    text = ""
    for script in islice(scripts, 70):
        with suppress(ValidationError):
            field.clean(f"{text}<p>{script}</p>\n")
            text += f"<p>{script}</p>\n"
    return text


@pytest.fixture
def scripted(db, made_forms):  # noqa: F811
    """An archive whose every text is a script, written through the forms of the desk; the client that wrote it."""
    make_person("editor", "Editors")
    client = Client()
    client.force_login(User.objects.create_superuser("chief"))
    collected = corpus() if os.environ.get(NAME) else []
    wanted = [*SCRIPTS, *(text for text in collected if "<" in text or "script:" in text.lower())]
    endless = cycle(wanted)
    with batch_indexing():
        events = [
            make_full_event(1, title=f"Event {number}", slug=f"event-{number}", city="x") for number in range(EVENTS)
        ]
        for event in events:
            event.series, tag = (
                Series.objects.create(name=f"Series {event.pk}"),
                Tag.objects.create(name=f"Tag {event.pk}"),
            )
            event.tags.add(tag)
            event.save()
            make_place(event, make_picture())
        organizations = {part.organization_id for event in events for part in event.participations.all()}
    pages = [f"/admin/events/event/{event.pk}/change/" for event in events]
    pages += [f"/admin/events/series/{event.series_id}/change/" for event in events]
    pages += [f"/admin/events/tag/{event.tags.get().pk}/change/" for event in events]
    pages += [f"/admin/organizations/organization/{key}/change/" for key in sorted(organizations)]
    pages += [f"/admin/events/picture/{each.picture_id}/change/" for event in events for each in event.pictures.all()]
    saved = 0
    for page in pages:
        made_forms.clear()
        form = row_form(client.get(page).content, page)
        takes = text_fields(made_forms)
        fields = {name: values for name, values in form.fields.items() if values or name in takes}
        for name in [name for name in fields if name in takes]:
            if isinstance(takes[name], RichTextFormField):
                fields[name] = [rich_text(endless, takes[name])]
            elif type(takes[name]) in (forms.CharField, OneLineFormField) and "zone" not in name:
                fields[name] = [fitting(endless, takes[name])]
        answer = client.post(page, body_of({**fields, "_save": ["1"]}), content_type=FORM)
        saved += answer.status_code == 302
        if page == pages[0]:  # Somebody else saves on what was there before: both are settled.
            answer = client.post(page, body_of({**fields, "title": [SCRIPTS[3]], "_save": ["1"]}), content_type=FORM)
            client.settled_at = answer["Location"]
    assert saved > len(pages) * 0.8
    assert "/settle/" in client.settled_at
    assert not Event.objects.filter(title__startswith="Event ").exists()
    return client


@contextmanager
def watched(browser, client, live_server, bypass_csp):
    """A tab signed in as `client`, and what its pages do that they must not."""
    found = []
    context = browser.new_context(bypass_csp=bypass_csp)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    context.expose_function("canary", lambda *_args: found.append("a script ran"))
    context.expose_function("report", lambda told: found.append(told))
    if not bypass_csp:
        context.add_init_script(SEEN)
    host = urlsplit(live_server.url).netloc

    def pass_on(route):
        found.append(f"asked {route.request.url}")
        route.abort()

    context.route(lambda url: urlsplit(url).scheme in ("http", "https") and urlsplit(url).netloc != host, pass_on)
    page = context.new_page()
    page.on("dialog", lambda dialog: (found.append(f"a dialog opened: {dialog.message}"), dialog.dismiss()))
    try:
        yield page, found
    finally:
        context.close()


def public_pages():
    event = Event.objects.order_by("pk").first()
    yield from ("/", "/events/", "/events/2023/", "/events/calendar/2023/5/", "/agreements/", "/organizations/")
    yield from ("/organizations/network/", "/how-we-count/", "/search/?q=canary", "/no-such-page/")
    yield from (each.get_absolute_url() for each in Event.objects.order_by("pk"))
    yield event.participations.first().organization.get_absolute_url()
    yield f"/events/?organization={event.participations.first().organization.slug}"
    yield from (f"/search/?q={encoded(script)}" for script in SCRIPTS[:12])


def desk_pages():
    event = Event.objects.order_by("pk").first()
    at = f"/admin/events/event/{event.pk}"
    yield from (
        f"{at}/change/",
        f"{at}/history/",
        f"{at}/history/1/",
        f"{at}/preview/",
        f"{at}/next-edition/",
        f"{at}/shows/",
    )
    yield from (
        f"{at}/delete/",
        f"{at}/preview-links/",
        "/admin/",
        "/admin/events/event/bin/",
        "/admin/events/event/import/",
    )
    for kind in ("events/event", "events/agreement", "events/series", "events/tag", "events/picture"):
        yield f"/admin/{kind}/"
    yield from ("/admin/organizations/organization/", "/admin/admin/logentry/", "/admin/events/showcount/")
    yield f"/admin/organizations/organization/merge/?organizations={event.participations.first().organization_id}"
    yield f"/admin/events/event/?q={encoded(SCRIPTS[3])}"
    yield f"/admin/events/event/?q={encoded(SCRIPTS[1])}"


@pytest.mark.parametrize("bypass_csp", [True, False], ids=["without policy", "with policy"])
def test_no_script_of_the_content_runs(browser, live_server, scripted, bypass_csp):
    Event.objects.filter(pk=Event.objects.order_by("-pk").first().pk).update(
        publication_status=Event.PublicationStatus.TRASHED
    )
    with watched(browser, scripted, live_server, bypass_csp) as (page, found):
        assert_is_watched(page, found, live_server)
        for path in [*public_pages(), *desk_pages(), scripted.settled_at]:
            assert page.goto(live_server.url + path, wait_until="load").status < 500
            look(page, found)
        page.goto(f"{live_server.url}/admin/events/event/import/")
        page.set_input_files("input[name=file]", files=[table_of_scripts()])
        with page.expect_navigation(wait_until="load"):
            page.click("[name=check]")
        assert "canary" in page.content()
        look(page, found)


def assert_is_watched(page, found, live_server):
    """A script that does stand there runs, or the policy reports it."""
    page.goto(live_server.url)
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=/x onerror=canary()>')")
    for _turn in range(200):
        if found:
            break
        page.wait_for_timeout(50)
    with pytest.raises(AssertionError):
        look(page, found)
    found.clear()


def look(page, found):
    found += [f"stands there: {each}" for each in page.evaluate(FOUND)]
    assert found == [], page.url


def table_of_scripts():
    """A table whose headings, titles, days, organizations and name are scripts."""
    rows = [["Title", "First day", "Kind", *SCRIPTS[:5]], *([script, script, script] for script in SCRIPTS)]
    lines = [",".join('"' + cell.replace('"', '""').replace("\x00", "") + '"' for cell in row) for row in rows]
    return {"name": f"{SCRIPTS[3]}.csv".replace("/", ""), "mimeType": "text/csv", "buffer": "\n".join(lines).encode()}
