"""Addresses as people type them lead to the page that they were meant for, once, and count no show."""

from urllib.parse import unquote

import pytest

from events.models import Event, ShowTotal
from tests.factories import make_event, make_organization

pytestmark = pytest.mark.one_database


@pytest.fixture
def pages(db):
    event = make_event(title="Silk Forum", slug="silk-forum-2027", starts_on="2027-05-17")
    make_event(title="Hidden", slug="hidden-one", publication_status=Event.PublicationStatus.DRAFT)
    organization = make_organization(name="House of Roads", slug="house-of-roads")
    event.slug = "silk-road-forum-2027"
    event.save()
    return {"event": event, "organization": organization}


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("/events/Silk-Road-Forum-2027/", "/events/silk-road-forum-2027/"),
        ("/EVENTS/SILK-ROAD-FORUM-2027", "/events/silk-road-forum-2027/"),
        ("/Events", "/events/"),
        ("/events/silk%20road_forum-2027/", "/events/silk-road-forum-2027/"),
        ("/events/silk-road-forum-2027).", "/events/silk-road-forum-2027/"),
        ("/events/silk-road%C2%AD-forum-2027/%E2%80%8B", "/events/silk-road-forum-2027/"),
        ("/events/Silk-Forum-2027/", "/events/silk-forum-2027/"),  # Given up: it leads on.
        ("/events/calendar/2027/05/", "/events/calendar/2027/5/"),
        ("/Events/Calendar/2027/5", "/events/calendar/2027/5/"),
        ("/Organizations/House-Of-Roads/", "/organizations/house-of-roads/"),
        ("/ORGANIZATIONS/network", "/organizations/network/"),
        ("/Search", "/search/"),
        ("/How-We-Count", "/how-we-count/"),
        ("/events/Silk-Road-Forum-2027.ICS", "/events/silk-road-forum-2027.ics"),
        ("/Events/Feed/", "/events/feed/"),
    ],
)
def test_address_as_it_is_typed_leads_to_the_page(pages, client, typed, canonical):
    for method in (client.get, client.head):
        response = method(typed)
        assert (response.status_code, response["Location"]) == (301, canonical)
    assert not ShowTotal.objects.exists()
    assert client.get(canonical).status_code in (200, 301)


def test_short_address_in_capitals_leads_on(pages, client):
    key = pages["event"].pk
    assert client.get(f"/E/0{key}")["Location"] == f"/e/{key}/"


def test_query_is_kept_as_it_is(pages, client):
    assert client.get("/Events/?kind=forum&page=1")["Location"] == "/events/?kind=forum&page=1"
    assert client.get("/SEARCH/?q=%D1%84%20a+b")["Location"] == "/search/?q=%D1%84%20a+b"


@pytest.mark.parametrize(
    "typed",
    [
        "/events/No-Such-Forum/",
        "/Events/?kind=no-such-kind",
        "/events/Hidden-One/",
        "/events/calendar/2027/13/",
        "/events/calendar/2027/00/",
        "//EXAMPLE.com/",
        "//Example.com/events/",
        "/\\EXAMPLE.com/",
        "/Admin/",
        "/MEDIA/a.png",
        "/Preview/abc:def/",
        "/Account/Login/",
        "/events/" + "A" * 400 + "/",
        "/././",
        "/%00",
    ],
)
def test_what_is_nowhere_stays_not_found(pages, client, typed):
    path, _mark, query = typed.partition("?")
    response = client.generic("GET", "/", PATH_INFO=unquote(path), QUERY_STRING=query)
    assert response.status_code == 404


def test_hidden_and_missing_pages_are_told_apart_by_nothing(pages, client):
    hidden, missing = client.get("/events/Hidden-One/"), client.get("/events/Absent-One/")
    assert hidden.content.replace(b"Hidden-One", b"") == missing.content.replace(b"Absent-One", b"")


def test_only_reading_is_redirected(pages, client):
    for method in (client.post, client.put, client.delete):
        assert method("/Events/").status_code == 404


def test_page_is_counted_where_the_redirect_leads(pages, client):
    client.get("/events/SILK-ROAD-FORUM-2027/", follow=True)
    assert ShowTotal.objects.get().shows == 1
