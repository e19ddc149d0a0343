"""What an import asks, guesses and tells before anything comes in."""

import html
import io

import pytest
from openpyxl import Workbook

from events.models import Event
from organizations.models import Organization
from tests.events.test_event_import import PAGE, go_on, look_through, row_errors

pytestmark = pytest.mark.django_db
HOUSES = "/admin/organizations/organization/import/"


def notes(response):
    return response.context["found"].notes


def text_of(response):
    return " ".join(html.unescape(response.content.decode()).split())


DAYS = [
    {"Title": "One", "First day": "03/04/2031", "Last day": "4/4/2031", "Publish at": "01/02/2031 09:00"},
    {"Title": "Two", "First day": "2031-05-06"},
]


def test_order_of_days_is_asked_and_never_guessed(desk):
    response = look_through(desk, DAYS)
    assert [(row, heading) for row, heading, _told in row_errors(response)] == [
        (2, "First day"),
        (2, "Last day"),
        (2, "Publish at"),
    ]
    assert "“03/04/2031” can mean 3 April 2031 or 4 March 2031" in row_errors(response)[0][2]
    assert notes(response) == ["Some days are written as 03/04/2031. Choose whether day or month comes first."]
    assert 'name="day_order"' in response.content.decode()


@pytest.mark.parametrize(
    ("order", "days"),
    [("day", ("2031-04-03", "2031-04-04", "2031-02-01")), ("month", ("2031-03-04", "2031-04-04", "2031-01-02"))],
)
def test_order_that_was_chosen_holds_for_the_whole_table(desk, order, days):
    response = look_through(desk, DAYS, day_order=order)
    assert row_errors(response) == []
    assert notes(response) == [f"Days are read in the order that you chose: 03/04/2031 is {days[0]}."]
    assert go_on(desk, response, day_order=order) == ["2 rows were imported."]
    event = Event.objects.get(title="One")
    assert (str(event.starts_on), str(event.ends_on), str(event.publish_at.date())) == days
    assert str(Event.objects.get(title="Two").starts_on) == "2031-05-06"
    assert look_through(desk, DAYS, day_order=order).context["found"].new == []


def test_day_that_the_order_does_not_allow_is_a_fault(desk):
    rows = [{"Title": "One", "First day": "03/04/2031"}, {"Title": "Two", "First day": "04/23/2031"}]
    [(row, heading, told)] = row_errors(look_through(desk, rows, day_order="day"))
    assert (row, heading) == (3, "First day")
    assert told.startswith("“04/23/2031” is not a day with the day first.")
    assert row_errors(look_through(desk, rows, day_order="month")) == []


def test_numbers_read_as_days_are_told(desk):
    response = look_through(desk, [{"Title": "One", "First day": "47911"}])
    assert notes(response) == [
        "Numbers in columns of days were read as a spreadsheet counts them: 47911 is 2031-03-04."
    ]


@pytest.mark.parametrize("typed", ["3.4.31", "04/03/31", "31", "2031"])
def test_short_years_are_refused(desk, typed):
    assert [
        heading for _row, heading, _told in row_errors(look_through(desk, [{"Title": "A", "First day": typed}]))
    ] == ["First day"]


def test_organizations_have_no_days_to_ask_about(desk):
    assert 'name="day_order"' not in desk.get(HOUSES).content.decode()


# Cells that failed


def test_cells_that_failed_are_faults_at_row_and_column(desk):
    book = Workbook()
    book.active.append(["Title", "First day", "City", "Venue", "Not ours"])
    book.active.append(["One", "2031-03-04", "#REF!", "Hall", "#N/A"])
    book.active.append(["=A2", "2031-03-05", "Oslo", '=UPPER("hall")', "x"])
    file = io.BytesIO()
    book.save(file)
    response = look_through(desk, file.getvalue(), "a.xlsx")
    assert [(row, heading) for row, heading, _told in row_errors(response)] == [(2, "City"), (3, "Title"), (3, "Venue")]
    assert "“#REF!” is not a value" in row_errors(response)[0][2]
    assert "never calculated" in row_errors(response)[1][2]


def test_organizations_with_failures_do_not_come_in(desk):
    response = look_through(desk, b"Name;City\n#NAME?;Oslo\nHouse;#VALUE!\n", page=HOUSES)
    assert [(row, heading) for row, heading, _told in row_errors(response)] == [(2, "Name"), (3, "City")]
    assert not Organization.objects.exists()


def test_first_row_that_names_no_column_is_told(desk):
    response = look_through(desk, b"Gatherings of 2031\nForum;2031-03-04\n")
    assert response.context["found"].problems == [
        "The first row does not name the columns: “Gatherings of 2031”. These columns are needed: “Title”, “First day”."
    ]
    assert notes(response) == []


def test_encoding_that_was_guessed_is_told_when_looked_over(desk):
    response = look_through(desk, "Title;First day\nФорум по воде;2031-03-04\n".encode("cp1251"))
    assert "Windows-1251" in text_of(response)


# Time zones


def test_zone_of_the_place_is_proposed_and_told(desk):
    rows = [
        {"Title": "One", "First day": "2031-03-04", "Country": "FR", "City": "Lyon"},
        {"Title": "Two", "First day": "2031-03-04", "Country": "US", "City": "Denver"},
        {"Title": "Three", "First day": "2031-03-04", "Country": "France"},
        {"Title": "Four", "First day": "2031-03-04", "Country": "US", "City": "Springfield"},
        {"Title": "Five", "First day": "2031-03-04", "Country": "US", "Time zone": "UTC"},
        {"Title": "Six", "First day": "2031-03-04"},
    ]
    response = look_through(desk, rows)
    assert notes(response) == [
        "Time zone Europe/Paris, by country and city: rows 2, 4.",
        "Time zone America/Denver, by country and city: row 3.",
        "The time zone of these places is not known. It will be UTC unless you write it: row 5.",
    ]
    go_on(desk, response)
    assert list(Event.objects.order_by("pk").values_list("time_zone", flat=True)) == [
        *("Europe/Paris", "America/Denver", "Europe/Paris", "UTC", "UTC", "UTC")
    ]


# What it asks for, and what becomes public


def test_page_lists_the_words_that_are_taken(desk):
    page = text_of(desk.get(PAGE))
    for field in ("kind", "attendance", "status"):
        for label in Event._meta.get_field(field).choices:
            assert f"<q>{label[1]}</q>" in page
    assert "<q>Published</q>" in page
    assert "In the trash" not in page
    assert "<code>NO</code> Norway" in page
    assert "<code>Asia/Kathmandu</code>" in page


def test_rows_that_become_public_at_once_are_named(desk):
    later = {"Publication status": "Published", "Publish at": "2131-01-01 09:00"}
    rows = [{"Title": f"Event {number}", "First day": "2031-03-04"} for number in range(7)]
    for number, more in {
        1: {"Publication status": "Published"},
        2: {"Publication status": "published"},
        4: later,
    }.items():
        rows[number] |= more
    rows[6] |= {"Publication status": "Published"}
    assert "Public as soon as they are imported: rows 3–4, 8." in text_of(look_through(desk, rows))
    assert "None of these rows will be public at once." in text_of(look_through(desk, rows[:1]))
    houses = look_through(desk, b"Name\nHouse of Roads\n", page=HOUSES)
    assert "Public as soon as they are imported: row 2." in text_of(houses)
