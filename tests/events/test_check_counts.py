import datetime
from threading import Event as Signal
from threading import Thread

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events.models import ShowCorrection, ShowCount, ShowTotal
from tests.factories import make_event, make_shows

MAY = datetime.date(2023, 5, 1)
DAY = datetime.timedelta(days=1)
AGREES = "The daily counts and the totals agree."


def correct(event, shows):
    author, _ = User.objects.get_or_create(username="auditor")
    ShowCorrection.objects.create(event=event, day=MAY, shows=shows, reason="Counted twice.", author=author)


@pytest.fixture
def daily_counts(event):
    """An event with days, a month and corrections, beside one that was never shown and one of no shows."""
    make_shows(event, 40, MAY + 3 * DAY, filtered_shows=40)
    make_shows(event, 2, MAY + 4 * DAY)
    make_shows(event, 600, datetime.date(2020, 2, 1), filtered_shows=90, span="month")
    make_shows(event, 3)
    correct(event, -5)
    correct(event, 1)
    make_event()
    make_shows(make_event(imported_shows=585), 0)
    return ShowCount.objects.filter(event=event)


def told(capsys):
    """Return what the command tells beside its first and its last lines, and what it fails with."""
    with pytest.raises(CommandError) as failure:
        call_command("check_counts")
    first, *lines, last = capsys.readouterr().out.splitlines()
    assert first.startswith("Adding up the daily counts")
    assert last.startswith("Events checked: ")
    return lines, str(failure.value)


def test_counts_that_agree_are_told(daily_counts, capsys):
    call_command("check_counts")
    assert capsys.readouterr().out.splitlines()[1:] == ["Events checked: 3. Shows in all: 641.", AGREES]


def test_empty_site_agrees(db, capsys):
    call_command("check_counts")
    assert capsys.readouterr().out.splitlines()[1:] == ["Events checked: 0. Shows in all: 0.", AGREES]


def test_counted_shows_agree(event, capsys):
    for _ in range(3):
        ShowTotal.objects.count_shows(None, {event.pk: 2}, {event.pk: 1})
    call_command("check_counts")
    assert capsys.readouterr().out.splitlines()[1:] == ["Events checked: 1. Shows in all: 6.", AGREES]


def one_show_more_in_the_total(event, daily_counts):
    ShowTotal.objects.filter(event=event).update(shows=642)
    return 642, 645, -4


def total_lost(event, daily_counts):
    ShowTotal.objects.filter(event=event).delete()
    return 0, 645, -4


def one_show_less_in_the_ledger(event, daily_counts):
    daily_counts.filter(day=MAY + 3 * DAY).update(shows=39, filtered_shows=39)
    return 641, 644, -4


def month_lost(event, daily_counts):
    daily_counts.filter(span="month").delete()
    return 641, 45, -4


def ledger_lost(event, daily_counts):
    daily_counts.delete()
    return 641, 0, -4


def correction_lost(event, daily_counts):
    event.corrections.filter(shows=-5).delete()
    return 641, 645, 1


def correction_beside_the_total(event, daily_counts):
    correction = event.corrections.get(shows=1)
    ShowCorrection.objects.bulk_create(
        [ShowCorrection(event=event, day=MAY, shows=7, author=correction.author, reason="?")]
    )
    return 641, 645, 3


@pytest.mark.parametrize(
    "break_it",
    [
        one_show_more_in_the_total,
        total_lost,
        one_show_less_in_the_ledger,
        month_lost,
        ledger_lost,
        correction_lost,
        correction_beside_the_total,
    ],
    ids=lambda break_it: break_it.__name__,
)
def test_difference_is_told(event, daily_counts, capsys, break_it):
    total, counted, corrected = break_it(event, daily_counts)
    lines, failure = told(capsys)
    assert lines == [
        f"Event {event.pk}, “Land-Sea Forum”: the total says {total}, the daily counts {counted} "
        f"and the corrections {corrected:+d}."
    ]
    assert failure == "Totals that differ from the daily counts: 1. Rows that cannot be: 0."


def test_every_difference_is_told(capsys, db):
    events = [make_event() for _ in range(3)]
    for event in events:
        make_shows(event, 5)
    ShowTotal.objects.exclude(event=events[1]).update(shows=4)
    lines, failure = told(capsys)
    assert [line.split(",")[0] for line in lines] == [f"Event {events[0].pk}", f"Event {events[2].pk}"]
    assert failure == "Totals that differ from the daily counts: 2. Rows that cannot be: 0."


def test_differences_that_cancel_out_are_told(capsys, db):
    for shows in (4, 6):
        make_shows(event := make_event(), 5)
        ShowTotal.objects.filter(event=event).update(shows=shows)
    assert len(told(capsys)[0]) == 2


def day_to_come(event):
    make_shows(event, 1, day := timezone.localdate() + 2 * DAY)
    return day, "the day is still to come (shows 1, filtered views 0)"


def more_readers_than_shows(event):
    make_shows(event, 1, MAY + DAY, filtered_shows=2)
    return MAY + DAY, "there are more filtered views than shows (shows 1, filtered views 2)"


def month_amid_a_month(event):
    make_shows(event, 1, MAY.replace(month=6) + DAY, span="month")
    return MAY.replace(month=6) + DAY, "the row of a month is not on its first day (shows 1, filtered views 0)"


def day_beside_its_month(event):
    make_shows(event, 1, datetime.date(2020, 2, 29))
    return (
        datetime.date(2020, 2, 1),
        "the month has rows of single days, too; rollup_counts can join them (shows 600, filtered views 90)",
    )


@pytest.mark.parametrize(
    "break_it",
    [day_to_come, more_readers_than_shows, month_amid_a_month, day_beside_its_month],
    ids=lambda break_it: break_it.__name__,
)
def test_row_that_cannot_be_is_told(event, daily_counts, capsys, break_it):
    day, reason = break_it(event)
    lines, failure = told(capsys)
    assert lines == [f"Event {event.pk}, {day}: {reason}."]
    assert failure == "Totals that differ from the daily counts: 0. Rows that cannot be: 1."


def test_rows_that_can_be_are_not_told(event, daily_counts, capsys):
    make_shows(event, 1, timezone.localdate() + DAY)
    make_shows(event, 1, datetime.date(2020, 1, 31))
    make_shows(event, 1, datetime.date(2020, 3, 1))
    make_shows(event, 1, datetime.date(2021, 2, 3))
    make_shows(make_event(), 1, datetime.date(2020, 2, 3))
    call_command("check_counts")
    assert AGREES in capsys.readouterr().out


@pytest.mark.parametrize("rows", [1, 3])
def test_check_asks_the_same_questions_of_any_archive(rows, db, capsys):
    for _ in range(rows):
        make_shows(make_event(), 5)
    with CaptureQueriesContext(connection) as queries:
        call_command("check_counts")
    selects = [query["sql"] for query in queries if query["sql"].lstrip().startswith("SELECT")]
    assert len(selects) == 8


@pytest.mark.django_db(transaction=True)
def test_shows_counted_meanwhile_are_no_difference():
    event = make_event()
    over, counted = Signal(), []

    def count():
        try:
            while not over.is_set():
                counted.append(ShowTotal.objects.count_shows(None, {event.pk: 1}, {}))
        finally:
            connections.close_all()

    counting = Thread(target=count)
    counting.start()
    try:
        differences = [list(ShowTotal.objects.differences()) for _ in range(200)]
    finally:
        over.set()
        counting.join()
    assert differences == [[]] * 200
    assert ShowTotal.objects.of(event.pk) == len(counted) > 0
