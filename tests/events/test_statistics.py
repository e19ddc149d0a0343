import datetime
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events.models import CountingMethod, ShowCorrection
from events.shows.statistics import Account, Period, Step, corrections_made
from tests.factories import make_event, make_shows

YEAR = (date(2025, 1, 1), date(2025, 12, 31))


def correct(event, day, shows=0, filtered_shows=0, reason="A monitor of ours"):
    author, _ = User.objects.get_or_create(username="clerk of figures")
    line = ShowCorrection(
        event=event, day=day, shows=shows, filtered_shows=filtered_shows, reason=reason, author=author
    )
    line.save()
    return line


def figures(rows):
    return [(row.first, row.last, row.shows, row.filtered_shows) for row in rows]


@pytest.mark.django_db
def test_days_without_shows_are_nought():
    event = make_event()
    make_shows(event, 3, date(2025, 3, 1), filtered_shows=2)
    make_shows(event, 4, date(2025, 3, 3), filtered_shows=1)
    assert figures(Period(date(2025, 2, 28), date(2025, 3, 3)).series(Step.DAY)) == [
        (date(2025, 2, 28), date(2025, 2, 28), 0, 0),
        (date(2025, 3, 1), date(2025, 3, 1), 3, 2),
        (date(2025, 3, 2), date(2025, 3, 2), 0, 0),
        (date(2025, 3, 3), date(2025, 3, 3), 4, 1),
    ]


@pytest.mark.django_db
def test_weeks_go_from_monday_to_sunday_and_end_with_the_period():
    event = make_event()
    make_shows(event, 1, date(2024, 12, 31))
    make_shows(event, 2, date(2025, 1, 5))
    make_shows(event, 4, date(2025, 1, 6))
    assert figures(Period(date(2024, 12, 31), date(2025, 1, 7)).series(Step.WEEK)) == [
        (date(2024, 12, 31), date(2025, 1, 5), 3, 0),
        (date(2025, 1, 6), date(2025, 1, 7), 4, 0),
    ]


@pytest.mark.django_db
def test_months_know_leap_years():
    make_shows(make_event(), 5, date(2024, 2, 29))
    assert figures(Period(date(2024, 2, 10), date(2024, 3, 2)).series(Step.MONTH)) == [
        (date(2024, 2, 10), date(2024, 2, 29), 5, 0),
        (date(2024, 3, 1), date(2024, 3, 2), 0, 0),
    ]


@pytest.mark.django_db
def test_period_of_one_event_knows_no_other():
    event = make_event()
    make_shows(event, 3, date(2025, 3, 1))
    make_shows(make_event(), 9, date(2025, 3, 1))
    assert Period(*YEAR, event).total.shows == 3
    assert Period(*YEAR).total.shows == 12


@pytest.mark.django_db
def test_correction_counts_on_the_day_that_it_corrects():
    event = make_event()
    make_shows(event, 10, date(2025, 3, 1), filtered_shows=5)
    correct(event, date(2025, 3, 1), shows=-4, filtered_shows=-1)
    correct(event, date(2025, 3, 2), shows=2)
    period = Period(date(2025, 3, 1), date(2025, 3, 2), event)
    assert [(row.shows, row.filtered_shows) for row in period.series(Step.DAY)] == [(6, 4), (2, 0)]
    assert (period.total.shows, period.total.filtered_shows) == (8, 4)


@pytest.mark.django_db
@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Almaty", "Pacific/Kiritimati"])
@pytest.mark.parametrize("step", list(Step))
def test_steps_sum_up_to_the_total_in_every_time_zone(step, zone):
    """The days are days of the daily counts: clocks put forward or back, and zones, do not move them."""
    event, other = make_event(), make_event()
    with timezone.override(ZoneInfo(zone)):
        for number in range(0, 365, 3):
            day = date(2025, 1, 1) + datetime.timedelta(days=number)
            make_shows(event if number % 2 else other, number + 1, day, filtered_shows=number)
        make_shows(event, 1000, date(2024, 11, 1), filtered_shows=10, span="month")
        make_shows(other, 2000, date(2024, 12, 1), filtered_shows=20, span="month")
        correct(event, date(2024, 11, 15), shows=-7)
        correct(other, date(2025, 3, 30), shows=5, filtered_shows=3)
        period = Period(date(2024, 11, 1), date(2025, 12, 31))
        rows = period.series(step)
    days = range(0, 365, 3)
    shows = sum(number + 1 for number in days) + 3000 - 7 + 5
    filtered_shows = sum(days) + 30 + 3
    assert (sum(row.shows for row in rows), sum(row.filtered_shows for row in rows)) == (shows, filtered_shows)
    assert (period.total.shows, period.total.filtered_shows) == (shows, filtered_shows)
    assert rows[0].first == period.first
    assert rows[-1].last == period.last
    one_day = datetime.timedelta(days=1)
    assert [row.last + one_day for row in rows[:-1]] == [row.first for row in rows[1:]]


@pytest.mark.django_db
@pytest.mark.parametrize("step", [Step.DAY, Step.WEEK])
def test_folded_month_is_never_shown_as_its_first_day(step):
    event = make_event()
    make_shows(event, 300, date(2025, 1, 1), filtered_shows=100, span="month")
    make_shows(event, 5, date(2025, 2, 1), filtered_shows=2)
    correct(event, date(2025, 1, 20), shows=-50)
    first, second, *_rest = Period(date(2025, 1, 1), date(2025, 2, 5)).series(step)
    assert first == (date(2025, 1, 1), date(2025, 1, 31), Step.MONTH, 250, 100)
    assert (second.first, second.step, second.shows) == (date(2025, 2, 1), step, 5)


@pytest.mark.django_db
def test_week_ends_where_a_folded_month_begins():
    event = make_event()
    make_shows(event, 1, date(2025, 1, 31))
    make_shows(event, 300, date(2025, 2, 1), span="month")
    rows = Period(date(2025, 1, 27), date(2025, 3, 2)).series(Step.WEEK)
    assert [(row.first, row.last, row.step, row.shows) for row in rows] == [
        (date(2025, 1, 27), date(2025, 1, 31), Step.WEEK, 1),
        (date(2025, 2, 1), date(2025, 2, 28), Step.MONTH, 300),
        (date(2025, 3, 1), date(2025, 3, 2), Step.WEEK, 0),
    ]


@pytest.mark.django_db
def test_period_that_cuts_a_folded_month_is_widened_to_all_of_it():
    event, other = make_event(), make_event()
    make_shows(event, 300, date(2025, 1, 1), span="month")
    make_shows(event, 200, date(2025, 3, 1), span="month")
    asked = (date(2025, 1, 15), date(2025, 3, 10))
    assert Period(*asked, event).days == (date(2025, 1, 1), date(2025, 3, 31))
    assert Period(*asked, event).total.shows == 500
    assert Period(*asked).days == (date(2025, 1, 1), date(2025, 3, 31))
    assert Period(*asked, other).days == asked


@pytest.mark.django_db
def test_most_shown_come_first_with_their_corrections():
    names = ["Second", "First", "Corrected away", "Only corrected", "Elsewhen"]
    second, first, away, only, elsewhen = (make_event(title=name) for name in names)
    make_shows(second, 5, date(2025, 5, 1), filtered_shows=4)
    make_shows(first, 300, date(2025, 4, 1), filtered_shows=9, span="month")
    make_shows(away, 9, date(2025, 5, 1))
    correct(away, date(2025, 5, 1), shows=-9)
    correct(only, date(2025, 5, 2), shows=2)
    make_shows(elsewhen, 900, date(2024, 5, 2))
    period = Period(*YEAR)
    found = [(event.title, event.shows_of_period, event.filtered_shows_of_period) for event in period.most_shown(10)]
    assert found == [("First", 300, 9), ("Second", 5, 4), ("Only corrected", 2, 0)]
    assert sum(shows for _title, shows, _readers in found) == period.total.shows
    assert [event.title for event in period.most_shown(1)] == ["First"]


@pytest.mark.django_db
def test_questions_cost_the_same_however_long_the_ledger():
    def queries():
        period = Period(*YEAR)
        with CaptureQueriesContext(connection) as found:
            period.series(Step.DAY), period.total, period.most_shown(50)
            [(line.event_title, line.author.username) for line in period.corrections], list(period.methods)
        return len(found)

    make_shows(make_event(), 1, date(2025, 1, 1))
    few = queries()
    for number in range(40):
        event = make_event()
        make_shows(event, 1, date(2025, 2, 1) + datetime.timedelta(days=number))
        correct(event, date(2025, 2, 1), shows=1)
    assert (queries(), few) == (6, 6)


@pytest.mark.django_db
def test_all_reaches_from_the_first_line_to_today():
    assert Period.all() is None
    event = make_event()
    make_shows(event, 1, date(2025, 2, 3))
    correct(event, date(2025, 2, 1), shows=1)
    assert Period.all(event).asked == (date(2025, 2, 1), timezone.localdate())
    assert Period.all(make_event()) is None


@pytest.mark.django_db
def test_methods_tell_from_when_to_when():
    for day, bot_list in ((1, "1.0"), (2, "1.0"), (2, "1.1"), (3, "1.1")):
        CountingMethod.objects.create(day=date(2025, 5, day), bot_list=bot_list, rule="a")
    assert list(Period(*YEAR).methods) == [
        {"bot_list": "1.0", "rule": "a", "first": date(2025, 5, 1), "last": date(2025, 5, 2)},
        {"bot_list": "1.1", "rule": "a", "first": date(2025, 5, 2), "last": date(2025, 5, 3)},
    ]
    assert list(Period(date(2024, 1, 1), date(2024, 2, 1)).methods) == []


@pytest.mark.django_db
def test_account_adds_up_to_the_printed_number():
    event = make_event(imported_shows=585)
    assert Account.of(event) == (585, 0, 0, 585)
    make_shows(event, 300, date(2025, 1, 1), span="month")
    make_shows(event, 20)
    correct(event, timezone.localdate(), shows=-3)
    event.refresh_from_db()
    assert Account.of(event) == (585, 320, -3, event.show_count)
    assert (Account.of(event).agrees, event.show_count) == (True, 902)


@pytest.mark.django_db
def test_account_tells_when_the_books_differ():
    event = make_event()
    make_shows(event, 5)
    event.shows.update(shows=6)
    assert Account.of(event).agrees is False


@pytest.mark.django_db
def test_corrections_of_today_are_told_tomorrow():
    line = correct(make_event(), date(2025, 5, 1), shows=1)
    assert corrections_made() == 0
    ShowCorrection.objects.filter(pk=line.pk).update(created_at=timezone.now() - datetime.timedelta(days=1))
    assert corrections_made() == 1
