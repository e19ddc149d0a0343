"""Pages that are kept: rendered once a site version, the same for everybody, and never a stale one."""

import datetime
import gzip
import time

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from events.models import Event, Participation
from forum_site.pagecache import views as kept_pages
from forum_site.pagecache.views import CachedPage, PageCache
from organizations.models import Organization
from tests.factories import make_event, make_full_event, make_organization

OWN = ("Content-Length", "X-Request-ID")  # of each answer
ADDRESSES = [
    "/",
    "/events/",
    "/events/?page=1",
    "/events/2023/",
    "/events/?kind=forum",
    "/events/calendar/2023/5/",
    "/agreements/?party=signatory",
    "/events/forum/",
    "/organizations/",
    "/organizations/host/",
    "/organizations/network/",
    "/how-we-count/",
]


@pytest.fixture
def forum(db):
    event = make_full_event(1, title="Forum", slug="forum")
    event.agreements.get().parties.add(make_organization(name="Signatory", slug="signatory"))
    Participation.objects.create(
        event=event, organization=make_organization(name="Host", slug="host"), role="organizer"
    )
    return event


def text(client, address):
    return client.get(address).content.decode()


@pytest.mark.parametrize("address", ADDRESSES)
def test_page_is_rendered_once(client, forum, address):
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    statements = [query["sql"] for query in queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(statements) <= 2
    assert not any("organizations_organization" in sql or "events_panel" in sql for sql in statements)


@pytest.mark.parametrize("address", [address for address in ADDRESSES if address != "/how-we-count/"])
def test_change_shows_at_the_next_request(client, forum, address):
    for title in ("Forum", "Assembly", "Congress"):
        Event.objects.update(title=title)
        Organization.objects.filter(slug="host").update(name=f"House of {title}")
        assert title in text(client, address)


def test_parent_renamed_shows_on_the_event(client, forum):
    assert "Ministry of Ports" not in text(client, "/events/forum/")
    Organization.objects.filter(children__isnull=False).update(name="Ministry of Ports")
    assert "Ministry of Ports" in text(client, "/events/forum/")


def test_publication_comes_due_without_anybody_saving(client, db):
    make_event(title="Scheduled", slug="scheduled", publish_at=timezone.now() + datetime.timedelta(seconds=1.5))
    make_event(title="Leaving", slug="leaving", unpublish_at=timezone.now() + datetime.timedelta(seconds=1.5))
    for _ in range(2):
        assert client.get("/events/scheduled/").status_code == 404
        assert client.get("/events/leaving/").status_code == 200
        assert "Scheduled" not in text(client, "/events/")
        assert "Leaving" in text(client, "/events/")
    time.sleep(1.6)
    assert client.get("/events/scheduled/").status_code == 200
    assert client.get("/events/leaving/").status_code == 404
    assert "Scheduled" in text(client, "/events/")
    assert "Leaving" not in text(client, "/events/")


def test_midnight_moves_an_event_from_next_to_past(client, db, monkeypatch):
    make_event(title="Today only", starts_on=timezone.localdate())
    assert text(client, "/").index("Today only") > 0
    before = client.get("/")["ETag"]
    tomorrow = timezone.now() + datetime.timedelta(days=1)
    monkeypatch.setattr(timezone, "now", lambda: tomorrow)
    assert client.get("/")["ETag"] != before


def number_left_out(page):
    before, _words, after = page.partition(b"Number of shows: ")
    return before, after.partition(b"<")[2]


@pytest.mark.parametrize("address", [*ADDRESSES, "/events/draft/", "/events/hidden/", "/no-such-page/", "/robots.txt"])
@pytest.mark.parametrize("first", ["superuser", "anonymous"])
def test_page_is_the_same_for_everybody(forum, admin_user, address, first):
    make_event(slug="draft", publication_status="draft")
    make_event(slug="hidden", publish_at=timezone.now() + datetime.timedelta(days=1))
    superuser, anonymous = Client(), Client()
    superuser.force_login(admin_user)
    readers = [superuser, anonymous] if first == "superuser" else [anonymous, superuser]
    responses = [reader.get(address) for reader in (*readers, readers[0])]
    for response in responses:
        assert response.status_code == responses[0].status_code
        assert number_left_out(response.content) == number_left_out(responses[0].content)
        assert not response.cookies
        assert "Cookie" not in response.get("Vary", "")
        assert {k: v for k, v in response.headers.items() if k not in OWN} == {
            k: v for k, v in responses[0].headers.items() if k not in OWN
        }
        assert b"csrf" not in response.content.lower()


def test_languages_are_kept_apart(client, forum):
    english = text(client, "/")
    with override("ru"):
        russian = text(client, "/")
    assert 'lang="en"' in english
    assert 'lang="ru"' in russian
    assert text(client, "/") == english


@pytest.mark.parametrize("query", ["?page=01", "?page=%201", "?page=last", "?page=1&page=2"])
def test_odd_page_number_is_not_kept_under_another(client, forum, query):
    client.get(f"/events/{query}")
    kept = {key[2] for key in kept_pages.page_cache._pages}
    assert kept <= {"", "page=2"}


def test_what_the_page_does_not_depend_on_is_not_kept_apart(client, forum):
    for number in range(5):
        client.get(f"/events/?utm={number}")
    assert len(kept_pages.page_cache._pages) == 1


def test_errors_and_redirects_are_not_kept(client, forum):
    forum.slug = "renamed"
    forum.save()
    assert client.get("/events/forum/").status_code == 301
    assert client.get("/events/missing/").status_code == 404
    assert not kept_pages.page_cache._pages


def test_list_that_the_browser_has_is_not_sent_again(client, forum):
    etag = client.get("/events/")["ETag"]
    assert client.get("/events/", headers={"If-None-Match": etag}).status_code == 304


def in_gzip(client, address, **headers):
    response = client.get(address, headers={"Accept-Encoding": "br, gzip", **headers})
    assert response["Content-Encoding"] == "gzip"
    assert int(response["Content-Length"]) == len(response.content)
    return gzip.decompress(response.content)


@pytest.mark.parametrize("address", [*ADDRESSES, "/organizations/?kind=think_tank&country=KZ", "/events/calendar.ics"])
def test_page_is_the_same_in_gzip(client, forum, address):
    make_organization(country="KZ")
    plain = client.get(address)
    assert "Content-Encoding" not in plain.headers
    assert plain["Vary"] == "Accept-Encoding"
    for _first_and_again in range(2):
        assert number_left_out(in_gzip(client, address)) == number_left_out(plain.content)


def test_each_show_has_its_number_in_gzip_too(client, forum):
    Event.objects.update(imported_shows=99_997)
    numbers = [b"Number of shows: %d<" % number for number in range(99_998, 100_003)]
    for address, number in zip(["/events/forum/"] * 5, numbers, strict=True):
        assert number in in_gzip(client, address)


def test_page_that_the_browser_has_in_gzip_is_not_sent_again(client, forum):
    etag = client.get("/events/forum/", headers={"Accept-Encoding": "gzip"})["ETag"]
    response = client.get("/events/forum/", headers={"Accept-Encoding": "gzip", "If-None-Match": etag})
    assert (response.status_code, response.content, response["Vary"]) == (304, b"", "Accept-Encoding")
    assert "Content-Encoding" not in response.headers


def test_search_is_the_same_in_gzip(client, forum):
    assert in_gzip(client, "/search/?q=forum") == client.get("/search/?q=forum").content


@pytest.mark.parametrize("address", ["/admin/", "/admin/login/", "/admin/events/event/add/"])
def test_admin_is_not_compressed(desk, address):
    """Its pages hold what must stay secret, and their length in gzip would tell (BREACH)."""
    response = desk.get(address, headers={"Accept-Encoding": "gzip"})
    assert response.status_code in (200, 302)
    assert "Content-Encoding" not in response.headers


def page_of(size, site_version="site_version"):
    return CachedPage.rendered(site_version, b"x" * size, {})


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(kept_pages, "MEMORY", 1000)
    pages = PageCache()
    for number in range(10):
        pages.put(number, page_of(300))
        assert pages.get(0) is not None  # Asked for each time, so it stays.
    assert sorted(pages._pages) == [0, 8, 9]
    pages.put(0, page_of(900))
    assert sorted(pages._pages) == [0]
    assert pages._size == page_of(900).size >= 900


def test_signed_in_people_have_their_menu_elsewhere(client, forum):
    """Public pages know nobody: staff go to the admin by its address."""
    User.objects.create_superuser("root", password="root")
    client.login(username="root", password="root")
    assert "root" not in text(client, "/")
