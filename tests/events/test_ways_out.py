"""What holds for every way out: nothing hidden, no show, no cookie, the same for everybody, kept until it changes."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events.models import Event, ShowTotal
from events.website.exports.share_image import picture_address
from tests.factories import make_agreement, make_event, make_organization, make_panel, make_participation, make_visit

pytestmark = pytest.mark.one_database

OF_THE_SITE = [
    "/events/feed/",
    "/events/calendar.ics",
    "/events/calendar.ics?kind=forum",
    "/events/calendar.ics?organization=host",
    "/sitemap.xml",
    "/sitemap-pages.xml",
    "/robots.txt",
]


def of_event(event):
    base = f"/events/{event.slug}"
    picture = picture_address(event).removeprefix("http://127.0.0.1:8000")
    return [f"{base}.ics", f"{base}/cite.bib", f"{base}/cite.ris", picture, f"/e/{event.pk}/"]


def sitemap_of(event):
    return f"/sitemap-events-{event.pk // 1000}.xml"


@pytest.fixture
def forum(db):
    event = make_event(title="Forum", slug="forum", starts_on=timezone.localdate())
    make_participation(event, make_organization(name="Host", slug="host"), role="host")
    return event


@pytest.mark.parametrize(
    "hidden",
    [
        {"publication_status": "draft"},
        {"publication_status": "trashed"},
        {"publish_at": timezone.now() + datetime.timedelta(days=1)},
        {"unpublish_at": timezone.now() - datetime.timedelta(days=1)},
    ],
    ids=["draft", "in the bin", "before its time", "after its time"],
)
def test_hidden_events_are_in_none_of_them(client, forum, hidden):
    host = forum.organizations.get()
    event = make_event(title="A secret plan", slug="a-secret-plan", starts_on=timezone.localdate(), **hidden)
    make_participation(event, host, role="host")
    make_panel(event, title="A secret panel")
    make_visit(event, organization=host, place="A secret place")
    make_agreement(event, parties=[host], title="A secret memo")
    for path in (*OF_THE_SITE, sitemap_of(forum), "/", "/events/", "/events/forum/"):
        response = client.get(path)
        assert response.status_code == 200
        assert b"ecret" not in response.content
    missing = client.get("/e/999999/").content
    for path in of_event(event):
        response = client.get(path)
        assert (response.status_code, response.content) == (404, missing)


def test_none_of_them_counts_a_show(client, forum):
    for path in (*OF_THE_SITE, *of_event(forum), sitemap_of(forum)):
        assert client.get(path).status_code in (200, 302)
    assert not ShowTotal.objects.exists()


def test_they_are_the_same_for_everybody(client, forum, admin_client):
    for path in (*OF_THE_SITE, *of_event(forum), sitemap_of(forum)):
        staff, anyone = admin_client.get(path), client.get(path)
        assert (staff.content, staff.status_code) == (anyone.content, anyone.status_code)
        for response in (staff, anyone):
            assert not response.cookies
            assert "Cookie" not in response.get("Vary", "")
            assert response["X-Content-Type-Options"] == "nosniff"


def test_addresses_in_them_do_not_depend_on_the_host_that_was_asked(client, forum, settings):
    settings.ALLOWED_HOSTS = ["*"]
    for path in (*OF_THE_SITE, *of_event(forum), sitemap_of(forum)):
        assert b"foreign.example" not in client.get(path, headers={"Host": "foreign.example"}).content


FILES = ["/events/feed/", "/events/calendar.ics", "/events/forum.ics", "/events/forum/cite.bib", "/sitemap.xml"]


@pytest.mark.parametrize("path", FILES)
def test_file_that_a_client_has_is_not_sent_again(client, forum, path):
    etag = client.get(path)["ETag"]
    with CaptureQueriesContext(connection) as queries:
        response = client.get(path, headers={"If-None-Match": etag})
    assert (response.status_code, response.content) == (304, b"")
    assert len(queries) == 1  # Whether the edition goes on.


@pytest.mark.parametrize("path", FILES[:-1])
def test_change_is_in_the_file_at_the_next_request(client, forum, path):
    client.get(path)
    for title in ("Assembly", "Congress"):
        Event.objects.update(title=title)
        assert title in client.get(path).content.decode()


@pytest.mark.parametrize("path", FILES)
def test_head_has_no_body(client, forum, path):
    response = client.head(path)
    assert (response.status_code, response.content) == (200, b"")
    assert response["Content-Type"] == client.get(path)["Content-Type"]


def test_short_address_leads_to_the_page_whatever_its_slug(client, forum):
    for slug in ("forum", "renamed"):
        forum.slug = slug
        forum.save()
        response = client.get(f"/e/{forum.pk}/")
        assert (response.status_code, response["Location"]) == (302, f"/events/{slug}/")


@pytest.mark.parametrize("path", ["/e/0/", "/e/99999999999999999999999/", "/e/-1/", "/e/x/", "/e/"])
def test_short_address_of_nothing_is_missing(client, forum, path):
    assert client.get(path).status_code == 404


def test_former_address_leads_to_the_same_way_out(client, forum):
    forum.slug = "renamed"
    forum.save()
    for path in ("/events/forum.ics", "/events/forum/cite.bib", "/events/forum/cite.ris"):
        response = client.get(path)
        assert (response.status_code, response["Location"]) == (301, path.replace("forum", "renamed"))
    forum.publication_status = "draft"
    forum.save()
    assert client.get("/events/forum.ics").status_code == 404


def test_page_leads_to_every_way_out(client, forum):
    page = client.get("/events/forum/").content.decode()
    for address in (
        'href="/events/forum.ics"',
        'href="webcal://127.0.0.1:8000/events/calendar.ics"',
        'href="/events/feed/"',
        'href="#cite-apa"',
        'id="cite-apa"',
        f'<link rel="shortlink" href="http://127.0.0.1:8000/e/{forum.pk}/">',
        f' href="/e/{forum.pk}/" rel="bookmark">http://127.0.0.1:8000/e/{forum.pk}/</a>',
    ):
        assert address in page, address
    Event.objects.update(starts_on="2023-05-17", ends_on="2023-05-17")
    assert "Add to your calendar" not in client.get("/events/forum/").content.decode()


@pytest.mark.parametrize("path", ["/", "/events/", "/events/forum/"])
def test_pages_name_the_feed(client, forum, path):
    link = '<link rel="alternate" type="application/atom+xml" href="/events/feed/" title="Forum Site">'
    assert link in client.get(path).content.decode()
