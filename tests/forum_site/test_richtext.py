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
from forum_site.core.fields.rich_text import (
    MAX_DEPTH,
    MAX_LENGTH,
    TAGS,
    RichTextFormField,
    clean_rich_text,
    removed_from,
)
from forum_site.ops.checks import editor
from tests.factories import make_event
from tests.forms import fields_of

pytestmark = pytest.mark.one_database

HOSTILE = (
    '<p onclick="steal()">Kept<script>steal()</script><a href="javascript:steal()">link</a>'
    '<a href=" java\nscript:steal()">link</a><img src="https://foreign.example/pixel.png" alt="a>b">'
    '<img src="/media/../admin/logout/"><img src="//foreign.example/x.png"><iframe src="/"></iframe>'
    '<svg onload="steal()"></svg><a href="//foreign.example/">x</a><a href="data:text/html,x">y</a></p>'
)
DAY = date(2023, 5, 17)
# A link to another site may stay; nothing is loaded from there.
TRACES = (
    "script",
    "steal",
    'src="http',
    'src="//',
    'href="//',
    "<img",
    "<iframe",
    "<svg",
    "onclick",
    "onload",
    "data:",
    "logout",
)


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


PAIR = '<p>Said<a href="#n1" name="r1">1</a></p><p><a href="#r1" name="n1">1</a> By whom</p>'


def ids_and_links(html):
    return re.findall(r' id="([^"]+)"', html), re.findall(r'href="#([^"]+)"', html)


@pytest.mark.parametrize(
    "html",
    [
        PAIR,
        PAIR.replace("name=", "id="),
        '<p><a href="#c">3</a></p><h3><a name="c"></a>Three</h3><p><a href="#d">4</a></p><h1 id="d">Four</h1>',
        '<p><a href="#%D0%B3%D0%BB%D0%B0%D0%B2%D0%B0">a</a> <a href="#b c">b</a></p>'
        '<h2 id="глава">A</h2><p id="b c">B</p>',
        '<ul><li><a href="#x">x</a></li><li id="y"><a href="#y">y</a></li></ul><div id="x"><p>X</p></div>',
    ],
)
def test_links_within_a_text_reach_their_targets(html):
    clean = clean_rich_text(html)
    ids, links = ids_and_links(clean)
    assert len(ids) == len(set(ids)) == 2
    assert sorted(ids) == sorted(links)
    assert removed_from(html) == []
    assert (clean_rich_text(clean), removed_from(clean)) == (clean, [])


def test_two_texts_of_a_page_have_no_target_in_common():
    first, second = (ids_and_links(clean_rich_text(PAIR.replace("whom", who)))[0] for who in "ab")
    assert not set(first) & set(second)


def test_ids_are_kept_for_links_alone_and_are_ours():
    assert clean_rich_text('<p id="content">a</p><h2 id="text-12">b</h2>') == "<p>a</p><h2>b</h2>"
    clean = clean_rich_text('<p id="csrfmiddlewaretoken"><a href="#csrfmiddlewaretoken">a</a></p>')
    assert "csrf" not in clean


def test_link_to_nothing_is_told_and_its_text_kept():
    html = '<p><a href="#_ftn9">[9]</a> <a href="page.html">page</a> <a href="file:///C:/a.doc">file</a></p>'
    assert clean_rich_text(html) == "<p>[9] page file</p>"
    told = removed_from(html)
    assert len(told) == 3
    assert [name in sentence for name, sentence in zip(("#_ftn9", "page.html", "file:///C:/a.doc"), told, strict=True)]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("www.forum.kz/a?b=1", "https://www.forum.kz/a?b=1"),
        ("//forum.kz/a", "https://forum.kz/a"),
        (" https://forum.kz/a b.pdf ", "https://forum.kz/a%20b.pdf"),
        ("mailto:a@forum.kz", "mailto:a@forum.kz"),
        ("/events/", "/events/"),
    ],
)
def test_address_as_people_write_it_is_kept(written, kept):
    html = f'<p><a href="{written}">a</a></p>'
    assert clean_rich_text(html) == f'<p><a href="{kept}" rel="noopener">a</a></p>'
    assert removed_from(html) == []


@pytest.mark.parametrize("address", ["java\nscript:steal()", "vbscript:steal()", "data:text/html,steal", "\\\\host\\a"])
def test_link_that_could_run_is_text(address):
    assert clean_rich_text(f'<p><a href="{address}">a</a></p>') == "<p>a</p>"


@pytest.mark.parametrize(
    ("html", "address"),
    [
        ('<iframe src="//www.youtube-nocookie.com/embed/Ab-d_fGhijk?rel=0&amp;start=90"></iframe>', "https://www.youtube.com/watch?v=Ab-d_fGhijk&amp;t=90s"),
        ('<iframe src="https://www.youtube.com/embed/videoseries?list=PL12"></iframe>', "https://www.youtube.com/playlist?list=PL12"),
        ('<iframe src="https://player.vimeo.com/video/76979871?h=8272103f6e"><p>No frames</p></iframe>', "https://vimeo.com/76979871/8272103f6e"),
        ('<iframe src="https://rutube.ru/play/embed/a1b2c3/"></iframe>', "https://rutube.ru/video/a1b2c3/"),
        ('<iframe src="https://vk.com/video_ext.php?oid=-22&amp;id=456&amp;hd=2"></iframe>', "https://vk.com/video-22_456"),
        ('<iframe src="https://maps.example/embed?a=1"><!-- </iframe>', "https://maps.example/embed?a=1"),
        ('<video controls><source src="https://film.example/a.mp4">Old browser</video>', "https://film.example/a.mp4"),
        ('<audio src="https://film.example/a.mp3"></audio>', "https://film.example/a.mp3"),
        ('<object data="https://film.example/a.swf"><embed src="https://film.example/b.swf"></object>', "https://film.example/a.swf"),
        ('<embed src="https://film.example/b.swf">', "https://film.example/b.swf"),
    ],
)  # fmt: skip
def test_film_becomes_a_link_and_is_told(html, address):
    link = f'<a href="{address}" rel="noopener">{address}</a>'
    whole = f"<p>a</p>{html}<p>b</p>"
    assert clean_rich_text(whole) == f"<p>a</p><p>{link}</p><p>b</p>"
    assert clean_rich_text(f"<p>a{html}b</p>").replace("</p><p>", "") == f"<p>a{link}b</p>"
    assert [sentence.partition(":")[0] for sentence in removed_from(whole)] == ["the video is now a link"]
    assert removed_from(clean_rich_text(whole)) == []


@pytest.mark.parametrize(
    "html",
    [
        "<iframe></iframe>",
        '<iframe src="javascript:steal()"></iframe>',
        "<video></video>",
        '<embed src="https://[a/b">',
    ],
)
def test_film_without_an_address_is_told(html):
    assert clean_rich_text(f"<p>a</p>{html}<p>b</p>") == "<p>a</p><p>b</p>"
    assert len(removed_from(html)) == 1


def test_picture_of_another_site_becomes_a_link():
    html = '<p><img src="https://other.example/a.jpg" alt="A hall &lt;1&gt;"> <img src="//other.example/b.jpg"></p>'
    assert clean_rich_text(html) == (
        '<p><a href="https://other.example/a.jpg" rel="noopener">A hall &lt;1&gt;</a> '
        '<a href="https://other.example/b.jpg" rel="noopener">https://other.example/b.jpg</a></p>'
    )
    assert len(removed_from(html)) == 2
    linked = '<p><a href="https://other.example/"><img src="https://other.example/a.jpg" alt="A hall"></a></p>'
    assert clean_rich_text(linked) == '<p><a href="https://other.example/" rel="noopener">A hall</a></p>'
    embedded = '<p>a<img src="data:image/png;base64,AAAA" alt="A hall"></p>'
    assert clean_rich_text(embedded) == "<p>a</p>"
    assert "“A hall”" in removed_from(embedded)[0]


@pytest.mark.parametrize(
    ("html", "clean"),
    [
        ("<h1>a</h1><h5>b</h5><h6>c</h6>", "<h2>a</h2><h4>b</h4><h4>c</h4>"),
        ("<p><del>a</del><strike>b</strike><s>c</s></p>", "<p><s>a</s><s>b</s><s>c</s></p>"),
        ('<p><span style="color:red;text-decoration: underline line-through">a</span>b</p>', "<p><s>a</s>b</p>"),
        ('<p><span style="text-decoration-line:line-through">a<span>b</span></span></p>', "<p><s>ab</s></p>"),
        ('<p><span style="text-decoration:none">a</span></p>', "<p>a</p>"),
    ],
)
def test_structure_that_is_not_offered_becomes_one_that_is(html, clean):
    assert clean_rich_text(html) == clean
    assert removed_from(html) == []


def test_what_is_removed_is_told_on_the_form(desk, event):
    """In the text of the event, and in one of its rows."""
    page = desk.get(f"/admin/events/event/{event.pk}/change/")
    form = fields_of(page)
    form |= {"body": '<p><a href="agenda.docx">Agenda</a></p>' + '<img src="https://other.example/a.jpg">' * 4}
    form |= {"visits-TOTAL_FORMS": 1, "visits-0-place": "The port", "visits-0-description": "<iframe></iframe>"}
    answer = desk.post(f"/admin/events/event/{event.pk}/change/", form, follow=True)
    told = [str(message) for message in answer.context["messages"]]
    assert "“agenda.docx” was removed, its text is kept" in told[0]
    assert "https://other.example/a.jpg" in told[0]
    assert any("The port" in line and "a video without a URL was removed" in line for line in told)
    stored = fields_of(desk.get(f"/admin/events/event/{event.pk}/change/"))
    again = desk.post(f"/admin/events/event/{event.pk}/change/", stored, follow=True)
    assert not [line for line in map(str, again.context["messages"]) if "removed" in line or "a link" in line]


def test_report_lists_a_few_changes():
    field = RichTextFormField()
    field.clean("".join(f'<p><a href="page{number}.html">a</a></p>' for number in range(9)))
    assert field.report().endswith("; and 6 changes more")
    assert field.report().count("was removed") == 3


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
    form |= {"attendance": "in_person", "status": "scheduled", "publication_status": "published", "imported_shows": 0}
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
    event.created_at = event.updated_at = event.utc_start = event.utc_end = timezone.now()
    parts = [
        Panel(pk=1, event=event, title="Loaded", description=HOSTILE),
        Visit(pk=1, event=event, place="Loaded", description=HOSTILE),
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
    Event.objects.filter(pk=event.pk).update(publication_status="published")
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
    assert editor.editor_admits_no_scripts(None) == []
    monkeypatch.setattr(editor, "EDITOR", {**editor.EDITOR, **option})
    assert [error.id for error in editor.editor_admits_no_scripts(None)] == ["forum_site.E001"]
