"""What goes out of one site comes into an empty one, and is the same."""

import csv
import datetime
import io
import random

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone
from openpyxl import load_workbook

from events.models import Agreement, Event, Panel, Participation, Series, Tag
from forum_site.admin import spreadsheets
from organizations.models import OldOrganizationSlug, Organization
from tests.events.test_event_import import go_on, look_through, row_errors
from tests.factories import make_agreement, make_event, make_organization, make_panel, make_participation

pytestmark = pytest.mark.django_db

LIST = "/admin/events/event/"
WORDS = [
    "Water",
    "=SUM(A1)",
    "-5",
    "'=x",
    '“Суша”, море; и "небо"',
    "水与土",
    "@all",
    "  x",
    "a\nb",
    "+7 701",
    "😀",
    "\tz",
]
FIELDS = [
    *("title", "kind", "language", "theme", "occasion", "summary", "starts_on", "ends_on", "starts_at", "ends_at"),
    *(
        "time_zone",
        "venue",
        "city",
        "country",
        "attendance",
        "online_url",
        "status",
        "original_starts_on",
        "body",
        "slug",
    ),
    *("imported_shows", "publication_status", "publish_at", "unpublish_at", "series__name"),
]
OF_ORGANIZATION = [
    "name",
    "short_name",
    "language",
    "kind",
    "country",
    "city",
    "website",
    "about",
    "slug",
    "parent__slug",
]


def content():
    """Return what is told of all events and organizations, keys aside."""
    return {
        "events": sorted(Event.objects.not_trashed().values_list(*FIELDS), key=str),
        "organizations": sorted(Organization.objects.values_list(*OF_ORGANIZATION), key=str),
        "tags": sorted(Tag.events.through.objects.values_list("event__slug", "tag__name")),
        "roles": {
            event.slug: [
                (label, [each.organization.slug for each in roles]) for label, roles in event.participations.by_role()
            ]
            for event in Event.objects.not_trashed()
        },
        "panels": sorted(Panel.objects.values_list("event__slug", "position", "title")),
    }


def make_site(chance):
    def text():
        return " ".join(chance.sample(WORDS, 2)).strip()

    houses = []
    for number in range(8):
        houses.append(
            make_organization(
                name=chance.choice(["Academy", text().replace("\n", " ").replace("\t", " "), "House; Hall"]),
                slug=f"house-{number}",
                parent=chance.choice([None, *houses]),
                kind=chance.choice(Organization.Kind.values),
                country=chance.choice(["", "KZ"]),
                about=chance.choice(["", "<p>=1 &amp; all</p>"]),
            )
        )
    for number in range(10):
        day = datetime.date(2027, 1, 1 + number)
        event = make_event(
            title=text(),
            slug=f"event-{number}",
            starts_on=day,
            ends_on=day + datetime.timedelta(days=chance.randrange(3)),
            starts_at=chance.choice([None, datetime.time(9, 30), datetime.time(9, 30, 15)]),
            kind=chance.choice(Event.Kind.values),
            language=chance.choice(["", "kk"]),
            theme=text(),
            summary=text(),
            time_zone=chance.choice(["UTC", "Asia/Almaty"]),
            country=chance.choice(["", "CN"]),
            attendance=chance.choice(Event.Attendance.values),
            online_url=chance.choice(["", "https://a.example/?b=1"]),
            status=chance.choice(["scheduled", "cancelled"]),
            body=chance.choice(["", "<p>Long &amp; wide</p>"]),
            imported_shows=chance.randrange(600),
            publication_status=chance.choice(["draft", "in_review", "published", "unpublished"]),
            publish_at=chance.choice([None, timezone.now() + datetime.timedelta(days=9)]),
            series=chance.choice([None, Series.objects.get_or_create(name="Evenings")[0]]),
        )
        for house in chance.sample(houses, 4):
            make_participation(event, house, role=chance.choice(Participation.Role.values))
        for position in range(chance.randrange(3)):
            make_panel(event, title=f"=Panel {position}", position=position)
        event.tags.set(chance.sample([Tag.objects.get_or_create(name=name)[0] for name in ("Water", "Вода")], 1))
    make_event(title="Thrown away", publication_status="trashed")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("seed", range(3))
def test_what_goes_out_comes_in_again_the_same(client, admin_user, kind, seed):
    make_site(random.Random(seed))
    client.force_login(admin_user)
    before = content()
    files = {page: b"".join(client.get(f"{page}export.{kind}")) for page in (HOUSES, LIST)}
    Event.objects.all().delete()
    Organization.objects.update(parent=None)
    for model in (OldOrganizationSlug, Organization, Series, Tag):
        model.objects.all().delete()
    for page, file in files.items():
        fields = {"adds_missing": "on"} if page == LIST else {}
        response = look_through(client, file, f"a.{kind}", page=f"{page}import/", **fields)
        assert row_errors(response) == []
        assert response.context["found"].notes == []
        go_on(client, response, page=f"{page}import/", **fields)
    assert content() == before


HOUSES = "/admin/organizations/organization/"


def exported(client, path, **query):
    response = client.get(path, query)
    assert response.status_code == 200
    return list(csv.DictReader(io.StringIO(b"".join(response).decode("utf-8-sig"), newline="")))


def test_list_goes_out_as_it_is_filtered(desk, event, draft):
    make_event(title="Thrown away", publication_status="trashed")
    assert [row["Title"] for row in exported(desk, f"{LIST}export.csv", p="7", o="1")] == [
        "A secret plan",
        "Land-Sea Forum",
    ]
    assert [row["Title"] for row in exported(desk, f"{LIST}export.csv", publication_status__exact="draft")] == [
        "A secret plan"
    ]
    assert [row["Title"] for row in exported(desk, f"{LIST}export.csv", q="Land-Sea")] == ["Land-Sea Forum"]
    page = desk.get(LIST, {"publication_status__exact": "draft"}).content.decode()
    assert f'href="{LIST}export.csv?publication_status__exact=draft"' in page


def test_chosen_ones_go_out(desk, event, draft):
    chosen = {"action": "export_csv", "index": 0, "_selected_action": [event.pk]}
    assert b"".join(desk.post(LIST, chosen)).decode().count("\n") == 2
    chosen["action"] = "export_xlsx"
    book = load_workbook(io.BytesIO(b"".join(desk.post(LIST, chosen))))
    assert [row[0] for row in book.active.iter_rows(values_only=True)] == ["Title", "Land-Sea Forum"]


def test_no_cell_is_a_formula(desk):
    make_event(title="=HYPERLINK(1)", theme="\t=1", venue="@x")
    row = exported(desk, f"{LIST}export.csv")[0]
    assert (row["Title"], row["Venue"]) == ("'=HYPERLINK(1)", "'@x")
    sheet = load_workbook(io.BytesIO(b"".join(desk.get(f"{LIST}export.xlsx")))).active
    assert "f" not in {cell.data_type for row in sheet.iter_rows() for cell in row}


def test_agreements_go_out(desk, event):
    agreement = make_agreement(event, parties=[make_organization(name="One"), make_organization(name="Two")])
    [row] = exported(desk, "/admin/events/agreement/export.csv")
    assert (row["Title"], row["Parties"], row["Slug of the event"]) == (
        agreement.title,
        "One; Two",
        "land-sea-forum",
    )


@pytest.mark.parametrize(
    "query", [{"publication_status__exact": "\x00"}, {"id__exact": "9" * 30}, {"nothing": "x"}, {"o": "x"}]
)
def test_filter_that_cannot_be_read_is_told(desk, event, query):
    response = desk.get(f"{LIST}export.csv", query)
    assert response.status_code in (200, 302)


def test_bounds_of_xlsx_are_told(desk, event, draft, monkeypatch):
    Event.objects.filter(pk=draft.pk).update(body="<p>" + "x" * 33_000 + "</p>")
    response = desk.get(f"{LIST}export.xlsx", follow=True)
    assert "Choose CSV" in str(*response.context["messages"])
    assert len(exported(desk, f"{LIST}export.csv")) == 2
    monkeypatch.setattr(spreadsheets, "MAX_IN_XLSX", 1)
    assert "at most 1 rows" in str(*desk.get(f"{LIST}export.xlsx", follow=True).context["messages"])


@pytest.mark.parametrize("page", [LIST, HOUSES, "/admin/events/agreement/"])
def test_export_takes_the_right_to_see(client, editor, event, page):
    client.force_login(editor)
    assert client.get(f"{page}export.csv").status_code == 200
    editor.groups.clear()
    editor.user_permissions.add(Permission.objects.get(codename="view_series"))
    assert client.get(f"{page}export.csv").status_code == client.get(f"{page}export.xlsx").status_code == 403


def test_export_costs_the_same_however_many_rows(desk, django_assert_max_num_queries):
    for number in range(30):
        event = make_event(title=f"Event {number}")
        make_participation(event)
        make_agreement(event)
    for page, most in ((LIST, 18), (HOUSES, 12), ("/admin/events/agreement/", 12)):
        with django_assert_max_num_queries(most):
            assert b"".join(desk.get(f"{page}export.csv")).count(b"\n") == 31
    assert Agreement.objects.count() == 30
