from datetime import date, time

import pytest
from django.utils.translation import override

from events.dates import clock, days, weekday
from events.models import Event


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        (
            date(2023, 5, 17),
            date(2023, 5, 18),
            '<time datetime="2023-05-17">17–</time><time datetime="2023-05-18">18 May 2023</time>',
        ),
        (
            date(2023, 4, 30),
            date(2023, 5, 2),
            '<time datetime="2023-04-30">30 April – </time><time datetime="2023-05-02">2 May 2023</time>',
        ),
        (
            date(2022, 12, 30),
            date(2023, 1, 2),
            '<time datetime="2022-12-30">30 December 2022 – </time><time datetime="2023-01-02">2 January 2023</time>',
        ),
        (date(2023, 5, 17), date(2023, 5, 17), '<time datetime="2023-05-17">17 May 2023</time>'),
        (date(2023, 5, 17), None, '<time datetime="2023-05-17">17 May 2023</time>'),
    ],
)
def test_days_name_month_and_year_once(first, last, text):
    assert days(first, last).replace("\u2009", " ") == text


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ru", '<time datetime="2023-05-17">17–</time><time datetime="2023-05-18">18 мая 2023\u202fг.</time>'),
        ("zh-hans", '<time datetime="2023-05-17">2023年5月17日至</time><time datetime="2023-05-18">18日</time>'),
    ],
)
def test_days_follow_the_language(language, text):
    with override(language):
        assert days(date(2023, 5, 17), date(2023, 5, 18)).replace("\u2009", " ") == text


def test_weekday_leaves_the_year_out():
    assert weekday(date(2023, 5, 17)) == '<time datetime="2023-05-17">Wednesday 17 May</time>'


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("Asia/Shanghai", "Asia/Shanghai (UTC+8)"),
        ("Asia/Kolkata", "Asia/Kolkata (UTC+5:30)"),
        ("America/New_York", "America/New_York (UTC−4)"),
        ("UTC", "UTC"),
        ("Africa/Accra", "Africa/Accra (UTC)"),
        ("Asia/Nowhere", "Asia/Nowhere"),
    ],
)
def test_clock_is_that_of_the_first_day(zone, text):
    assert clock(Event(starts_on=date(2023, 5, 17), starts_at=time(9), time_zone=zone)) == text
