import datetime
import re

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories import make_agreement, make_event, make_organization, make_participation, make_visit


def section(client, organization, heading):
    """Return the text under `heading` on the organization's page, without tags, or None where it has no such part."""
    page = client.get(organization.get_absolute_url()).content.decode()
    found = re.search(rf"<(h2|dt)[^>]*>\s*{heading}\s*</\1>(.*?)(<h2|<dt|</main>)", page, re.DOTALL)
    return found and " ".join(re.sub("<[^>]+>", " ", found[2]).split())


def test_organization_has_its_parent_and_its_parts(client, db):
    ministry = make_organization(name="Ministry of Roads")
    institute = make_organization(name="Institute of Roads", parent=ministry)
    make_organization(name="Archive of Roads", parent=institute)
    make_organization(name="Library of Roads", parent=institute)
    assert section(client, institute, "Part of") == "Ministry of Roads"
    assert section(client, institute, "Its parts") == "Archive of Roads Library of Roads"
    assert section(client, ministry, "Part of") is None
    assert section(client, ministry, "Its parts") == "Institute of Roads"


def test_organization_has_its_events_by_role_the_latest_first(client, db):
    institute = make_organization()
    for title, year, role in (
        ("Early", 2021, "participant"),
        ("Middle", 2022, "host"),
        ("Late", 2023, "host"),
    ):
        event = make_event(title=title, starts_on=datetime.date(year, 5, 1))
        make_participation(event, institute, role=role)
    words = re.findall("Host|Participant|Early|Middle|Late", section(client, institute, "Events"))
    assert words == ["Host", "Late", "Middle", "Participant", "Early"]


def test_calendar_of_an_organization_can_be_subscribed_to(client, db, settings):
    settings.SITE_URL = "https://forum.example"
    institute, idle = make_organization(slug="institute"), make_organization(slug="idle")
    make_participation(make_event(title="Draft", publication_status="draft"), idle, role="host")
    make_participation(make_event(title="Its forum", starts_on=timezone.localdate()), institute, role="host")
    make_event(title="Another forum", starts_on=timezone.localdate())
    address = re.search(
        r'href="webcal://forum\.example([^"]*)"', client.get(institute.get_absolute_url()).content.decode()
    )
    titles = re.findall("SUMMARY:(.*)\r\n", client.get(address[1]).content.decode())
    assert titles == ["Its forum"]
    assert "webcal:" not in client.get(idle.get_absolute_url()).content.decode()


def test_organization_has_what_it_signed_and_who_came(client, db):
    institute = make_organization()
    event = make_event(title="Forum of Bridges")
    make_agreement(event, parties=[institute], title="Memo on bolts")
    make_visit(event, organization=institute, place="Old workshop")
    text = client.get(institute.get_absolute_url()).content.decode()
    for found in ("Memo on bolts", "Forum of Bridges"):
        assert found in text


def test_organizations_are_listed_with_kind_place_and_parent(client, db):
    ministry = make_organization(name="Ministry", kind="government", city="Astana", country="KZ")
    make_organization(name="Office", short_name="OFF", parent=ministry)
    page = client.get("/organizations/").content.decode()
    text = " ".join(re.sub("<[^>]+>", " ", page).split())
    for found in (
        "Ministry its parts: Office Government body Astana, Kazakhstan",
        "Office part of Ministry OFF Think tank",
    ):
        assert found in text


def test_organization_costs_the_same_however_many_rows(client, db):
    found = []
    organization = make_organization(parent=make_organization())
    for number in (1, 2, 27):
        for _ in range(number):
            event = make_event()
            make_participation(event, organization, role="host")
            make_agreement(event, parties=[organization, make_organization()])
            make_visit(event, organization=organization)
            make_organization(parent=organization)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(organization.get_absolute_url()).status_code == 200
        found.append(len(queries))
    assert found[0] == found[1] == found[2]
    assert found[0] <= 12
