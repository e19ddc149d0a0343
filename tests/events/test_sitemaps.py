"""The sitemap, read by lxml with its namespace, and robots.txt."""

import datetime
import html
import re

import pytest
from django.utils import timezone
from lxml import etree

from events.models import Event
from events.website import sitemaps
from tests.events.test_views import queries_of
from tests.factories import make_event, make_organization, make_participation

NAMESPACES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
SITE = "http://127.0.0.1:8000"


def lines_of(client, path):
    """Return the addresses in a sitemap, each with the day of its last change."""
    response = client.get(path)
    assert (response.status_code, response["Content-Type"]) == (200, "application/xml; charset=utf-8")
    root = etree.fromstring(response.content)
    assert etree.QName(root).localname in ("urlset", "sitemapindex")
    lines = {}
    for line in root:
        (address,) = line.xpath("s:loc/text()", namespaces=NAMESPACES)
        moments = line.xpath("s:lastmod/text()", namespaces=NAMESPACES)
        lines[address.removeprefix(SITE)] = datetime.datetime.fromisoformat(moments[0]) if moments else None
    return lines


def events_in(client):
    found = {}
    for path in lines_of(client, "/sitemap.xml"):
        if "events" in path:
            found |= lines_of(client, path)
    return found


def test_sitemap_has_every_page(client, event):
    make_organization(slug="house-of-roads")
    found = [path for part in lines_of(client, "/sitemap.xml") for path in lines_of(client, part)]
    assert found == [
        "/",
        "/events/",
        "/agreements/",
        "/organizations/",
        "/organizations/network/",
        "/how-we-count/",
        "/events/2023/",
        "/organizations/house-of-roads/",
        "/events/land-sea-forum/",
    ]
    for path in found:
        assert client.get(path).status_code == 200


def test_lines_tell_the_last_change_that_the_public_could_see(client, event):
    moment = timezone.now().replace(microsecond=0)
    Event.objects.update(updated_at=moment - datetime.timedelta(days=3), created_at=moment - datetime.timedelta(days=9))
    assert list(events_in(client).values()) == [moment - datetime.timedelta(days=3)]
    Event.objects.update(publish_at=moment - datetime.timedelta(days=1))
    assert list(events_in(client).values()) == [moment - datetime.timedelta(days=1)]
    assert [line for line in lines_of(client, "/sitemap.xml").values() if line] == [moment - datetime.timedelta(days=1)]


def test_events_are_spread_over_files(client, db, monkeypatch):
    monkeypatch.setattr(sitemaps, "STRETCH", 2)
    events = [make_event() for _ in range(5)]
    make_event(publication_status="draft")
    paths = [path for path in lines_of(client, "/sitemap.xml") if "events" in path]
    assert paths == [f"/sitemap-events-{number}.xml" for number in sorted({event.pk // 2 for event in events})]
    assert list(events_in(client)) == [event.get_absolute_url() for event in events]
    for path in paths:
        assert 1 <= len(lines_of(client, path)) <= 2


@pytest.mark.parametrize("number", ["5", "999999999999999999999999", "-1", "x"])
@pytest.mark.parametrize("part", ["events", "organizations"])
def test_file_with_nothing_in_it_is_missing(client, event, part, number):
    assert client.get(f"/sitemap-{part}-{number}.xml").status_code == 404


def test_file_of_hidden_events_is_missing(client, draft):
    assert client.get(f"/sitemap-events-{draft.pk // sitemaps.STRETCH}.xml").status_code == 404


def test_sitemap_costs_the_same_however_many_rows(client, db):
    found = []
    for _ in range(2):
        event = make_event()
        make_organization()
        part = f"/sitemap-events-{event.pk // sitemaps.STRETCH}.xml"
        found.append([queries_of(client, path) for path in ("/sitemap.xml", "/sitemap-pages.xml", part)])
    assert found[0] == found[1]
    assert sum(found[0]) <= 8


def robots_may(rules, path):
    """Tell by RFC 9309, 2.2.2: the longest rule that fits decides, `*` stands for anything."""
    fitting = [
        (len(pattern), verb == "Allow")
        for verb, pattern in rules
        if re.match(".*".join(re.escape(part) for part in pattern.split("*")), path)
    ]
    return max(fitting, default=(0, True))[1]


def test_robots_are_told_where_not_to_go(client, event):
    response = client.get("/robots.txt")
    assert response["Content-Type"].startswith("text/plain")
    text = response.content.decode()
    assert f"Sitemap: {SITE}/sitemap.xml" in text.splitlines()
    assert "{" not in text
    rules = re.findall(r"^(Allow|Disallow): (\S+)$", text, re.MULTILINE)
    for path in ("/", "/events/", "/events/?page=2", "/organizations/x/?page=3", "/events/feed/", "/sitemap.xml"):
        assert robots_may(rules, path), path
    for path in ("/events/calendar.ics?organization=x&kind=forum", "/events/feed/?kind=forum"):
        assert robots_may(rules, path), path
    for path in (
        "/events/calendar/2027/5/?kind=forum",
        "/admin/",
        "/search/?q=x",
        "/events/?kind=forum",
        "/events/?kind=forum&page=2",
        "/events/?page=2&year=1",
    ):
        assert not robots_may(rules, path), path


def test_robots_may_ask_for_every_file_that_pages_offer_to_programs(client, event):
    organization = make_organization(name="House of Ports", slug="house-of-ports")
    make_participation(event, organization, role="host")
    rules = re.findall(r"^(Allow|Disallow): (\S+)$", client.get("/robots.txt").content.decode(), re.MULTILINE)
    offered = set()
    for path in ("/", "/events/", event.get_absolute_url(), organization.get_absolute_url(), "/agreements/"):
        page = html.unescape(client.get(path).content.decode())
        offered |= set(re.findall(r'"(?:webcal|https?)://127\.0\.0\.1:8000(/[^"]*)"', page))
        offered |= set(re.findall(r'href="(/[^"]*(?:\.ics|\.bib|\.ris|feed/)[^"]*)"', page))
    calendars = {path for path in offered if ".ics" in path}
    assert "/events/calendar.ics?organization=house-of-ports" in calendars
    assert "/events/feed/" in offered
    assert [path for path in offered if not robots_may(rules, path)] == []
