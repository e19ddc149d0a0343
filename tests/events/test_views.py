import datetime
import re
from copy import deepcopy

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events.models import Event
from events.website.views import EventListView
from tests.factories import (
    make_agreement,
    make_event,
    make_full_event,
    make_organization,
    make_panel,
    make_participation,
    make_shows,
    make_visit,
)

TODAY = timezone.localdate()


def days(number):
    return TODAY + datetime.timedelta(days=number)


def page_of(client, path):
    """Return the text of a page as a reader sees it, on one line, without tags."""
    response = client.get(path)
    assert response.status_code == 200
    main = re.search(r"<main.*</main>", response.content.decode(), re.DOTALL).group()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def queries_of(client, path):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


def test_event_shows_all_that_belongs_to_it(client, db):
    ministry = make_organization(name="Ministry of Roads")
    host = make_organization(name="Institute of Roads", parent=ministry)
    guest = make_organization(name="Bridge Works")
    event = make_event(
        title="Roads & Bridges",
        slug="roads",
        theme="Across the river",
        occasion="Hundred years of the first bridge",
        summary="A forum on bridges.",
        body="<h2>Report</h2><p>It was <strong>long</strong>.</p>",
        ends_on=datetime.date(2023, 5, 18),
        starts_at="09:30",
        time_zone="Asia/Almaty",
        venue="House of Friendship",
        city="Almaty",
        country="KZ",
    )
    make_participation(event, guest, role="participant")
    make_participation(event, host, role="host")
    make_panel(
        event, title="Steel", room="Blue room", day="2023-05-17", starts_at="10:00", description="<p>On steel</p>"
    )
    make_visit(event, place="Old bridge", city="Kapshagay", description="<p>Its rivets</p>", organization=guest)
    make_agreement(
        event,
        parties=[host, guest],
        title="Memo on bolts",
        signed_during="after lunch",
        other_parties="Ferrymen\nFishermen",
        summary="<p>Share bolts</p>",
        valid_until="2030-01-01",
    )
    response = client.get("/events/roads/")
    page = page_of(client, "/events/roads/")
    for text in (
        "Roads &amp; Bridges",
        "Across the river",
        "Hundred years of the first bridge",
        "A forum on bridges.",
        "It was long .",
        "2023",
        "Asia/Almaty",
        "House of Friendship",
        "Almaty",
        "Kazakhstan",
        "Institute of Roads",
        "Ministry of Roads",
        "Bridge Works",
        "Steel",
        "Blue room",
        "On steel",
        "Old bridge",
        "Kapshagay",
        "Its rivets",
        "Memo on bolts",
        "after lunch",
        "Ferrymen",
        "Fishermen",
        "Share bolts",
        "2030",
        "Number of shows: 2",
    ):
        assert text in page, text
    assert page.index("Institute of Roads") < page.index("Bridge Works")  # Hosts come before participants.
    for address in (host, guest, ministry):
        assert f'href="{address.get_absolute_url()}"' in response.content.decode()


def test_breadcrumbs_lead_home(client, event):
    page = client.get("/events/land-sea-forum/").content.decode()
    crumbs = re.search(r'<nav[^>]*aria-label="Breadcrumb.*?</nav>', page, re.DOTALL).group()
    assert re.findall(r'href="([^"]+)"', crumbs)[:2] == ["/", "/events/"]
    assert re.sub(r"[\s/›]+", " ", re.sub(r"<[^>]+>", " ", crumbs)).strip() == "Home Events Land-Sea Forum"


def test_bare_event_has_a_whole_page(client, db):
    make_event(title="Bare", slug="bare")
    page = page_of(client, "/events/bare/")
    assert "Bare" in page
    for empty_heading in ("Panels", "Programme", "Agreements", "Visits", "None"):
        assert empty_heading not in page


@pytest.mark.parametrize(("status", "word"), [("postponed", "ostponed"), ("cancelled", "ancelled")])
def test_event_that_does_not_stand_says_so_first(client, event, status, word):
    Event.objects.update(status=status, original_starts_on=datetime.date(2023, 4, 3))
    page = page_of(client, "/events/land-sea-forum/")
    assert word in page[:600]
    if status == "postponed":
        assert "3" in page[:600]
        assert "April" in page[:600]


def test_event_costs_the_same_however_many_rows(client, db):
    pages = [make_full_event(rows).get_absolute_url() for rows in (1, 3, 30)]
    client.get(make_event().get_absolute_url())  # The day's first show notes the method, too.
    found = [queries_of(client, page) for page in pages]
    assert found[0] == found[1] == found[2]
    assert found[0] <= 15  # Tags, gallery and documents are a question each.


@pytest.mark.parametrize("path", ["/", "/events/", "/events/2023/", "/organizations/"])
def test_list_costs_the_same_however_many_rows(client, db, path):
    found = []
    for number in (1, 2, 27):
        for _ in range(number):
            make_full_event(2)
            make_full_event(2, starts_on=days(30))
        found.append(queries_of(client, path))
    assert found[0] == found[1]
    # One asks the clocks of the events, once after each change.
    assert max(found) <= (10 if path == "/" else 8)


def test_home_tells_what_is_next_and_what_has_been(client, db):
    make_event(title="Long over", starts_on=days(-400))
    make_event(title="Just over", starts_on=days(-3))
    make_event(title="Far off", starts_on=days(90))
    make_event(title="Next week", starts_on=days(7))
    make_event(title="Going on", starts_on=days(-1), ends_on=days(1))
    page = page_of(client, "/")
    order = ["Going on", "Next week", "Far off", "Just over", "Long over"]
    assert sorted(order, key=page.index) == order


def test_events_come_by_page(client, db, monkeypatch):
    monkeypatch.setattr(EventListView, "paginate_by", 2)
    for number in range(1, 6):
        make_event(title=f"Meeting {number}", starts_on=datetime.date(2023, number, 1))
    assert [title in page_of(client, "/events/") for title in ("Meeting 5", "Meeting 4", "Meeting 3")] == [
        True,
        True,
        False,
    ]
    assert "Meeting 1" in page_of(client, "/events/?page=3")
    assert "page=2" in client.get("/events/").content.decode()


def test_events_come_by_year(client, db):
    make_event(title="Early", starts_on=datetime.date(2022, 12, 31), ends_on=datetime.date(2023, 1, 2))
    make_event(title="Later", starts_on=datetime.date(2023, 1, 1))
    assert [title in page_of(client, "/events/2022/") for title in ("Early", "Later")] == [True, False]
    links = re.findall(r'href="(/events/\d+/)"', client.get("/events/").content.decode())
    assert links == ["/events/2023/", "/events/2022/"]


@pytest.mark.parametrize(
    "path",
    [
        "/events/?page=0",
        "/events/?page=2",
        "/events/?page=9999999999999999999999",
        "/events/?page=%00",
        "/events/?page=x",
        "/events/1999/",
        "/events/0000/",
        "/events/9999/",
        "/events/20230/",
        "/events/%00/",
        "/events/%ED%A0%80/",
        "/organizations/missing/",
        "/organizations/?page=-1",
        "/nothing/",
        f"/events/{'x' * 5000}/",
    ],
)
def test_odd_addresses_are_missing(client, event, path):
    response = client.get(path)
    assert response.status_code == 404
    assert "<h1" in response.content.decode()


def test_hidden_events_are_nowhere(client, draft):
    organization = make_organization()
    make_participation(draft, organization, role="host")
    make_agreement(draft, parties=[organization], title="A secret memo")
    make_visit(draft, organization=organization, place="A secret place")
    make_event(starts_on=draft.starts_on)
    paths = ("/", "/events/", "/events/2023/", "/events/calendar/2023/5/", "/agreements/", "/organizations/")
    for path in (*paths, organization.get_absolute_url(), f"/events/?organization={organization.slug}&kind=forum"):
        assert "ecret" not in client.get(path).content.decode()
    assert client.get(draft.get_absolute_url()).status_code == 404


def test_public_pages_are_the_same_for_everyone(client, event):
    make_participation(event, make_organization(slug="host"), role="host")
    client.get("/events/land-sea-forum/")
    number = re.compile(r"Number of shows: \d+")
    for path in (
        "/",
        "/events/",
        "/events/2023/",
        "/events/?kind=forum&year=2023",
        "/events/calendar/2023/5/",
        "/agreements/",
        "/events/land-sea-forum/",
        "/organizations/",
        "/organizations/host/",
    ):
        client.logout()
        anonymous = client.get(path)
        client.force_login(User.objects.get_or_create(username="root", is_staff=True, is_superuser=True)[0])
        staff = client.get(path)
        assert number.sub("", anonymous.content.decode()) == number.sub("", staff.content.decode())
        assert not anonymous.cookies
        assert not staff.cookies
        assert "Cookie" not in anonymous.get("Vary", "")
        assert "csrf" not in anonymous.content.decode().lower()


def test_cards_name_hosts_before_organizers(client, event):
    make_participation(event, make_organization(name="Second"), role="organizer", position=1)
    make_participation(event, make_organization(name="First"), role="host", position=2)
    page = page_of(client, "/events/")
    assert page.index("First") < page.index("Second")


def test_typed_markup_stays_text(client, db):
    hostile = '<script>alert("x")</script>'
    organization = make_organization(name=hostile, short_name=hostile[:50], slug="hostile", city=hostile)
    event = make_event(
        title=hostile, theme=hostile, summary=hostile, venue=hostile, city=hostile, occasion=hostile, slug="hostile"
    )
    make_participation(event, organization, role="host")
    make_panel(event, title=hostile, room=hostile)
    make_visit(event, place=hostile, city=hostile)
    make_agreement(event, title=hostile, signed_during=hostile, other_parties=hostile)
    lists = ("/", "/events/", "/events/?organization=hostile", "/events/calendar/2023/5/", "/agreements/")
    for path in (*lists, "/events/hostile/", "/organizations/", "/organizations/hostile/"):
        assert "<script>alert" not in client.get(path).content.decode()


def test_pages_let_nothing_foreign_in(client, event):
    response = client.get("/events/land-sea-forum/")
    policy = response["Content-Security-Policy"]
    for directive in (
        "default-src 'none'",
        "script-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "object-src 'none'",
    ):
        assert directive in policy
    assert "unsafe" not in policy
    page = response.content.decode()
    assert "<style" not in page
    assert " style=" not in page
    assert not re.search(r'<script(?![^>]*src=)(?! type="application/ld\+json">)', page)  # Which is data.


def test_no_template_names_what_is_not_there(client, settings, db):
    """A name that a template gets wrong prints nothing in production; here it prints a mark."""
    templates = deepcopy(settings.TEMPLATES)
    templates[0]["OPTIONS"]["string_if_invalid"] = "⟦%s⟧"
    settings.TEMPLATES = templates
    make_full_event(1, slug="full")
    make_event(slug="bare", starts_on=days(1))
    organization = Event.objects.get(slug="full").organizations.first()
    lists = (
        "/",
        "/events/",
        "/events/?kind=forum&year=2023",
        "/events/calendar/2023/5/",
        "/agreements/",
        "/organizations/",
    )
    for path in (*lists, "/events/full/", "/events/bare/", organization.get_absolute_url()):
        assert re.findall("⟦.*?⟧", client.get(path).content.decode()) == []


def test_own_error_pages(client, event, monkeypatch):
    client.raise_request_exception = False
    assert "<h1" in client.get("/nothing/").content.decode()
    monkeypatch.setattr(EventListView, "get_queryset", lambda self: 1 / 0)
    response = client.get("/events/")
    assert (response.status_code, "<h1" in response.content.decode()) == (500, True)
    bad = client.get("/events/", headers={"Host": "foreign.example"})
    assert (bad.status_code, "<h1" in bad.content.decode()) == (400, True)


def test_own_page_for_a_form_sent_from_elsewhere(event):
    response = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "x"})
    assert (response.status_code, "<h1" in response.content.decode()) == (403, True)
    assert "CSRF" not in response.content.decode()


def test_error_page_that_fails_is_not_blank(client, event, monkeypatch):
    client.raise_request_exception = False
    monkeypatch.setattr(EventListView, "get_queryset", lambda self: 1 / 0)
    monkeypatch.setattr("forum_site.ops.error_pages.render", lambda *args, **kwargs: 1 / 0)
    response = client.get("/events/")
    assert (response.status_code, response.content) == (
        500,
        b"Something went wrong on our side. Please try again later.",
    )


def test_database_away_is_an_honest_503(client, db, monkeypatch):
    def away(self):
        raise OperationalError("the database system is shutting down")

    monkeypatch.setattr(EventListView, "get_queryset", away)
    response = client.get("/events/")
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert "shutting down" not in response.content.decode()


def test_home_tells_how_far_off_the_next_event_is(client, db):
    event = make_event(title="Coming", starts_on=days(1))
    for number, words in ((1, "Tomorrow"), (3, "In 3 days"), (0, "Today"), (21, "In 3 weeks")):
        Event.objects.filter(pk=event.pk).update(starts_on=days(number), ends_on=days(number))
        found = re.search(r'event-lead__distance">([^<]+)<', client.get("/").content.decode())
        assert found[1].capitalize() == words
    Event.objects.update(status="cancelled")
    assert "event-lead__distance" not in client.get("/").content.decode()


def test_home_tells_the_most_shown_in_order(client, db):
    for title, carried, counted in (("Third", 5, 0), ("First", 5, 9), ("Second", 8, 1), ("Draft", 99, 0)):
        event = make_event(
            title=title, imported_shows=carried, publication_status="draft" if title == "Draft" else "published"
        )
        if counted:
            make_shows(event, counted)
    page = client.get("/").content.decode()
    section = page[page.index('id="most-shown"') :]
    assert sorted(("First", "Second", "Third"), key=section.index) == ["First", "Second", "Third"]
    assert "Draft" not in page
    assert "Number of shows" not in page


def test_home_tells_what_was_signed_and_the_years(client, db):
    event = make_event(slug="ports")
    make_event(starts_on=datetime.date(2021, 1, 1))
    make_event(starts_on=datetime.date(2023, 1, 1))
    make_event(starts_on=datetime.date(2019, 1, 1), publication_status="draft")
    agreement = make_agreement(event, [make_organization(name="Port of Aktau")], title="Memo on bolts")
    page = client.get("/").content.decode()
    assert f'href="/events/ports/#agreement-{agreement.pk}">Memo on bolts' in page
    assert "Port of Aktau" in page_of(client, "/")
    assert re.findall(r'glance__link" href="(/events/\d+/)"', page) == ["/events/2023/", "/events/2021/"]
    assert re.findall(r'<rect[^>]* width="(\d+)"', page) == ["100", "50"]


@pytest.mark.parametrize("path", ["/events/land-sea-forum/", "/events/?kind=forum&country=KZ", "/organizations/"])
def test_page_on_paper_ends_with_its_day_and_its_address(client, db, settings, path):
    settings.SITE_URL = "https://forum.example"
    make_event(slug="land-sea-forum", country="KZ")
    page = client.get(path).content.decode()
    address = f"https://forum.example{path}".replace("&", "&amp;")
    assert f'<p class="site-footer__printed">{TODAY} · {address}</p>' in page


def test_event_on_paper_names_its_permanent_address(client, db, settings):
    settings.SITE_URL = "https://forum.example"
    event = make_event(slug="land-sea-forum")
    page = client.get("/events/land-sea-forum/").content.decode()
    assert f'<p class="event-page__address">Permanent link: https://forum.example/e/{event.pk}/</p>' in page
