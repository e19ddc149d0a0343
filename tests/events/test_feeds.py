"""The Atom feed, read by feedparser, which minds every slip."""

import datetime
import html
import time

import feedparser
import pytest
from django.utils import timezone
from lxml import etree

from events.models import Event
from events.website.exports import feeds
from tests.events.test_views import queries_of
from tests.factories import make_event, make_full_event, make_organization, make_participation
from tests.hostile import HOSTILE

pytestmark = pytest.mark.one_database

ATOM = "{http://www.w3.org/2005/Atom}"


def feed_of(client):
    response = client.get("/events/feed/")
    assert (response.status_code, response["Content-Type"]) == (200, "application/atom+xml; charset=utf-8")
    feed = feedparser.parse(response.content)
    assert not feed.bozo, feed.bozo_exception
    assert feed.version == "atom10"
    return feed


def titles_of(client):
    return [entry.title for entry in feed_of(client).entries]


def test_feed_has_all_facts(client, event):
    Event.objects.update(summary="On roads.", city="Almaty", country="KZ")
    for role, name in [("host", "House of Roads"), ("host", "House of Seas"), ("organizer", "Office")]:
        make_participation(event, make_organization(name=name), role=role)
    feed = feed_of(client)
    assert feed.feed.title == "Forum Site"
    assert feed.feed.id == "http://127.0.0.1:8000/events/feed/"
    assert {link.rel: link.href for link in feed.feed.links} == {
        "alternate": "http://127.0.0.1:8000/",
        "self": "http://127.0.0.1:8000/events/feed/",
    }
    (entry,) = feed.entries
    assert entry.title == "Land-Sea Forum"
    assert entry.id == f"http://127.0.0.1:8000/e/{event.pk}/"
    assert entry.link == "http://127.0.0.1:8000/events/land-sea-forum/"
    assert entry.summary == "Forum · 17 May 2023 · Almaty, Kazakhstan – On roads."
    assert [author.name for author in entry.authors] == ["House of Roads", "House of Seas"]
    assert [tag.term for tag in entry.tags] == ["Forum"]
    event.refresh_from_db()
    assert time.strftime("%F %T", entry.updated_parsed) == f"{event.updated_at:%F %T}"
    assert time.strftime("%F %T", entry.published_parsed) == f"{event.created_at:%F %T}"


def test_event_by_nobody_is_by_the_site(client, event):
    assert [author.name for author in feed_of(client).entries[0].authors] == ["Forum Site"]


def test_entry_keeps_its_id(client, event):
    before = feed_of(client).entries[0].id
    event.title, event.slug = "Another title", "another-address"
    event.save()
    assert feed_of(client).entries[0].id == before


def test_what_came_before_the_public_last_stands_first(client, db, monkeypatch):
    monkeypatch.setattr(feeds, "ENTRIES", 3)
    moment = timezone.now()
    for title, entered, due in [
        ("Entered first, came due yesterday", 30, 1),
        ("Entered ten days ago", 10, None),
        ("Entered five days ago, dated back", 5, 400),
        ("Entered two days ago", 2, None),
        ("To come", 1, -1),
    ]:
        event = make_event(title=title)
        Event.objects.filter(pk=event.pk).update(
            created_at=moment - datetime.timedelta(days=entered),
            publish_at=due and moment - datetime.timedelta(days=due),
        )
    assert titles_of(client) == [
        "Entered first, came due yesterday",
        "Entered two days ago",
        "Entered five days ago, dated back",
    ]


def test_standing_is_told(client, event):
    Event.objects.update(status="cancelled")
    assert feed_of(client).entries[0].summary.startswith("Cancelled · ")


def test_feed_costs_the_same_however_many_rows(client, db):
    found = []
    for _ in range(3):
        make_full_event(2)
        found.append(queries_of(client, "/events/feed/"))
    assert found[0] == found[1] == found[2] <= 6


def test_empty_feed_is_one(client, db):
    assert titles_of(client) == []


@pytest.mark.parametrize("title", HOSTILE.values(), ids=HOSTILE)
def test_hostile_title_stays_inside(client, event, title):
    Event.objects.update(title=title[:300], summary=title[:300], city=title[:100])
    make_participation(event, make_organization(name=title[:300]), role="host")
    feed_of(client)
    root = etree.fromstring(client.get("/events/feed/").content)
    (entry,) = root.findall(f"{ATOM}entry")
    children = [child.tag.removeprefix(ATOM) for child in entry]
    assert sorted(children) == ["author", "category", "id", "link", "published", "summary", "title", "updated"]
    shown = entry.findtext(f"{ATOM}title")
    assert html.unescape(entry.findtext(f"{ATOM}summary")).endswith(f" – {shown}")
    assert "<" not in entry.findtext(f"{ATOM}summary")
    assert shown == entry.findtext(f"{ATOM}author/{ATOM}name")
    assert shown.replace(" ", "") == "".join(c for c in title[:300] if c.isprintable()).replace(" ", "")
