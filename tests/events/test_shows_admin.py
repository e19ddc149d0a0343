import csv
import datetime
import io
import re
from datetime import date

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from openpyxl import load_workbook

from events.admin.shows.chart import Chart
from events.models import CountingMethod, Event, ShowCorrection, ShowCount, ShowTotal
from events.shows.statistics import PeriodTotals, Step
from tests.events.test_statistics import correct
from tests.factories import make_event, make_shows

SITE = "/admin/events/showcount/"
ADD = "/admin/events/showcorrection/add/"
FORMATS = ["", "?format=csv", "?format=csv&table=events", "?format=xlsx"]


def shows_url(event):
    return reverse("admin:events_event_shows", args=[event.pk])


def clerk_with(*codenames):
    clerk = User.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.add(*Permission.objects.filter(codename__in=codenames))
    return clerk


def table(response, number):
    """Return the cells of a table of the page, as text, row by row."""
    found = re.findall(r'<table class="shows-table.*?</table>', response.content.decode(), re.DOTALL)[number]
    rows = re.findall(r"<tr>(.*?)</tr>", found, re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
    return [[" ".join(re.sub(r"<[^>]+>", "", cell).split()) for cell in row] for row in cells]


def csv_rows(response):
    text = response.getvalue().decode()
    assert text[0] == "\ufeff"
    return list(csv.reader(io.StringIO(text[1:])))


def xlsx_rows(response):
    book = load_workbook(io.BytesIO(response.content))
    return {sheet.title: [[cell.value for cell in row] for row in sheet.rows] for sheet in book}


# Who may see what


@pytest.mark.parametrize("query", FORMATS)
@pytest.mark.parametrize(
    ("who", "status"),
    [("anonymous", 302), ("clerk", 403), ("counts only", 403), ("events only", 403), ("both", 200), ("editor", 200)],
)
def test_figures_of_an_event_are_for_those_who_may_see_both(client, editor, draft, query, who, status):
    make_shows(draft, 77)
    users = {
        "clerk": lambda: clerk_with(),
        "counts only": lambda: clerk_with("view_showcount"),
        "events only": lambda: clerk_with("view_event"),
        "both": lambda: clerk_with("view_event", "view_showcount"),
        "editor": lambda: editor,
    }
    if who in users:
        client.force_login(users[who]())
    response = client.get(shows_url(draft) + query)
    assert response.status_code == status
    if status != 200:
        assert (b"A secret plan" in response.getvalue(), b"77" in response.getvalue()) == (False, False)


@pytest.mark.parametrize("query", FORMATS)
@pytest.mark.parametrize(
    ("who", "status"), [("anonymous", 302), ("clerk", 403), ("counts only", 200), ("editor", 200), ("superuser", 200)]
)
def test_figures_of_the_site_are_for_those_who_may_see_them(client, editor, admin_user, event, query, who, status):
    make_shows(event, 77)
    users = {
        "clerk": lambda: clerk_with("view_event", "change_event"),
        "counts only": lambda: clerk_with("view_showcount"),
        "editor": lambda: editor,
        "superuser": lambda: admin_user,
    }
    if who in users:
        client.force_login(users[who]())
    response = client.get(SITE + query)
    if who == "counts only" and "table=events" in query:
        status = 403
    assert response.status_code == status
    if who not in ("editor", "superuser"):
        assert b"Land-Sea Forum" not in response.getvalue()
        assert b"Most shown events" not in response.getvalue()


@pytest.mark.parametrize(
    ("who", "statuses"),
    [
        ("anonymous", (302, 302, 302, 302, 302)),
        ("clerk", (403, 403, 403, 403, 403)),
        ("editor", (200, 403, 200, 403, 403)),
        ("superuser", (200, 200, 200, 403, 403)),
    ],
)
def test_corrections_are_seen_and_added_but_never_changed(client, editor, admin_user, event, who, statuses):
    line = correct(event, date(2025, 5, 1), shows=3)
    users = {"clerk": clerk_with, "editor": lambda: editor, "superuser": lambda: admin_user}
    if who in users:
        client.force_login(users[who]())
    change, delete = (f"/admin/events/showcorrection/{line.pk}/{action}/" for action in ("change", "delete"))
    found = [client.get(path).status_code for path in ("/admin/events/showcorrection/", ADD, change)]
    found.append(client.post(change, {"event": event.pk, "day": "2025-05-01", "shows": 9, "reason": "x"}).status_code)
    found.append(client.post(delete, {"post": "yes"}).status_code)
    assert tuple(found) == statuses
    line.refresh_from_db()
    assert (line.shows, line.reason) == (3, "A monitor of ours")


def test_ledger_has_no_other_page(admin_client, event):
    make_shows(event, 1)
    row = ShowCount.objects.get()
    paths = [f"{SITE}add/", f"{SITE}{row.pk}/change/", f"{SITE}{row.pk}/delete/", f"{SITE}{row.pk}/"]
    assert [admin_client.get(path).status_code for path in paths] == [404] * 4
    assert admin_client.post(SITE, {"action": "delete_selected", "_selected_action": row.pk}).status_code == 200
    assert ShowCount.objects.get() == row


@pytest.mark.parametrize("pk", ["999", "9" * 30])
def test_event_that_is_not_there_is_not_found(desk, pk):
    assert desk.get(f"/admin/events/event/{pk}/shows/").status_code == 404


def test_ledger_is_no_obstacle_to_deleting_an_event_for_good(admin_client, event):
    make_shows(event, 1)
    correct(event, date(2025, 5, 1), shows=3)
    admin_client.post(f"/admin/events/event/{event.pk}/delete/", {"post": "yes"})
    address = f"/admin/events/event/bin/{event.pk}/delete/"
    assert admin_client.post(address, {"address": event.slug}).status_code == 302
    assert [model.objects.exists() for model in (Event, ShowCount, ShowTotal, ShowCorrection)] == [False] * 4


def test_links_lead_to_the_figures_only_where_they_may_be_seen(client, desk, event):
    link = f'href="{shows_url(event)}"'
    pages = ["/admin/events/event/", f"/admin/events/event/{event.pk}/change/"]
    assert [link in desk.get(page).content.decode() for page in pages] == [True, True]
    client.force_login(clerk_with("view_event"))
    assert [link in client.get(page).content.decode() for page in pages] == [False, False]
    assert "Correct a figure" not in client.get(pages[1]).content.decode()


# What the page says


def test_page_prints_the_last_thirty_days_by_default(desk, event):
    today = timezone.localdate()
    make_shows(event, 4, today - datetime.timedelta(days=29), filtered_shows=3)
    make_shows(event, 1234, today, filtered_shows=2)
    make_shows(event, 9, today - datetime.timedelta(days=30))
    for url in (SITE, shows_url(event)):
        response = desk.get(url)
        rows = table(response, 0)
        assert (len(rows), rows[0]) == (31, ["Period", "Shows", "Filtered views"])
        assert rows[1][1:] == ["4", "3"]
        assert (rows[30][0].endswith("(so far)"), rows[30][1:]) == (True, ["1,234", "2"])
        assert re.findall(r"<dd>(.*?)</dd>", response.content.decode()) == ["1,238", "5"]


def test_chart_has_a_bar_for_each_row_of_the_table(desk, event):
    make_shows(event, 10, date(2025, 5, 1), filtered_shows=4)
    make_shows(event, 20, date(2025, 5, 2), filtered_shows=5)
    page = desk.get(SITE, {"from": "2025-05-01", "to": "2025-05-02"}).content.decode()
    assert re.findall(r"<title>(.*?)</title>", page)[1:] == [
        "1 May 2025: 10 shows, 4 filtered views",
        "2 May 2025: 20 shows, 5 filtered views",
    ]
    bars = re.findall(
        r'class="shows-chart__(shows|filtered)" x="[\d.]+%" y="[\d.]+" width="[\d.]+%" height="([\d.]+)"', page
    )
    assert bars == [("shows", "110.0"), ("filtered", "44.0"), ("shows", "220.0"), ("filtered", "55.0")]
    assert "style=" not in page[page.index('id="content-main"') :]


@pytest.mark.parametrize(("language", "number"), [("en", "1,234"), ("de", "1.234"), ("ru", "1\xa0234")])
def test_chart_is_drawn_in_plain_numbers_in_every_language(desk, event, language, number):
    make_shows(event, 1234)
    with translation.override(language):
        page = desk.get(SITE).content.decode()
    chart = re.search(r'<figure class="shows-chart">.*?</figure>', page, re.DOTALL).group()
    assert f">{number}</td>" in page
    numbers = re.findall(r' (?:x|y|x1|x2|y1|y2|width|height)="([^"]*)"', chart)
    assert [number for number in numbers if not re.fullmatch(r"\d+(\.\d+)?%?", number)] == []


def test_chart_draws_what_is_below_nought_below_the_line():
    day = date(2025, 5, 1)
    chart = Chart([PeriodTotals(day, day, Step.DAY, 10, 1), PeriodTotals(day, day, Step.DAY, -5, 0)])
    zero = next(float(line.y) for line in chart.lines if line.is_zero)
    assert [line.value for line in chart.lines] == [-5, 0, 5, 10]
    assert [float(bar.shows[0]) >= zero for bar in chart.bars] == [False, True]


@pytest.mark.parametrize(("highest", "lines"), [(0, [0, 1]), (1, [0, 1]), (7, [0, 2, 4, 6, 8]), (999, [0, 500, 1000])])
def test_chart_measures_with_round_numbers(highest, lines):
    chart = Chart([PeriodTotals(date(2025, 5, 1), date(2025, 5, 1), Step.DAY, highest, 0)])
    assert [line.value for line in chart.lines] == lines


def test_chart_never_has_more_labels_than_can_be_read():
    days = [date(2016, 1, 1) + datetime.timedelta(days=number) for number in range(3650)]
    for number in (1, 7, 30, 186, 3650):
        chart = Chart([PeriodTotals(day, day, Step.DAY, 1, 0) for day in days[:number]])
        assert 1 <= len(chart.labels) <= 8


@pytest.mark.parametrize(
    ("first", "last", "step", "drawn", "rows"),
    [
        ("2025-07-01", "2025-12-31", "day", "By day", 184),
        ("2025-06-01", "2025-12-31", "day", "By week", 32),
        ("2016-01-01", "2025-12-31", "day", "By month", 120),
        ("2016-01-01", "2025-12-31", "week", "By month", 120),
        ("2000-01-01", "2025-12-31", "month", "By year", 26),
    ],
)
def test_period_too_long_for_its_step_is_drawn_by_a_coarser_one(desk, event, first, last, step, drawn, rows):
    make_shows(event, 1, date.fromisoformat(first))
    response = desk.get(SITE, {"from": first, "to": last, "step": step})
    page = response.content.decode()
    assert f">{drawn}</h2>" in page
    assert len(table(response, 0)) - 1 == page.count('<g class="shows-chart__bar">') == rows
    assert ("too many steps for a chart" in page) == (drawn != f"By {step}")


def test_files_have_every_day_of_a_period_too_long_to_draw(desk, event):
    make_shows(event, 1, date(2016, 1, 1))
    rows = csv_rows(desk.get(SITE, {"from": "2016-01-01", "to": "2025-12-31", "format": "csv"}))
    assert len(rows) == 1 + 3653


def test_folded_months_have_a_chart_of_their_own(desk, event):
    make_shows(event, 300, date(2025, 1, 1), filtered_shows=100, span="month")
    make_shows(event, 5, date(2025, 2, 1), filtered_shows=2)
    response = desk.get(SITE, {"from": "2025-01-10", "to": "2025-02-02", "step": "day"})
    page = response.content.decode()
    assert re.findall(r'<h2 id="shows-run-\d">(.*?)</h2>', page) == ["By month", "By day"]
    assert table(response, 0)[1:] == [["January 2025", "300", "100"]]
    assert table(response, 1)[1:] == [["1 February 2025", "5", "2"], ["2 February 2025", "0", "0"]]
    assert "extended to whole months" in page
    by_month = desk.get(SITE, {"from": "2025-01-10", "to": "2025-02-28", "step": "month"})
    assert table(by_month, 0)[1:] == [["January 2025", "300", "100"], ["February 2025", "5", "2"]]


def test_noughts_are_not_printed_of_the_time_before_counting(desk, event):
    make_shows(event, 5, date(2025, 2, 1))
    response = desk.get(SITE, {"from": "2024-12-01", "to": "2025-02-02"})
    assert table(response, 0)[1:] == [["1 February 2025", "5", "0"], ["2 February 2025", "0", "0"]]
    assert "Nothing was counted here before this day" in response.content.decode()


@pytest.mark.django_db
def test_empty_ledger_says_so(desk):
    page = desk.get(SITE).content.decode()
    assert "Nothing was counted in this period." in page
    assert "<svg class=" not in page


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ({"from": "then"}, {"first": "Write the day as 2023-05-17 or 17.05.2023, or choose it from the calendar."}),
        ({"from": "1999-12-31"}, {"first": "Is the year right? The day lies between 1 January 2000 and today."}),
        ({"to": "2999-01-01"}, {"last": "Is the year right? The day lies between 1 January 2000 and today."}),
        ({"from": "2025-05-02", "to": "2025-05-01"}, {"last": "The period ends before it begins."}),
        ({"step": "hour"}, {"step": "Choose days, weeks, months or years."}),
        ({"step": "\x00", "to": "9" * 5000}, {"step": "Choose days, weeks, months or years.", "last": None}),
    ],
)
@pytest.mark.parametrize("kind", [{}, {"format": "csv"}])
def test_period_that_cannot_be_read_is_told_at_its_field(desk, event, query, errors, kind):
    make_shows(event, 1, timezone.localdate() - datetime.timedelta(days=29))
    response = desk.get(SITE, query | kind)
    assert response["Content-Type"] == "text/html; charset=utf-8"
    found = {name: messages[0] for name, messages in response.context["form"].errors.items()}
    assert found == {name: message or found[name] for name, message in errors.items()}
    assert len(table(response, 0)) == 31


def test_days_are_understood_as_people_write_them(desk, event):
    make_shows(event, 5, date(2025, 5, 1))
    response = desk.get(SITE, {"from": "01.05.2025", "to": "2025-05-01"})
    assert table(response, 0)[1:] == [["1 May 2025", "5", "0"]]


def test_quick_links_lead_to_whole_months_and_to_all(desk, event):
    today = timezone.localdate()
    make_shows(event, 5, date(2020, 5, 6))
    make_shows(event, 1)
    links = {link.label: link for link in desk.get(SITE).context["quick_links"]}
    assert [(str(label), link.is_current) for label, link in links.items()] == [
        ("30 days", True),
        ("12 months", False),
        ("All", False),
    ]
    assert len(table(desk.get(f"{SITE}?{links['12 months'].query}"), 0)) == 13
    assert links["All"].query == f"from=2020-05-06&to={today}&step=month"


def test_event_tells_what_its_number_is_made_of(desk):
    event = make_event(imported_shows=585)
    make_shows(event, 1000)
    correct(event, timezone.localdate(), shows=-3)
    page = desk.get(shows_url(event)).content.decode()
    account = re.search(r'<table class="shows-account__sum">.*?</table>', page, re.DOTALL).group()
    assert re.findall(r"<td>(.*?)</td>", account) == ["585", "+ 1,000", "-3", "= 1,582"]
    assert "differ" not in page
    event.shows.update(shows=1)
    assert "The daily counts and the printed number differ." in desk.get(shows_url(event)).content.decode()


def test_most_shown_and_corrections_and_methods_are_listed(desk, event):
    make_shows(event, 5, date(2025, 5, 1), filtered_shows=2)
    make_shows(make_event(title="More shown"), 6, date(2025, 5, 1))
    correct(event, date(2025, 5, 1), shows=-2, reason="A monitor & its loop")
    CountingMethod.objects.create(day=date(2025, 5, 1), bot_list="crawlers 1.67.0", rule="COUNTER R5.1")
    response = desk.get(SITE, {"from": "2025-05-01", "to": "2025-05-01"})
    assert [row[:2] + row[3:] for row in table(response, 1)[1:]] == [
        ["1", "More shown", "6", "0"],
        ["2", "Land-Sea Forum", "3", "2"],
    ]
    assert table(response, 2)[1][:6] == [
        "1 May 2025",
        "Land-Sea Forum",
        "-2",
        "+0",
        "A monitor &amp; its loop",
        "clerk of figures",
    ]
    assert "bots by crawlers 1.67.0, repeats by COUNTER R5.1" in response.content.decode()


def test_corrections_are_listed_for_those_who_may_see_them(client, event):
    correct(event, timezone.localdate(), shows=2, reason="A secret reason")
    client.force_login(clerk_with("view_showcount"))
    assert "A secret reason" not in client.get(SITE).content.decode()


def test_page_costs_the_same_however_many_rows(desk):
    def queries(url):
        with CaptureQueriesContext(connection) as found:
            assert desk.get(url).status_code == 200
        return len(found)

    first = make_event()
    counts = []
    for number in (1, 3, 30):
        for _ in range(number):
            event = make_event()
            make_shows(event, 2)
            correct(event, timezone.localdate(), shows=1)
            correct(first, timezone.localdate(), shows=1)
            CountingMethod.objects.create(day=timezone.localdate(), bot_list=str(event.pk), rule="a")
        counts.append([queries(url + query) for url in (SITE, shows_url(first)) for query in FORMATS])
    assert counts[0] == counts[1] == counts[2]


def test_hostile_titles_and_reasons_are_text(desk):
    event = make_event(title='<script>alert("x")</script>')
    make_shows(event, 1)
    correct(event, timezone.localdate(), shows=1, reason="<img src=x onerror=alert(1)>")
    for url in (SITE, shows_url(event), f"{SITE}?from=%22%3E%3Cscript%3Ealert(1)"):
        page = desk.get(url).content.decode()
        assert ("<script>alert" in page, "<img src=x" in page) == (False, False)


# Files


def test_csv_has_the_series(desk, event):
    make_shows(event, 300, date(2025, 1, 1), filtered_shows=100, span="month")
    make_shows(event, 5, date(2025, 2, 1), filtered_shows=2)
    query = {"from": "2025-01-01", "to": "2025-02-02", "format": "csv"}
    for url, of in ((SITE, "forum-site"), (shows_url(event), "land-sea-forum")):
        response = desk.get(url, query)
        assert response["Content-Type"] == "text/csv; charset=utf-8"
        assert response["Content-Disposition"] == f'attachment; filename="shows-{of}-2025-01-01-2025-02-02-by-day.csv"'
        assert csv_rows(response) == [
            ["From", "To", "Span", "Shows", "Filtered views"],
            ["2025-01-01", "2025-01-31", "Month", "300", "100"],
            ["2025-02-01", "2025-02-01", "Day", "5", "2"],
            ["2025-02-02", "2025-02-02", "Day", "0", "0"],
        ]


def test_csv_has_all_events_of_the_period(desk, settings):
    settings.SITE_URL = "https://forum.example"
    for number in range(60):
        make_shows(make_event(title=f"Event {number}"), number + 1)
    response = desk.get(SITE, {"format": "csv", "table": "events"})
    rows = csv_rows(response)
    assert "-events.csv" in response["Content-Disposition"]
    assert (len(rows), rows[1][1:]) == (
        61,
        ["Event 59", "2023-05-17", "https://forum.example/events/event-59/", "60", "0"],
    )
    assert len(table(desk.get(SITE), 1)) == 51


def test_xlsx_has_both_sheets_with_numbers_and_days(desk, event):
    make_shows(event, 5, date(2025, 2, 1), filtered_shows=2)
    response = desk.get(SITE, {"from": "2025-02-01", "to": "2025-02-01", "format": "xlsx"})
    assert response["Content-Type"] == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert response["Content-Disposition"].endswith('-2025-02-01-2025-02-01-by-day.xlsx"')
    sheets = xlsx_rows(response)
    day = datetime.datetime(2025, 2, 1)
    assert sheets["Shows"][1:] == [[day, day, "Day", 5, 2]]
    assert [row[1] for row in sheets["Events"]] == ["Title", "Land-Sea Forum"]
    assert sheets["Events"][1][4:] == [5, 2]


@pytest.mark.parametrize(
    "title", ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "\x01=1", "=\x00"]
)
def test_cells_are_never_formulas(desk, title):
    event = make_event(slug="formula")
    make_shows(event, 1)
    Event.objects.update(title=title)  # Its field takes a NUL off.
    told = Event.objects.get().title
    for url in (SITE, shows_url(event)):
        cell = csv_rows(desk.get(url, {"format": "csv", "table": "events"}))[1][1]
        assert cell == f"'{told}"
        cell = load_workbook(io.BytesIO(desk.get(url, {"format": "xlsx"}).content))["Events"]["B2"]
        assert (cell.data_type, cell.value[0] == "'" or "\x00" in title) == ("s", True)


def test_quotes_and_other_scripts_stay_in_their_cell(desk):
    title = 'Форум, "日本", العربية'
    make_shows(make_event(title=title), 1)
    assert csv_rows(desk.get(SITE, {"format": "csv", "table": "events"}))[1][1] == title


# Corrections


def correction_form(event, **fields):
    return {"event": event.pk, "day": "2025-05-01", "shows": "-3", "filtered_shows": "0", "reason": "A loop", **fields}


def printed_number(client, event):
    return int(re.search(r"Number of shows: (\d+)<", client.get(event.get_absolute_url()).content.decode())[1])


def test_correction_changes_the_printed_number_and_the_totals(admin_client, client, event):
    make_shows(event, 10, date(2025, 5, 1), filtered_shows=4)
    form = correction_form(event, filtered_shows="-2")
    assert admin_client.post(ADD, form).status_code == 302
    assert (event.shows.get().shows, event.shows.get().filtered_shows) == (10, 4)
    assert ShowTotal.objects.get().shows == 7
    for url in (SITE, shows_url(event)):
        response = admin_client.get(url, {"from": "2025-05-01", "to": "2025-05-01"})
        assert table(response, 0)[1:] == [["1 May 2025", "7", "2"]]
    assert printed_number(client, event) == 8  # With this very show.


def test_author_is_who_is_signed_in(admin_client, admin_user, editor, event):
    make_shows(event, 10, date(2025, 5, 1))
    forged = {"author": editor.pk, "author_id": editor.pk, "created_at": "2001-01-01"}
    admin_client.post(ADD, correction_form(event) | forged)
    line = ShowCorrection.objects.get()
    assert (line.author, line.created_at.date() == timezone.now().date()) == (admin_user, True)


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"shows": "-11"}, {"shows": "Only 10 shows have been counted: no more can be taken away."}),
        ({"filtered_shows": "-5"}, {"filtered_shows": "Only 4 filtered views are recorded: you cannot subtract more."}),
        ({"shows": "0"}, {"shows": "Enter the number of shows or filtered views to add or subtract."}),
        ({"reason": "  "}, {"reason": "This field is required."}),
        ({"shows": "2000000000"}, {"shows": "This is more than a correction can be. Is the number right?"}),
        ({"shows": "9" * 40}, {"shows": None}),
        ({"event": "x", "shows": "3"}, {"event": None}),
        ({"event": "999", "shows": "3"}, {"event": None}),
        (
            {"day": "then"},
            {"day": "Write the day as 2023-05-17 or 17.05.2023, or choose it from the calendar."},
        ),
        ({"day": "2999-01-01"}, {"day": "Is the year right? The day lies between 1 January 2000 and today."}),
    ],
)
def test_wrong_correction_is_told_at_its_field(admin_client, event, fields, errors):
    make_shows(event, 10, date(2025, 5, 1), filtered_shows=4)
    response = admin_client.post(ADD, correction_form(event) | fields)
    found = {name: messages[0] for name, messages in response.context["adminform"].form.errors.items()}
    assert found == {name: message or found[name] for name, message in errors.items()}
    assert (ShowCorrection.objects.count(), ShowTotal.objects.get().shows) == (0, 10)


def test_figure_is_corrected_from_the_events_page(admin_client, desk, event):
    link = f"{ADD}?event={event.pk}"
    assert f'href="{link}"' in admin_client.get(shows_url(event)).content.decode()
    page = admin_client.get(link).content.decode()
    assert f'<option value="{event.pk}" selected>Land-Sea Forum</option>' in page
    assert 'name="author"' not in page


def test_list_of_corrections_tells_all_of_a_line(desk, event):
    make_shows(event, 10, date(2025, 5, 1))
    correct(event, date(2025, 5, 1), shows=-3, filtered_shows=1, reason="A loop")
    page = desk.get("/admin/events/showcorrection/").content.decode()
    cells = [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r'<t[hd] class="field-[^>]+>.*?</t[hd]>', page)]
    assert cells[:6] == ["Land-Sea Forum", "1 May 2025", "-3", "1", "A loop", "clerk of figures"]
    assert 'name="action"' not in page


def test_list_of_corrections_costs_the_same_however_many(desk):
    counts = []
    for number in (1, 3):
        for _ in range(number):
            correct(make_event(), date(2025, 5, 1), shows=1)
        with CaptureQueriesContext(connection) as found:
            assert desk.get("/admin/events/showcorrection/").status_code == 200
        counts.append(len(found))
    assert counts[0] == counts[1]
