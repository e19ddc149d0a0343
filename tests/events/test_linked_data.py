"""JSON-LD, read by a JSON-LD processor from the pages that carry it."""

import datetime
import json
import re
from html.parser import HTMLParser

import pytest
from pyld import jsonld

from events.models import Event, Series
from events.website.exports.schema_org import event_data
from tests.events.test_views import queries_of
from tests.factories import make_event, make_full_event, make_organization, make_panel, make_participation
from tests.hostile import HOSTILE

pytestmark = pytest.mark.one_database

CONTEXT = {"@context": {"@vocab": "https://schema.org/", "url": {"@type": "@id"}, "item": {"@type": "@id"}}}
S = "https://schema.org/"


def no_network(url, options):
    assert url == "https://schema.org"
    return {"contentType": "application/ld+json", "contextUrl": None, "documentUrl": url, "document": CONTEXT}


class Scripts(HTMLParser):
    """Collects what a browser takes for the contents of script elements with JSON-LD."""

    def __init__(self):
        super().__init__()
        self.found, self.inside = [], False

    def handle_starttag(self, tag, attrs):
        self.inside = tag == "script" and dict(attrs).get("type") == "application/ld+json"
        if self.inside:
            self.found.append("")

    def handle_endtag(self, tag):
        self.inside = False

    def handle_data(self, data):
        if self.inside:
            self.found[-1] += data


def linked_data_of(client, path):
    """Return the objects on a page by their type, expanded."""
    response = client.get(path)
    assert response.status_code == 200
    scripts = Scripts()
    scripts.feed(response.content.decode())
    expanded = [jsonld.expand(json.loads(text), {"documentLoader": no_network}) for text in scripts.found]
    return {data["@type"][0].removeprefix(S): data for (data,) in expanded}


def event_on(client, path="/events/land-sea-forum/"):
    return linked_data_of(client, path)["Event"]


def value(node, name):
    values = [each.get("@value", each.get("@id", each)) for each in node.get(f"{S}{name}", [])]
    return values[0] if len(values) == 1 else values or None


def names(node, name):
    return [value(each, "name") for each in node.get(f"{S}{name}", [])]


def test_event_has_all_facts(client, event):
    series = Series.objects.create(name="Land-Sea Forums")
    Event.objects.update(
        summary="On roads.",
        ends_on=datetime.date(2023, 5, 18),
        starts_at="09:30",
        ends_at="18:00",
        time_zone="Asia/Almaty",
        venue="House of Friendship",
        city="Almaty",
        country="KZ",
        attendance="mixed",
        online_url="https://example.org/live",
        language="kk",
        series=series,
    )
    data = event_on(client)
    assert data["@id"] == value(data, "identifier") == f"http://127.0.0.1:8000/e/{event.pk}/"
    facts = ["name", "description", "startDate", "endDate", "eventStatus", "eventAttendanceMode", "inLanguage", "url"]
    assert [value(data, name) for name in facts] == [
        "Land-Sea Forum",
        "On roads.",
        "2023-05-17T09:30:00+06:00",
        "2023-05-18T18:00:00+06:00",
        "https://schema.org/EventScheduled",
        "https://schema.org/MixedEventAttendanceMode",
        "kk",
        "http://127.0.0.1:8000/events/land-sea-forum/",
    ]
    place, virtual = data[f"{S}location"]
    assert (place["@type"], value(place, "name")) == ([f"{S}Place"], "House of Friendship")
    address = value(place, "address")
    assert (address["@type"], value(address, "addressLocality"), value(address, "addressCountry")) == (
        [f"{S}PostalAddress"],
        "Almaty",
        "KZ",
    )
    assert (virtual["@type"], value(virtual, "url")) == ([f"{S}VirtualLocation"], "https://example.org/live")
    (super_event,) = data[f"{S}superEvent"]
    assert (super_event["@type"], value(super_event, "name")) == ([f"{S}EventSeries"], "Land-Sea Forums")
    assert value(super_event, "url") == f"http://127.0.0.1:8000/events/?series={series.pk}"
    assert re.fullmatch(
        r"http://127\.0\.0\.1:8000/events/land-sea-forum/[0-9a-f]{16}\.png", value(data[f"{S}image"][0], "url")
    )


def test_bare_event_has_days_and_no_empty_facts(client, event):
    data = event_on(client)
    assert (value(data, "startDate"), value(data, "endDate")) == ("2023-05-17", "2023-05-17")
    assert not {f"{S}{name}" for name in ("location", "organizer", "subEvent", "superEvent", "description")} & set(data)


@pytest.mark.parametrize(
    ("status", "former", "expected", "previous"),
    [
        ("scheduled", None, "EventScheduled", None),
        ("cancelled", None, "EventCancelled", None),
        ("postponed", None, "EventPostponed", None),
        ("postponed", "2023-05-17", "EventPostponed", None),
        ("postponed", "2023-04-03", "EventRescheduled", "2023-04-03"),
        ("cancelled", "2023-04-03", "EventCancelled", "2023-04-03"),
    ],
)
def test_standing_is_told(client, event, status, former, expected, previous):
    Event.objects.update(status=status, original_starts_on=former)
    data = event_on(client)
    assert (value(data, "eventStatus"), value(data, "previousStartDate")) == (f"{S}{expected}", previous)


@pytest.mark.parametrize(
    ("attendance", "types"), [("in_person", ["Place"]), ("online", ["VirtualLocation"]), ("mixed", None)]
)
def test_location_fits_the_attendance(client, event, attendance, types):
    Event.objects.update(attendance=attendance, city="Almaty")
    found = [place["@type"][0].removeprefix(S) for place in event_on(client)[f"{S}location"]]
    assert found == (types or ["Place", "VirtualLocation"])


def test_roles_have_the_properties_that_fit(client, event):
    ministry = make_organization(name="Ministry")
    for role in ["participant", "media_partner", "partner", "co_organizer", "organizer", "host", "established"]:
        make_participation(event, make_organization(name=role, parent=ministry), role=role)
    data = event_on(client)
    assert names(data, "organizer") == ["host", "organizer", "co_organizer"]
    assert names(data, "contributor") == ["partner", "media_partner"]
    assert names(data, "attendee") == ["participant"]
    assert names(data, "about") == ["established"]
    assert names(data[f"{S}organizer"][0], "parentOrganization") == ["Ministry"]


def test_panels_are_events_within_the_event(client, event):
    make_panel(event, title="Steel", day="2023-05-17", starts_at="10:00", ends_at="11:30", room="Blue room")
    make_panel(event, title="Bolts", position=1)
    Event.objects.update(time_zone="Asia/Almaty")
    steel, bolts = event_on(client)[f"{S}subEvent"]
    assert [value(steel, name) for name in ("name", "startDate", "endDate")] == [
        "Steel",
        "2023-05-17T10:00:00+06:00",
        "2023-05-17T11:30:00+06:00",
    ]
    assert names(steel, "location") == ["Blue room"]
    assert value(bolts, "startDate") == "2023-05-17"  # The event has only this day.
    Event.objects.update(ends_on="2023-05-18")
    assert value(event_on(client)[f"{S}subEvent"][1], "startDate") is None


def test_breadcrumbs_are_on_every_page_that_has_them(client, event):
    house = make_organization(name="House of Roads", slug="house-of-roads")
    make_participation(event, house)
    for path, crumbs in {
        "/events/": ["Home", "Events"],
        "/events/2023/": ["Home", "Events", "2023"],
        "/events/land-sea-forum/": ["Home", "Events", "Land-Sea Forum"],
        "/organizations/": ["Home", "Organizations"],
        "/organizations/house-of-roads/": ["Home", "Organizations", "House of Roads"],
    }.items():
        items = linked_data_of(client, path)["BreadcrumbList"][f"{S}itemListElement"]
        assert [value(item, "name") for item in items] == crumbs
        assert [value(item, "position") for item in items] == list(range(1, len(crumbs) + 1))
        assert value(items[0], "item") == "http://127.0.0.1:8000/"


def test_page_costs_the_same_however_many_rows(client, db):
    pages = [make_full_event(rows, series=Series.objects.create(name=f"{rows}")) for rows in (1, 3)]
    client.get(make_event().get_absolute_url())
    found = [queries_of(client, event.get_absolute_url()) for event in pages]
    assert found[0] == found[1] <= 16


@pytest.mark.parametrize("title", HOSTILE.values(), ids=HOSTILE)
def test_hostile_title_stays_inside(client, event, title):
    Event.objects.update(title=title[:300], summary=title[:300], venue=title[:200], city=title[:100])
    make_participation(event, make_organization(name=title[:300]), role="host")
    make_panel(event, title=title[:300], room=title[:100])
    data = linked_data_of(client, "/events/land-sea-forum/")
    assert sorted(data) == ["BreadcrumbList", "Event"]
    shown = value(data["Event"], "name")
    assert len(shown.splitlines()) == 1
    assert names(data["Event"], "organizer") == names(data["Event"], "subEvent") == [shown]
    assert "alert(1)</script>" not in client.get("/events/land-sea-forum/").content.decode()


def test_lone_halves_of_characters_are_left_out(event):
    event.title = "A\ud800B"
    assert event_data(event)["name"] == "AB"
