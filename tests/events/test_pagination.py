import datetime

import pytest
from django.core.paginator import EmptyPage, Paginator
from django.db import connection
from django.test.utils import CaptureQueriesContext

from events.models import Event
from events.website.pagination import DatePaginator
from tests.factories import make_event


@pytest.fixture
def events(db):
    """Many on one day, few on others, some of them hidden."""
    for day, number in ((1, 3), (2, 11), (3, 1), (9, 4), (30, 2)):
        for _ in range(number):
            make_event(starts_on=datetime.date(2023, 5, day))
        make_event(starts_on=datetime.date(2023, 5, day), publication_status="draft")
    return Event.objects.published()


@pytest.mark.parametrize("per_page", [1, 2, 4, 7, 20, 21, 50])
def test_pages_are_those_of_any_paginator(events, per_page):
    ours, any_other = DatePaginator(events, per_page), Paginator(events, per_page)
    assert (ours.count, ours.num_pages) == (any_other.count, any_other.num_pages) == (21, -(-21 // per_page))
    for number in ours.page_range:
        assert list(ours.page(number)) == list(any_other.page(number))
        assert (ours.page(number).start_index(), ours.page(number).end_index()) == (
            any_other.page(number).start_index(),
            any_other.page(number).end_index(),
        )


def test_page_beyond_the_last_is_none(events):
    with pytest.raises(EmptyPage):
        DatePaginator(events, 20).page(3)


def test_no_events_are_one_empty_page(db):
    assert list(DatePaginator(Event.objects.all(), 20).page(1)) == []


def test_page_skips_no_more_rows_than_a_day_has(events):
    paginator = DatePaginator(events, 2)
    with CaptureQueriesContext(connection) as queries:
        list(paginator.page(11))
    assert "OFFSET" not in queries[-1]["sql"] or "OFFSET 2" in queries[-1]["sql"]
    assert "BETWEEN '2023-05-01' AND '2023-05-01'" in queries[-1]["sql"].replace("::date", "")
