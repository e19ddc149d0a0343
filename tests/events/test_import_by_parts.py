"""A large table of events comes in by parts, and these are the same as the whole."""

import pytest

from events.models import Event, Series, Tag
from organizations.models import Organization
from tests.events.test_event_import import FORUM, PAGE, go_on, look_through, row_errors

pytestmark = pytest.mark.django_db


def test_large_table_comes_in_by_parts(desk, monkeypatch):
    monkeypatch.setattr("forum_site.admin.importer.MAX_AT_ONCE", 2.5)
    response = look_through(desk, [{**FORUM, "Title": title} for title in "ABCDE"])
    assert "3 more rows are checked after these" in response.content.decode()
    numbers = []
    while response.status_code == 200:
        numbers.append(response.context["first"])
        sent = {"kept": response.context["packed"], "first": numbers[-1], "import": "yes"}
        response = desk.post(PAGE, sent)
        if response.status_code == 200:
            assert "Look through the next rows" in response.content.decode()
            response = desk.post(PAGE, {"kept": response.context["packed"], "check": "yes"})
    assert numbers == [2, 4, 6]
    assert list(Event.objects.order_by("pk").values_list("title", flat=True)) == list("ABCDE")


def imported_by_parts(client, rows, page=PAGE, **fields):
    while (response := look_through(client, rows, page=page, **fields)).context["first"]:
        assert row_errors(response) == []
        go_on(client, response, page=page, **fields)


@pytest.mark.parametrize("most", [1, 200])
def test_parts_are_the_same_as_the_whole(desk, monkeypatch, most):
    monkeypatch.setattr("forum_site.admin.importer.MAX_AT_ONCE", most)
    rows = [
        {**FORUM, "Slug": "one", "Host": "Institute of Water", "Series": "Evenings", "Tags": "Институт воды"},
        {**FORUM, "Slug": "two", "Host": "institute  of Water", "Series": "EVENINGS", "Tags": "институт воды"},
    ]
    imported_by_parts(desk, rows, adds_missing="on")
    assert sorted(Event.objects.values_list("slug", flat=True)) == ["one", "two"]
    assert [model.objects.count() for model in (Organization, Series, Tag)] == [1, 1, 1]


def test_second_click_brings_in_nothing_that_was_not_looked_over(desk, monkeypatch):
    monkeypatch.setattr("forum_site.admin.importer.MAX_AT_ONCE", 2.5)
    first = look_through(desk, [{**FORUM, "Title": title} for title in "ABCDE"])
    go_on(desk, first)
    sent = {"kept": first.context["packed"], "first": first.context["first"], "import": "yes"}
    second = desk.post(PAGE, sent)
    assert Event.objects.count() == 2
    assert [row.text("title") for row in second.context["found"].new] == ["C", "D"]


def test_what_adds_much_comes_in_by_parts(desk, monkeypatch):
    monkeypatch.setattr("events.admin.spreadsheets.importer.MAX_MISSING", 2)
    rows = [{**FORUM, "Title": title, "Host": f"{title}1; {title}2", "Tags": "old"} for title in "AB"]
    found = look_through(desk, rows, adds_missing="on").context["found"]
    assert ([row.number for row in found.new], [row.number for row in found.later]) == ([2], [3])


def test_fault_beside_an_address_that_a_later_part_has(desk, monkeypatch):
    monkeypatch.setattr("forum_site.admin.importer.MAX_AT_ONCE", 1)
    rows = [{**FORUM, "Title": title, "Slug": "one"} for title in "AB"]
    assert row_errors(look_through(desk, rows)) == [(3, "Slug", "Row 2 already has this slug.")]
