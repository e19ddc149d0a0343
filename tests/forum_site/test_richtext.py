import re
from datetime import date
from tempfile import NamedTemporaryFile

import pytest
from django.contrib.auth.models import User
from django.core import serializers
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Upper
from django.test import Client
from django.utils import timezone

from events.models import Agreement, Event, Panel, Visit
from forum_site.checks import editor as checks
from forum_site.richtext import MAX_DEPTH, MAX_LENGTH, TAGS, clean_rich_text
from tests.factories import make_event

HOSTILE = (
    '<p onclick="steal()">Kept<script>steal()</script><a href="javascript:steal()">link</a>'
    '<a href=" java\nscript:steal()">link</a><img src="https://foreign.example/pixel.png" alt="a>b">'
    '<img src="/media/../admin/logout/"><img src="//foreign.example/x.png"><iframe src="/"></iframe>'
    '<svg onload="steal()"></svg><a href="//foreign.example/">x</a><a href="data:text/html,x">y</a></p>'
)
DAY = date(2023, 5, 17)
TRACES = ("script", "steal", "foreign.example", "<img", "<iframe", "<svg", "onclick", "onload", "data:", "logout")


def traces_in(html):
    return [trace for trace in TRACES if trace in html]


def test_cleaner_takes_out_what_can_run_or_call_out():
    assert traces_in(clean_rich_text(HOSTILE)) == []
    assert "Kept" in clean_rich_text(HOSTILE)


@pytest.mark.parametrize(
    "html",
    [
        "<h2>Panels</h2><p>One <strong>and</strong> <em>two</em></p>",
        '<p><a href="https://example.org/a?b=1" rel="noopener">out</a></p>',
        '<p><a href="/events/" rel="noopener">own</a> <a href="mailto:a@example.org" rel="noopener">post</a></p>',
        '<p><img src="/media/texts/ab12.jpg" alt="The hall" width="10" height="10"></p>',
        '<table tabindex="0"><tbody><tr><th scope="row">a</th><td colspan="2">b</td></tr></tbody></table>',
        '<ol start="3"><li>c</li></ol><blockquote><p>q</p></blockquote>',
        "",
    ],
)
def test_cleaner_keeps_what_the_editor_offers(html):
    assert clean_rich_text(html) == html
    assert clean_rich_text(clean_rich_text(html)) == clean_rich_text(html)


def test_wide_table_can_be_reached_and_scrolled_by_keyboard():
    clean = clean_rich_text("<table><tbody><tr><td>b</td></tr></tbody></table>")
    assert clean == '<table tabindex="0"><tbody><tr><td>b</td></tr></tbody></table>'


def test_cleaner_names_no_tag_that_can_run():
    assert not TAGS & {"script", "style", "iframe", "object", "embed", "svg", "math", "form", "input", "base", "link"}


def test_too_long_text_is_refused_with_its_length():
    with pytest.raises(ValidationError, match="200,000 characters"):
        clean_rich_text("x" * 200_000)
    assert clean_rich_text("x" * MAX_LENGTH) == "x" * MAX_LENGTH


def test_too_deep_text_is_refused():
    with pytest.raises(ValidationError, match="nests"):
        clean_rich_text("<b>" * 40_000)
    assert clean_rich_text("<p>x" * 500).count("<p>") == 500
    assert clean_rich_text("<b>" * MAX_DEPTH + "x" + "</b>" * MAX_DEPTH).count("<b>") == MAX_DEPTH


@pytest.mark.parametrize("html", ["&" * 40_000, '<a href="/">x</a>' * 8_500])
def test_text_that_cleaning_makes_too_long_is_refused_at_once(html):
    with pytest.raises(ValidationError, match="at most 150,000 fit"):
        clean_rich_text(html)


@pytest.mark.parametrize("html", ["<blockquote></x>" * 9_000, "<table><td></x>" * 200, "<!--</b>--><b>" * 2_000])
def test_depth_is_measured_as_a_browser_would(html):
    with pytest.raises(ValidationError):
        clean_rich_text(html)


def write_by_admin():
    desk = Client()
    desk.force_login(User.objects.create_superuser("chief"))
    form = {"title": "Admin", "kind": "forum", "starts_on": "2023-05-17", "time_zone": "UTC", "body": HOSTILE}
    form |= {"attendance": "in_person", "standing": "as_planned", "publication": "published", "shows_carried_over": 0}
    for prefix in ("participations", "panels", "visits", "agreements", "pictures", "documents"):
        form |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    assert desk.post("/admin/events/event/add/", form).status_code == 302
    return Event.objects.get()


def write_by_save():
    return make_event(body=HOSTILE)


def write_by_bulk_create():
    return Event.objects.bulk_create(
        [Event(title="Bulk", slug="bulk", starts_on="2023-05-17", ends_on="2023-05-17", body=HOSTILE)]
    )[0]


def write_by_update():
    event = make_event()
    Event.objects.filter(pk=event.pk).update(body=HOSTILE)
    return event


def write_by_bulk_update():
    event = make_event()
    event.body = HOSTILE
    Event.objects.bulk_update([event], ["body"])
    return event


def write_by_loaddata():
    """All that a fixture can hold of an event: its own text, and those of its parts."""
    event = Event(pk=1, title="Loaded", slug="loaded", starts_on=DAY, ends_on=DAY, body=HOSTILE)
    event.created_at = event.updated_at = timezone.now()
    parts = [
        Panel(pk=1, event=event, title="Loaded", description=HOSTILE),
        Visit(pk=1, event=event, place="Loaded", seen=HOSTILE),
        Agreement(pk=1, event=event, title="Loaded", signed_on=DAY, summary=HOSTILE),
    ]
    with NamedTemporaryFile("w", suffix=".json") as fixture:
        fixture.write(serializers.serialize("json", [event, *parts]))
        fixture.flush()
        call_command("loaddata", fixture.name, verbosity=0)
    return event


WAYS = [
    write_by_admin,
    write_by_save,
    write_by_bulk_create,
    write_by_update,
    write_by_bulk_update,
    write_by_loaddata,
]


@pytest.mark.django_db
@pytest.mark.parametrize("write", WAYS)
def test_nothing_hostile_reaches_the_page_by_any_way_of_writing(client, write):
    event = Event.objects.get(pk=write().pk)
    assert traces_in(event.body) == []
    Event.objects.filter(pk=event.pk).update(publication="published")
    page = client.get(event.get_absolute_url()).content.decode()
    assert [trace for trace in traces_in(page) if trace != "script"] == []
    assert not re.search(r'<script(?! type="application/ld\+json">| type="module" src="/static/)', page)
    assert "javascript:" not in page
    assert "Kept" in page


@pytest.mark.parametrize("expression", [Value(HOSTILE), F("title"), Upper("title")])
def test_what_the_database_would_compute_is_refused(event, expression):
    with pytest.raises(TypeError, match="Rich text is written as text"), transaction.atomic():
        Event.objects.update(body=expression)
    Event.objects.update(body=F("body"))  # Clean already.


def test_saved_object_holds_the_cleaned_text(event):
    event.body = HOSTILE
    event.save()
    assert event.body == Event.objects.get(pk=event.pk).body


@pytest.mark.parametrize(
    "option",
    [
        {"allowedContent": True},
        {"fullPage": True},
        {"extraAllowedContent": "script"},
        {"extraAllowedContent": "p[onclick]"},
        {"extraAllowedContent": "*[id]"},
    ],
)
def test_check_refuses_an_editor_that_admits_scripts(monkeypatch, option):
    assert checks.editor_admits_no_scripts(None) == []
    monkeypatch.setattr(checks, "EDITOR", {**checks.EDITOR, **option})
    assert [error.id for error in checks.editor_admits_no_scripts(None)] == ["forum_site.E001"]
