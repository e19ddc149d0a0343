import pytest
from django.core.paginator import EmptyPage, Paginator
from django.db import connection
from django.test.utils import CaptureQueriesContext

from forum_site.core.db.pagination import DeferredPaginator
from organizations.models import Organization
from tests.factories import make_organization


@pytest.fixture
def organizations(db):
    for number in range(11):
        make_organization(name=f"House {number % 3}", slug=f"house-{number}")
    return Organization.objects.select_related("parent").order_by("-name", "id")


@pytest.mark.parametrize("per_page", [1, 4, 11, 12])
def test_pages_are_those_of_any_paginator(organizations, per_page):
    ours, any_other = DeferredPaginator(organizations, per_page), Paginator(organizations, per_page)
    assert ours.num_pages == any_other.num_pages
    for number in ours.page_range:
        assert list(ours.page(number)) == list(any_other.page(number))


def test_page_beyond_the_last_is_none(organizations):
    with pytest.raises(EmptyPage):
        DeferredPaginator(organizations, 4).page(4)


def test_rows_before_the_page_are_not_read(organizations):
    with CaptureQueriesContext(connection) as queries:
        list(DeferredPaginator(organizations, 4).page(3))
    rows = queries[-1]["sql"]
    assert "JOIN" in rows
    assert "JOIN" not in rows[rows.index(" IN (SELECT") : rows.index("OFFSET")]
