import csv
import io
import unicodedata

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from events.models import Event, Participation, Series, Tag
from organizations.models import Organization
from tests.factories import make_event, make_organization

pytestmark = pytest.mark.django_db

PAGE = "/admin/events/event/import/"


def as_csv(rows, delimiter=","):
    """Return rows, given as dicts, as CSV with the columns of all of them."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    file = io.StringIO()
    writer = csv.DictWriter(file, names, delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()


def look_through(client, content, name="events.csv", page=PAGE, **fields):
    """Send a table, and return the page that tells what is in it."""
    if isinstance(content, list):
        content = as_csv(content)
    response = client.post(page, {"file": SimpleUploadedFile(name, content), "check": "yes", **fields})
    assert response.status_code == 200
    return response


def go_on(client, response, page=PAGE, **fields):
    """Import what was looked through, without choosing the file again, and return the messages."""
    sent = {"kept": response.context["packed"], "first": response.context["first"], "import": "yes", **fields}
    response = client.post(page, sent, follow=True)
    return [str(message) for message in response.context["messages"]]


def row_errors(response):
    return [tuple(fault) for fault in response.context["found"].row_errors]


FORUM = {"Title": "Forum on Water", "First day": "2027-05-17"}


def test_events_are_looked_through_and_then_imported(desk, editor):
    rows = [
        {**FORUM, "Kind": "Seminar", "Country": "kazakhstan", "City": "Astana", "Begins at": "9.30"},
        {
            "Title": "Another",
            "First day": "18.05.2027",
            "Kind": "lecture",
            "Country": "cn",
            "Publication status": "Published",
        },
    ]
    response = look_through(desk, rows)
    assert not Event.objects.exists()
    assert "2 rows can be imported" in response.content.decode()
    assert go_on(desk, response) == ["2 rows were imported."]
    forum, another = Event.objects.order_by("pk")
    assert (forum.kind, forum.country, forum.slug, forum.publication_status) == (
        "seminar",
        "KZ",
        "forum-on-water",
        "draft",
    )
    assert (str(forum.starts_at), forum.ends_on.isoformat()) == ("09:30:00", "2027-05-17")
    assert (another.kind, another.country, another.publication_status) == ("lecture", "CN", "published")
    entries = LogEntry.objects.order_by("object_id")
    assert {(entry.user, entry.object_id) for entry in entries} == {(editor, str(row.pk)) for row in (forum, another)}


def test_imported_event_is_found_by_the_search(desk, client):
    go_on(desk, look_through(desk, [{**FORUM, "Publication status": "published"}]))
    assert "/events/forum-on-water/" in client.get("/search/", {"q": "water"}).content.decode()


def test_faults_are_told_by_row_and_column(desk):
    rows = [
        FORUM,
        {"Title": "", "First day": "2027-05-17"},
        {**FORUM, "Title": "Late", "Last day": "2027-05-01"},
        {**FORUM, "Title": "Odd", "Kind": "Feast", "First day": "soon"},
        {**FORUM, "Title": "Far", "Host": "Nobody"},
    ]
    response = look_through(desk, rows)
    assert row_errors(response) == [
        (3, "Title", "This field is required."),
        (4, "Last day", "The event ends before it starts. Correct the last day or leave it empty."),
        (
            5,
            "Kind",
            "“Feast” is not known here. Write Forum, Conference, Seminar, Round table, Lecture, Ceremony, Exhibition, "
            "Delegation visit, Other.",
        ),
        (5, "First day", "Write the day as 2023-05-17 or 17.05.2023, or choose it from the calendar."),
        (6, "Host", "“Nobody” does not exist yet."),
    ]
    assert 'name="import"' not in response.content.decode()
    go_on(desk, response)
    assert not Event.objects.exists()


def test_organizations_are_known_by_name_short_name_and_address(desk):
    host = make_organization(name="Institute of Water", short_name="IW", slug="iw-institute")
    other = make_organization(name="Academy")
    row = {**FORUM, "Host": "institute of water; Academy", "Partner": "IW", "Organizer": "iw-institute"}
    go_on(desk, look_through(desk, [row]))
    assert set(Participation.objects.values_list("organization", "role")) == {
        (host.pk, "host"),
        (other.pk, "host"),
        (host.pk, "partner"),
        (host.pk, "organizer"),
    }
    assert Organization.objects.count() == 2


def test_name_that_several_have_is_told(desk):
    for slug in ("one", "two"):
        make_organization(name="Academy", slug=slug)
    assert row_errors(look_through(desk, [{**FORUM, "Host": "Academy"}])) == [
        (2, "Host", "Several organizations are called “Academy”. Enter the slug.")
    ]
    assert row_errors(look_through(desk, [{**FORUM, "Host": "two"}])) == []


def test_missing_ones_are_added_if_that_is_wanted(desk):
    rows = [
        {**FORUM, "Host": "New House", "Series": "Evenings", "Tags": "Water; Rivers", "Panels": "First\nSecond"},
        {**FORUM, "Title": "Other", "Host": "new house;Newer House", "Series": "evenings", "Tags": "water"},
    ]
    response = look_through(desk, rows, adds_missing="on")
    assert "Organization: Newer House" in response.content.decode()
    assert not Organization.objects.exists()
    go_on(desk, response, adds_missing="on")
    assert sorted(Organization.objects.values_list("name", "slug")) == [
        ("New House", "new-house"),
        ("Newer House", "newer-house"),
    ]
    assert [series.events.count() for series in Series.objects.all()] == [2]
    assert {tag.slug: tag.events.count() for tag in Tag.objects.all()} == {"water": 2, "rivers": 1}
    event = Event.objects.get(title="Forum on Water")
    assert [panel.title for panel in event.panels.all()] == ["First", "Second"]


def test_missing_one_that_cannot_be_is_told(desk):
    response = look_through(desk, [{**FORUM, "Tags": "x" * 61}], adds_missing="on")
    assert [fault[:2] for fault in row_errors(response)] == [(2, "Tags")]


def test_importing_twice_doubles_nothing(desk):
    rows = [FORUM, {**FORUM, "Title": "By its address", "Slug": "by-it"}]
    go_on(desk, look_through(desk, rows))
    rows[1] |= {"Title": "Called otherwise"}
    response = look_through(desk, [*rows, {**FORUM, "Title": "New"}, {**FORUM, "Title": "New"}])
    assert [(row.number, row.is_there) for row in response.context["found"].there] == [
        (2, "there already"),
        (3, "there already"),
        (5, "the same as row 4"),
    ]
    assert go_on(desk, response) == ["1 row was imported.", "3 were there already."]
    assert Event.objects.count() == 3


def test_addresses_of_one_table_are_different(desk, event):
    rows = [
        {**FORUM, "Title": title, "First day": day}
        for title in ("Talk", "Talk!")
        for day in ("2027-01-01", "2027-01-02")
    ]
    rows.append({**FORUM, "Title": "Talk", "Slug": "talk-2"})
    go_on(desk, look_through(desk, rows))
    assert sorted(Event.objects.exclude(pk=event.pk).values_list("slug", flat=True)) == [
        *("talk", "talk-2", "talk-3", "talk-4", "talk-5"),
    ]
    rows = [{**FORUM, "Title": title, "Slug": "same"} for title in ("One", "Two")]
    assert row_errors(look_through(desk, rows)) == [(3, "Slug", "Row 2 already has this slug.")]


def test_publishing_takes_the_right_to(client, author):
    client.force_login(author)
    response = look_through(client, [{**FORUM, "Publication status": "Published"}])
    assert row_errors(response) == [
        (2, "Publication status", "You cannot set this status. Keep the draft, or choose one of the options.")
    ]
    assert (
        row_errors(look_through(client, [{**FORUM, "Publication status": "In the trash"}]))[0][1]
        == "Publication status"
    )
    go_on(client, look_through(client, [FORUM]))
    assert [event.publication_status for event in Event.objects.all()] == ["draft"]


def test_endless_names_are_told_and_not_looked_up(desk, django_assert_max_num_queries):
    rows = [{**FORUM, "Title": "Many", "Tags": ";".join(f"t{number}" for number in range(9000))}]
    with django_assert_max_num_queries(40):
        response = look_through(desk, rows)
    assert row_errors(response) == [(2, "Tags", "Too many names: at most 120 fit into a row.")]


def test_former_address_is_told(desk):
    event = make_event(title="Old", slug="old")
    event.slug = "newer"
    event.save()
    assert row_errors(look_through(desk, [{**FORUM, "Slug": "old"}])) == [
        (2, "Slug", "This is an old slug of “Old” and still redirects there.")
    ]


def test_who_may_not_add_events_imports_none(desk, editor):
    response = look_through(desk, [FORUM])
    editor.groups.clear()
    editor.user_permissions.add(Permission.objects.get(codename="view_event"))
    assert desk.post(PAGE, {"kept": response.context["packed"], "import": "yes"}).status_code == 403
    for path in ("", "template.csv", "template.xlsx"):
        assert desk.get(PAGE + path).status_code == 403
    assert "Import" not in desk.get("/admin/events/event/").content.decode()
    assert not Event.objects.exists()


def test_kept_table_is_its_person_s_alone(client, desk, manager):
    packed = look_through(desk, [FORUM]).context["packed"]
    for forged in (packed[:-1] + ("B" if packed[-1] == "A" else "A"), "x", "", packed.replace(":", "", 1)):
        response = desk.post(PAGE, {"kept": forged, "import": "yes"})
        assert list(response.context["form"].errors) == ["file"]
    client.force_login(manager)
    assert list(client.post(PAGE, {"kept": packed, "import": "yes"}).context["form"].errors) == ["file"]
    assert not Event.objects.exists()


def test_what_has_changed_since_is_looked_at_again(desk):
    response = look_through(desk, [{**FORUM, "Slug": "forum"}])
    make_event(slug="other").old_slugs.create(slug="forum")
    go_on_response = desk.post(PAGE, {"kept": response.context["packed"], "import": "yes"})
    assert [fault[1] for fault in row_errors(go_on_response)] == ["Slug"]
    assert Event.objects.count() == 1


def test_all_or_nothing(desk, monkeypatch):
    response = look_through(desk, [{**FORUM, "Panels": "One"}, {**FORUM, "Title": "Other"}])
    monkeypatch.setattr(Participation.objects, "bulk_create", lambda rows: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        go_on(desk, response)
    assert not Event.objects.exists()


def test_columns_that_are_odd_are_told(desk):
    response = look_through(desk, b"Titel,First day\nForum,2027-05-17\n")
    assert response.context["found"].problems == ["There is no column “Title”."]
    assert response.context["found"].notes == ["These columns are not known and are not read: Titel."]
    response = look_through(desk, b"Title,title,First day\nA,B,2027-05-17\n")
    assert response.context["found"].problems == ["Two columns are called “Title”."]


def test_template_comes_back_as_an_event(desk):
    for kind in ("csv", "xlsx"):
        content = b"".join(desk.get(f"{PAGE}template.{kind}"))
        response = look_through(desk, content, f"template.{kind}", adds_missing="on")
        assert (row_errors(response), response.context["found"].notes) == ([], [])
        assert len(response.context["found"].new) == 1


@pytest.mark.parametrize("column", ["Series", "Tags", "Host"])
def test_name_longer_than_any_is_told(desk, column):
    """SQLite looks for no pattern of more than 50,000 bytes, and would answer as if it were busy."""
    response = look_through(desk, [{**FORUM, column: "x" * 60_000}], adds_missing="on")
    assert len(row_errors(response)) == 1


def test_what_is_removed_from_a_text_is_told_before_it_is_imported(desk):
    rows = [
        {"title": "Plain", "starts_on": "2027-05-17", "body": "<p>Text</p>"},
        {
            "title": "Film",
            "starts_on": "2027-05-18",
            "body": '<iframe src="https://player.vimeo.com/video/12"></iframe>',
        },
    ]
    page = look_through(desk, rows)
    assert page.context["found"].notes == ["Row 3, Text: the video is now a link: https://vimeo.com/12."]
    assert "Row 3, Text: the video is now a link" in page.content.decode()


# The same words as another program, another keyboard or another person writes them.
WRITTEN_OTHERWISE = {
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "capitals": str.upper,
    "spaces": lambda text: text.replace(" ", " \u00a0 ") + "\u3000",
    "line break": lambda text: text.replace(" ", "\n"),
    "unseen": lambda text: f"\ufeff{text[:2]}\u00ad{text[2:]}\u200b",
    "straight": lambda text: text.replace("’", "'").replace("–", "-"),
    "without ё": lambda text: text.replace("ё", "е"),
    "latin letters": lambda text: text.replace("о", "o").replace("а", "a"),
}


@pytest.mark.parametrize("write", WRITTEN_OTHERWISE.values(), ids=WRITTEN_OTHERWISE)
def test_table_written_otherwise_doubles_nothing(desk, write):
    host = make_organization(name="Королёвская академия – Élysée", slug="academy")
    Series.objects.create(name="Шёлковый путь")
    row = {
        "Title": "Форум “Côte d’Azur – Ойыл”",
        "First day": "2027-05-17",
        "Host": host.name,
        "Series": "Шёлковый путь",
        "Tags": "вода",
    }
    Tag.objects.create(name="вода")
    go_on(desk, look_through(desk, [row]))
    again = {name: text if name == "First day" else write(text) for name, text in row.items()}
    response = look_through(desk, [again])
    assert [each.is_there for each in response.context["found"].rows] == ["there already"]
    new = {**again, "First day": "2027-06-17"}
    response = look_through(desk, [new, {**row, "First day": "2027-06-17"}])
    assert row_errors(response) == []
    assert [each.is_there for each in response.context["found"].rows] == ["", "the same as row 2"]
    go_on(desk, response)
    event = Event.objects.get(starts_on="2027-06-17")
    assert [each.organization for each in event.participations.all()] == [host]
    assert (event.series.name, [tag.name for tag in event.tags.all()]) == ("Шёлковый путь", ["вода"])
    assert (Organization.objects.count(), Series.objects.count(), Tag.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize("title", ["\u200b", "\u2060\u00ad", "\u3164", "\u2800", "\u00a0"])
def test_title_that_nobody_sees_is_missing(desk, title):
    assert row_errors(look_through(desk, [{**FORUM, "Title": title}])) == [(2, "Title", "This field is required.")]


def test_line_break_of_a_cell_is_a_space_and_stays_one_when_the_event_is_saved(desk):
    book = Workbook()
    book.active.append(["Title", "First day", "Venue", "Theme", "Panels"])
    book.active.append(
        ["Steppe\nSummit 2029", "2029-05-17", "House of\r\nBooks", "One\tway", "Opening\n Main\u00a0part "]
    )
    file = io.BytesIO()
    book.save(file)
    go_on(desk, look_through(desk, file.getvalue(), name="events.xlsx"))
    event = Event.objects.get()
    assert (event.title, event.venue, event.theme) == ("Steppe Summit 2029", "House of Books", "One way")
    assert [panel.title for panel in event.panels.all()] == ["Opening", "Main part"]
    page = desk.get(f"/admin/events/event/{event.pk}/change/").content.decode()
    assert 'value="Steppe Summit 2029"' in page
