"""The search page: what is found for what is typed, in which order, on every database; and that nothing hidden is."""

import datetime
import re
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events.models import Event
from forum_site.search import query
from forum_site.search.declaration import registry, searched_with
from forum_site.search.results import search
from tests.cost import cost
from tests.factories import (
    make_agreement,
    make_event,
    make_organization,
    make_panel,
    make_participation,
    make_visit,
)

SECRET = "Zanzibar"


@pytest.fixture
def archive(db):
    """A little of everything, in four languages."""
    alliance = make_organization(name="Think Tank Alliance", short_name="TTA", country="KZ", city="Astana")
    harbour = make_organization(name="Harbour Works", about="<p>They build cranes.</p>")
    forum = make_event(
        title="Land-Sea Forum in Chongqing",
        starts_on=datetime.date(2023, 5, 17),
        theme="A new future for corridors",
        summary="Think tanks met to discuss routes.",
        city="Chongqing",
        country="CN",
        body="<p>Guests from <b>Kazakh</b>stan came by the river.</p>",
    )
    make_participation(forum, alliance, role="host")
    make_panel(forum, title="Green ports", description="<p>On shore power and on bridges</p>")
    make_visit(forum, place="Logistics exhibition", organization=harbour, description="<p>Containers</p>")
    make_agreement(forum, [alliance], title="Memorandum on data", other_parties="Ferrymen of the delta\nBoatwrights")
    make_event(title="Seminar on ports", starts_on=datetime.date(2021, 3, 1), body="<p>Ports, and a forum on roads</p>")
    make_event(title="Ports and roads", starts_on=datetime.date(2022, 3, 1))
    make_event(title="Международная конференция в Алматы", city="Алматы", starts_on=datetime.date(2022, 6, 1))
    make_event(title="Көрме: ұлттық кітапхана", starts_on=datetime.date(2022, 7, 1), language="kk")
    make_event(title="国际陆海贸易新通道论坛", starts_on=datetime.date(2022, 8, 1), language="zh-hans")
    make_event(title="Привет, Ёлка", starts_on=datetime.date(2022, 9, 1))


# What is typed, and the first titles that are found: the same on every database.
TWENTY = [
    ("think tank", ["Think Tank Alliance", "Land-Sea Forum in Chongqing", "Memorandum on data"]),
    ("think tanks", ["Think Tank Alliance", "Land-Sea Forum in Chongqing", "Memorandum on data"]),
    ("конференции", ["Международная конференция в Алматы"]),
    ("международные конференции", ["Международная конференция в Алматы"]),
    ("көрмелер", ["Көрме: ұлттық кітапхана"]),
    ("кормелери улттык", ["Көрме: ұлттық кітапхана"]),
    ("陆海", ["国际陆海贸易新通道论坛"]),
    ("易", ["国际陆海贸易新通道论坛"]),
    ("Chonqing", ["Land-Sea Forum in Chongqing"]),
    ("Chongqing", ["Land-Sea Forum in Chongqing"]),
    ("ghbdtn", ["Привет, Ёлка"]),
    ("щк зщкеы", []),
    ("зщкеы", ["Green ports", "Ports and roads", "Seminar on ports"]),
    ("port", ["Green ports", "Ports and roads", "Seminar on ports"]),
    ("roads ports", ["Ports and roads", "Seminar on ports"]),
    ("ferryman delta", ["Memorandum on data"]),
    ("ferrymen delta", ["Memorandum on data"]),
    ("TTA", ["Think Tank Alliance", "Land-Sea Forum in Chongqing", "Memorandum on data"]),
    ("Kazakhstan", ["Think Tank Alliance", "Land-Sea Forum in Chongqing"]),
    ("елки", ["Привет, Ёлка"]),
    ("the forum", ["Land-Sea Forum in Chongqing", "Seminar on ports"]),
    ("harbour", ["Harbour Works", "Logistics exhibition"]),
    ("shore power", ["Green ports"]),
]


def titles(found):
    rows = [
        (search_index, search_index.model.objects.get(pk=key))
        for search_index, key in map(searched_with, found.entries)
    ]
    return [getattr(row, search_index.title) for search_index, row in rows]


@pytest.mark.parametrize(("typed", "first"), TWENTY, ids=[typed for typed, _first in TWENTY])
def test_search_finds_the_same_first(archive, typed, first):
    assert titles(search(typed))[:3] == first


def page(client, typed, **more):
    response = client.get("/search/", {"q": typed, **more})
    assert response.status_code == 200
    return response.content.decode()


def main(html):
    return re.search(r"<main.*</main>", html, re.DOTALL).group()


def results(html):
    """Return the results as a reader sees them: label, title with what is marked, and where it leads."""
    return [
        (
            re.search(r'__label">(.*?)</p>', each)[1],
            re.sub(r"</?mark>", "*", re.search(r'__link"[^>]*>(.*?)</a>', each)[1]),
            re.search(r'href="([^"]+)"', each)[1],
        )
        for each in re.findall(r"<article.*?</article>", html, re.DOTALL)
    ]


def test_page_labels_marks_and_leads(client, archive):
    event = Event.objects.get(city="Chongqing")
    panel, visit, agreement = event.panels.get(), event.visits.get(), event.agreements.get()
    here = event.get_absolute_url()
    assert results(page(client, "ports")) == [
        ("Panel", "Green *ports*", f"{here}#panel-{panel.pk}"),
        ("Event", "*Ports* and roads", "/events/ports-and-roads/"),
        ("Event", "Seminar on *ports*", "/events/seminar-on-ports/"),
    ]
    assert results(page(client, "boatwright")) == [
        ("Agreement", "Memorandum on data", f"{here}#agreement-{agreement.pk}")
    ]
    assert results(page(client, "containers")) == [("Visit", "Logistics exhibition", f"{here}#visit-{visit.pk}")]
    assert results(page(client, "crane")) == [("Organization", "Harbour Works", "/organizations/harbour-works/")]
    assert "They build <mark>cranes</mark>." in page(client, "crane")
    assert "Guests from <mark>Kazakhstan</mark> came" in page(client, "Kazakhstan")
    assert 'lang="zh-hans"' in page(client, "陆海")
    anchors = client.get(here).content.decode()
    assert all(
        f'id="{part}"' in anchors for part in (f"panel-{panel.pk}", f"visit-{visit.pk}", f"agreement-{agreement.pk}")
    )


@pytest.mark.parametrize(
    ("typed", "shown"), [("Chonqing", "Chongqing"), ("ghbdtn", "привет"), ("land-sea fourm", "land-sea Forum")]
)
def test_page_says_what_it_is_shown_for(client, archive, typed, shown):
    html = page(client, typed)
    assert f"No results for “{typed}”." in html
    assert f"Shown for “{shown}”." in html
    assert f'value="{typed}"' in html
    assert "Shown for" not in page(client, "Chongqing")


def test_page_without_words_is_the_form_alone(client, archive):
    for html in (page(client, ""), page(client, " \n "), client.get("/search/").content.decode()):
        assert results(html) == []
        assert 'name="robots" content="noindex"' in html
        assert "Nothing was found" not in html
        assert 'id="search-q" type="search" name="q" value=""' in html
    assert "No results for “;;;”" in page(client, ";;;")


def test_what_was_typed_is_text(client, archive):
    html = page(client, '"><script>alert(1)</script> ports & roads')
    assert "<script>" not in html
    make_event(title="<script>alert(2)</script> & more")
    assert results(page(client, "alert"))[0][1] == "&lt;script&gt;*alert*(2)&lt;/script&gt; &amp; more"


def test_every_page_has_the_form(client, event):
    for path in ("/", "/events/", event.get_absolute_url(), "/nowhere/"):
        form = re.search(
            r'<form class="site-header__search".*?</form>', client.get(path).content.decode(), re.DOTALL
        ).group()
        assert 'action="/search/"' in form
        assert '<label class="visually-hidden" for="site-search">' in form


@pytest.mark.parametrize(
    "hidden",
    [
        {"publication_status": "draft"},
        {"publication_status": "trashed"},
        {"publish_at": timezone.now() + datetime.timedelta(days=1)},
        {"unpublish_at": timezone.now() - datetime.timedelta(seconds=1)},
    ],
    ids=["draft", "in the bin", "not yet", "no more"],
)
def test_nothing_hidden_is_found(client, archive, hidden):
    secret = make_event(
        title=f"{SECRET} one",
        theme=f"{SECRET} two",
        summary=f"{SECRET} three",
        body=f"<p>{SECRET} four</p>",
        city=SECRET,
    )
    make_panel(secret, title=f"{SECRET} panel", description=f"<p>{SECRET}</p>")
    make_visit(secret, place=f"{SECRET} house", description=f"<p>{SECRET}</p>")
    make_agreement(secret, title=f"{SECRET} pact", other_parties=SECRET)
    assert len(results(page(client, SECRET))) == 4
    Event.objects.filter(pk=secret.pk).update(**hidden)
    # As typed, on the wrong keyboard, misspelt, among what is public: nothing, and no word of it.
    for typed in (SECRET, "Pfypb,fh", "Zanzbar", "Яфтяшифк", f"{SECRET} ports", "Zanzbar ports"):
        html = page(client, typed)
        assert results(html) == [], typed
        assert "Shown for" not in html
        assert SECRET not in main(html).replace(typed, "")
    # A word beside it is mended no otherwise than if it were not there.
    make_event(title="Zanzibars are public")
    assert [title for _label, title, _href in results(page(client, "Zanzibarz"))] == ["*Zanzibars* are public"]


def test_hidden_word_does_not_stand_in_the_way_of_a_public_one(client, archive):
    make_event(title="Chonqing", publication_status="draft")
    assert results(page(client, "Chonqing"))[0][1] == "Land-Sea Forum in *Chongqing*"


def test_title_is_above_the_rest_and_then_the_later_day(db):
    late = make_event(title="Late", body="<p>harvest</p>", starts_on=datetime.date(2030, 1, 1))
    named = make_event(title="Named", theme="Harvest", starts_on=datetime.date(2001, 1, 1))
    old = make_event(title="Harvest of old", starts_on=datetime.date(1990, 1, 1))
    new = make_event(title="The harvest", starts_on=datetime.date(1991, 1, 1))
    panel = make_panel(new, title="Harvest")
    assert search("harvest").entries == [
        *(Event.search_index.entry(row.pk) for row in (new,)),
        panel.search_index.entry(panel.pk),
        *(Event.search_index.entry(row.pk) for row in (old, named, late)),
    ]


@pytest.mark.parametrize("ways", [{}, {"FIRST_READ": 2}], ids=["few", "many"])
def test_words_in_many_rows_are_found_together(db, monkeypatch, ways):
    for name, value in ways.items():
        monkeypatch.setattr(query, name, value)
    for number in range(6):
        make_event(title=f"Every day {number}", starts_on=datetime.date(2000 + number, 1, 1))
    rare = make_event(title="Every blue day", starts_on=datetime.date(1990, 1, 1))
    assert titles(search("every blue day")) == ["Every blue day"]
    assert search("blue day").entries == [Event.search_index.entry(rare.pk)]
    assert titles(search("day every"))[:2] == ["Every day 5", "Every day 4"]


def test_results_come_by_page(client, db, monkeypatch):
    for number in range(25):
        make_event(title=f"Meeting {number}", starts_on=datetime.date(2000, 1, 1 + number))
    first, second = page(client, "meeting"), page(client, "meeting", page=2)
    assert "25 results" in first
    assert [title for _label, title, _href in results(first)][:2] == ["*Meeting* 24", "*Meeting* 23"]
    assert len(results(first)) == 20
    assert [title for _label, title, _href in results(second)] == [f"*Meeting* {number}" for number in (4, 3, 2, 1, 0)]
    assert 'href="?q=meeting&amp;page=2"' in first
    monkeypatch.setattr(query, "MAX_FOUND", 21)
    assert len(results(page(client, "meeting", page=2))) == 1


@pytest.mark.parametrize("number", ["0", "3", "-1", "x", "1.5", "９", "99999999999999999999", ""])
def test_page_out_of_range_is_none(client, db, number):
    for event in range(25):
        make_event(title=f"Meeting {event}")
    assert client.get("/search/", {"q": "meeting", "page": number}).status_code == 404


STRANGE = {
    "long": "a" * 60_000,
    "long words": "forum " * 10_000,
    "long Chinese": "陆海" * 30_000,
    "nul": "\x00forum\x00",
    "stops": ".,;:!?" * 1000,
    "commas": "," * 200,
    "like": "%_%",
    "marks": "\u0301" * 5000,
    "emoji": "🎉" * 300,
    "right to left": "\u202eforum مرحبا",
    "many unknown": " ".join(f"unknowm{letter}" for letter in "abcdefghijklmnopqrst"),
    "hyphens": "-".join("abcdefghijklmnopqrstuvwxyz" * 4),
    "Cyrillic": " ".join(f"слово{letter}" for letter in "абвгдежзиклмно"),
    "long number": "9" * 200,
    "quotes": "'\"'\"",
}


@pytest.mark.parametrize("typed", STRANGE.values(), ids=STRANGE)
def test_anything_typed_costs_little(client, archive, typed):
    client.get("/search/", {"q": "warm"})
    loops, response = cost(lambda: client.get("/search/", {"q": typed}))
    assert loops < 150
    assert response.status_code == 200
    assert typed[:100].replace("\x00", "").strip() in response.context["q"] + " " * 100


@pytest.mark.parametrize("raw", ["%ED%A0%80", "%FF%FE", "%00", "%F0%9F%98", "%"])
def test_bytes_that_are_no_text_are_answered(client, archive, raw):
    assert client.get(f"/search/?q=ports{raw}").status_code == 200


def queries(client, typed):
    with CaptureQueriesContext(connection) as captured:
        page(client, typed)
    return len(captured)


@pytest.mark.parametrize("typed", ["meeting", "meating", "meeting nowhere", "ьууештп"])
def test_search_costs_the_same_however_many_rows(client, db, typed):
    house = make_organization(name="Meeting house")
    found = []
    for rows in (1, 2, 27):
        for _ in range(rows):
            event = make_event(title="Meeting")
            make_participation(event, house)
            make_panel(event, title="Meeting")
            make_visit(event, place="Meeting", organization=house)
            make_agreement(event, [house], title="Meeting")
        found.append(queries(client, typed))
    assert found[0] == found[1]
    assert found[2] <= found[1]  # Where all results of the page are of one kind, the others are not loaded.
    assert found[0] <= 24


def test_search_is_the_same_for_everybody(client, admin_client, archive):
    assert page(client, "ports") == page(admin_client, "ports")
    response = client.get("/search/", {"q": "ports"})
    assert not response.cookies
    assert "csrf" not in response.content.decode()


def test_public_rows_are_asked_of_each_searched_model():
    for search_index in registry.values():
        assert "published" in dir(search_index.model.objects)
        assert quote(search_index.line) == search_index.line


@pytest.mark.parametrize("unseen", ["\u00ad", "\u200b", "\u2060", "\ufeff", "&shy;"])
@pytest.mark.django_db
def test_word_is_found_whatever_nobody_sees_in_it(client, unseen):
    make_event(title="Water", slug="looked-for", body=f"<p>Trans{unseen}boundary <em>rivers</em> of l’Ar{unseen}al</p>")
    for typed in ("transboundary", "trans\u00adboundary", "aral"):
        page = client.get("/search/", {"q": typed}).content.decode()
        assert "/events/looked-for/" in page, typed
        assert "<mark>" in page
