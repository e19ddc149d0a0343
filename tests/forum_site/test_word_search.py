"""The admin's search finds what Django's would, whichever way it takes."""

import pytest
from django.contrib.admin.sites import site
from django.test import RequestFactory

from events.models import Agreement, Event
from forum_site import word_search
from organizations.models import Organization
from tests.factories import make_agreement, make_event, make_organization, make_participation

REQUEST = RequestFactory().get("/admin/")


@pytest.fixture
def rows(db):
    roads, ports = make_organization(name="Institute of Roads", short_name="IR"), make_organization(name="Port House")
    for number in range(12):
        event = make_event(
            title=f"Forum {number} on silk" if number % 2 else f"Seminar {number}",
            theme="Land and sea 100%_" if number == 3 else "",
            city="Алматы" if number == 4 else "Astana",
        )
        make_participation(event, roads if number % 3 else ports)
        make_agreement(event, parties=[ports] if number < 2 else [])


def found(model, term):
    queryset, has_duplicates = site.get_model_admin(model).get_search_results(REQUEST, model.objects.all(), term)
    assert not has_duplicates
    return [row.pk for row in queryset]


def found_by_django(model, term):
    model_admin = site.get_model_admin(model)
    fields = model_admin.get_search_fields(REQUEST)
    rows = model.objects.all()
    for word in word_search.search_words(term):
        rows = rows.filter(word_search.contains(fields, word))
    return [row.pk for row in rows.distinct()]


WAYS = {
    "few rows": {},
    "indexes": {"FIRST_ROWS": 1},
    "indexes, all related": {"FIRST_ROWS": 1, "MANY_RELATED": 1},
    "indexes, few keys": {"FIRST_ROWS": 1, "MANY_RELATED": 2},
    "indexes, read in order": {"FIRST_ROWS": 1, "MORE_ROWS": 8, "MOST_FOUND": 2},
}
TERMS = [
    "silk",
    "SILK forum",
    "roads",
    "roads silk",
    "ir 5",
    "port seminar",
    '"forum 3"',
    "100%_",
    "алматы",
    "zzz",
    "",
    "  ",
]


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("term", TERMS)
@pytest.mark.parametrize("model", [Event, Agreement, Organization])
def test_every_way_finds_the_same(rows, monkeypatch, way, term, model):
    for name, value in way.items():
        monkeypatch.setattr(word_search, name, value)
    most = word_search.MOST_FOUND if term.strip() else None
    assert found(model, term) == found_by_django(model, term)[:most]


def test_no_more_are_shown_than_can_be_read_and_that_is_told(rows, desk, monkeypatch):
    monkeypatch.setattr(word_search, "MOST_FOUND", 3)
    page = desk.get("/admin/events/event/?q=silk").content.decode()
    assert page.count("field-full_title") == 3
    assert "Only the first 3 of what was found are shown." in page
    assert "Only the first" not in desk.get("/admin/events/event/?q=land").content.decode()


def test_rows_keep_the_order_of_the_list(rows, desk):
    titles = [event.title for event in Event.objects.order_by("title") if "silk" in event.title]
    page = desk.get("/admin/events/event/?q=silk&o=1").content.decode()
    places = [page.index(title) for title in titles]
    assert places == sorted(places)


@pytest.mark.parametrize("term", ["\x00", "'", '"', "'x", "\\", "%", "_", "a" * 5000, "b " * 500, "\ud800", "𝔘" * 300])
def test_odd_words_are_no_error(rows, desk, term):
    assert desk.get("/admin/events/event/", {"q": term.encode("utf-8", "surrogatepass")}).status_code == 200


def test_longest_title_and_theme_fit_their_index(db):
    assert make_event(title="𝔘" * 300, theme="𝔘" * 300, slug="long").pk
