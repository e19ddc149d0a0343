import datetime
from collections import Counter
from threading import Event as Signal
from threading import Thread

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.db.models import Sum
from django.utils import timezone

from events.management.commands import rollup_counts
from events.models import ShowCorrection, ShowCount, ShowTotal
from events.models.show_count_queryset import ShowCountQuerySet
from tests.factories import make_event, make_shows

TODAY = datetime.date(2026, 3, 31)
JANUARY, FEBRUARY, MARCH = (datetime.date(2024, month, 1) for month in (1, 2, 3))
DAY = datetime.timedelta(days=1)


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(timezone, "localdate", lambda: TODAY)
    monkeypatch.setattr(rollup_counts, "PAUSE", 0)


@pytest.fixture
def events(db):
    """Two events with all days from December 2023 to April 2024, and today; one has fewer."""
    events = [make_event(), make_event()]
    for number in range(31 + 31 + 29 + 31 + 30):
        make_shows(events[0], number + 1, datetime.date(2023, 12, 1) + number * DAY, filtered_shows=number)
    for day in (JANUARY, FEBRUARY + 3 * DAY, MARCH + 5 * DAY):
        make_shows(events[1], 7, day, filtered_shows=2)
    for event in events:
        make_shows(event, 3, TODAY, filtered_shows=1)
    return events


def rows():
    return list(
        ShowCount.objects.order_by("event_id", "day").values_list("event_id", "day", "span", "shows", "filtered_shows")
    )


def sums():
    """Return the shows and readers of each event and month, and the totals."""
    months = (
        ShowCount.objects.order_by()
        .values_list("event_id", "day__year", "day__month")
        .annotate(Sum("shows"), Sum("filtered_shows"))
    )
    return sorted(months), sorted(ShowTotal.objects.values_list("event_id", "shows"))


def spans(event):
    """Return the months of an event's rows, with their span and number."""
    found = Counter((f"{day:%Y-%m}", span) for day, span in event.shows.values_list("day", "span"))
    return [(*key, number) for key, number in sorted(found.items())]


def test_days_of_old_months_become_one_row_a_month(events, capsys):
    before = sums()
    call_command("rollup_counts")
    assert sums() == before
    assert spans(events[0]) == [
        ("2023-12", "month", 1),
        ("2024-01", "month", 1),
        ("2024-02", "month", 1),
        ("2024-03", "day", 31),
        ("2024-04", "day", 30),
        ("2026-03", "day", 1),
    ]
    assert spans(events[1]) == [
        ("2024-01", "month", 1),
        ("2024-02", "month", 1),
        ("2024-03", "day", 1),
        ("2026-03", "day", 1),
    ]
    assert {day.day for day in ShowCount.objects.filter(span="month").values_list("day", flat=True)} == {1}
    assert capsys.readouterr().out.splitlines() == [
        "2023-12: 31 rows of days, 1 rows of the month.",
        "2024-01: 32 rows of days, 2 rows of the month.",
        "2024-02: 30 rows of days, 2 rows of the month.",
        "93 rows of days became 5 rows of months.",
        "Daily counts are kept from 2024-03-01 on.",
    ]


def test_second_run_changes_nothing(events, capsys):
    call_command("rollup_counts")
    before = rows()
    capsys.readouterr()
    call_command("rollup_counts")
    assert rows() == before
    assert capsys.readouterr().out.splitlines()[0] == "0 rows of days became 0 rows of months."


def test_dry_run_tells_the_same_and_changes_nothing(events, capsys):
    before = rows()
    call_command("rollup_counts", "--dry-run")
    dry = capsys.readouterr().out.splitlines()
    assert rows() == before
    call_command("rollup_counts")
    assert dry[:3] == capsys.readouterr().out.splitlines()[:3]
    assert dry[3] == "This was a dry run: 93 rows of days would become 5 rows of months."


@pytest.mark.parametrize(
    ("keep", "kept_from"),
    [(1, "2026-02-01"), (3, "2025-12-01"), (24, "2024-03-01"), (26, "2024-01-01"), (27, "2023-12-01")],
)
def test_months_to_keep_are_kept(events, capsys, keep, kept_from):
    call_command("rollup_counts", f"--keep={keep}")
    assert f"Daily counts are kept from {kept_from} on." in capsys.readouterr().out
    before = ShowCount.objects.filter(day__lt=kept_from).values_list("span", flat=True)
    since = ShowCount.objects.filter(day__gte=kept_from).values_list("span", flat=True)
    assert (set(before) <= {"month"}, set(since)) == (True, {"day"})


@pytest.mark.parametrize("keep", ["0", "-1", "1.5", "many", "1201"])
def test_months_that_cannot_be_kept_are_refused(db, keep):
    with pytest.raises(CommandError, match=f"a whole number from 1 to 1200 is needed, not “{keep}”"):
        call_command("rollup_counts", f"--keep={keep}")


def test_this_month_is_never_folded(event):
    make_shows(event, 1, TODAY.replace(day=1))
    make_shows(event, 1, TODAY)
    make_shows(event, 1, datetime.date(2026, 1, 31))
    call_command("rollup_counts", "--keep=1")
    assert spans(event) == [("2026-01", "month", 1), ("2026-03", "day", 2)]


def test_first_day_alone_becomes_its_month(event):
    make_shows(event, 4, JANUARY, filtered_shows=3)
    call_command("rollup_counts")
    assert rows() == [(event.pk, JANUARY, "month", 4, 3)]


def test_last_day_alone_becomes_its_month(event):
    make_shows(event, 4, FEBRUARY + 28 * DAY, filtered_shows=3)
    call_command("rollup_counts")
    assert rows() == [(event.pk, FEBRUARY, "month", 4, 3)]


def test_days_that_came_later_join_their_month(event):
    make_shows(event, 40, JANUARY, filtered_shows=30, span="month")
    make_shows(event, 2, JANUARY + 9 * DAY, filtered_shows=1)
    make_shows(event, 3, JANUARY + 30 * DAY, filtered_shows=1)
    call_command("rollup_counts")
    assert rows() == [(event.pk, JANUARY, "month", 45, 32)]
    assert list(ShowTotal.objects.differences()) == []


def test_corrections_are_left_alone(event):
    make_shows(event, 40, JANUARY + DAY)
    author = User.objects.create_user("auditor")
    ShowCorrection.objects.create(event=event, day=JANUARY + DAY, shows=-5, reason="Counted twice.", author=author)
    before = list(ShowCorrection.objects.values())
    call_command("rollup_counts")
    assert list(ShowCorrection.objects.values()) == before
    call_command("check_counts")


def test_interruption_between_months_keeps_what_is_done(events, monkeypatch):
    before, roll_up = sums(), ShowCountQuerySet.roll_up

    def fold_or_stop(self, month):
        if month == FEBRUARY:
            raise KeyboardInterrupt
        roll_up(self, month)

    with monkeypatch.context() as patch:
        patch.setattr(ShowCountQuerySet, "roll_up", fold_or_stop)
        with pytest.raises(KeyboardInterrupt):
            call_command("rollup_counts")
    assert sums() == before
    assert [span for month, span, _ in spans(events[0])][:3] == ["month", "month", "day"]
    call_command("rollup_counts")
    assert sums() == before
    assert [span for month, span, _ in spans(events[0])][:3] == ["month", "month", "month"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("statement", ["DELETE FROM events_showcount", "UPDATE events_showcount"])
def test_interruption_amid_a_month_leaves_it_as_it_was(statement):
    event = make_event()
    for day in range(31):
        make_shows(event, 2, JANUARY + day * DAY)
    before = rows()

    def stop(execute, sql, *args):
        if statement in sql:
            raise KeyboardInterrupt
        return execute(sql, *args)

    with connection.execute_wrapper(stop), pytest.raises(KeyboardInterrupt):
        call_command("rollup_counts")
    assert rows() == before
    call_command("rollup_counts")
    assert rows() == [(event.pk, JANUARY, "month", 62, 0)]


@pytest.mark.parametrize("years", [1, 4])
def test_month_is_folded_in_few_statements(django_assert_max_num_queries, event, years):
    for day in range(28 * years):
        make_shows(event, 1, FEBRUARY + day * DAY)
    with django_assert_max_num_queries(6):
        ShowCount.objects.roll_up(FEBRUARY)
    assert event.shows.filter(span="month").get().shows == min(28 * years, 29)


def test_show_counted_between_months_is_counted(events, monkeypatch):
    roll_up = ShowCountQuerySet.roll_up

    def count_and_fold(self, month):
        ShowTotal.objects.count_shows(None, {events[0].pk: 1}, {events[0].pk: 1})
        roll_up(self, month)

    monkeypatch.setattr(ShowCountQuerySet, "roll_up", count_and_fold)
    call_command("rollup_counts")
    today = events[0].shows.get(day=TODAY)
    assert (today.span, today.shows, today.filtered_shows) == ("day", 3 + 3, 1 + 3)
    call_command("check_counts")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("day", [JANUARY, JANUARY + 9 * DAY, TODAY], ids=["first day", "day", "today"])
def test_shows_counted_meanwhile_are_not_lost(monkeypatch, day):
    """Even if a process with a wrong clock counts on a day that is being put away."""
    monkeypatch.setattr(timezone, "localdate", lambda: day)
    event = make_event()
    for number in range(31):
        make_shows(event, 2, JANUARY + number * DAY)
    over, counted, errors = Signal(), [], []

    def count():
        try:
            while not over.is_set():
                counted.append(ShowTotal.objects.count_shows(None, {event.pk: 1}, {event.pk: 1}))
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [Thread(target=count) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(100):
            ShowCount.objects.roll_up(JANUARY)
            assert list(ShowTotal.objects.differences()) == []
    finally:
        over.set()
        for thread in threads:
            thread.join()
    ShowCount.objects.roll_up(JANUARY)
    assert errors == []
    assert len(counted) > 0
    assert ShowTotal.objects.of(event.pk) == ShowCount.objects.total() == 62 + len(counted)
    assert event.shows.aggregate(Sum("filtered_shows"))["filtered_shows__sum"] == len(counted)
    assert event.shows.filter(day__lte=JANUARY + 30 * DAY).count() == 1
