import datetime
import itertools
import re
import time
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import resolve
from django.utils import timezone

from events.models import Event, Participation, Series
from events.website import filters as event_filters
from events.website.filters import EventFilters
from events.website.views import EventListView
from forum_site.pagecache import views as kept_pages
from forum_site.search.indexing import batch_indexing
from organizations.models import OldOrganizationSlug
from tests.factories import make_event, make_full_event, make_organization, make_participation

KINDS, YEARS, COUNTRIES = ("forum", "lecture"), (2022, 2023), ("KZ", "CN")
ROLES = ("host", "participant")


@pytest.fixture
@batch_indexing()
def archive(db):
    """Events of each sort in unequal numbers, with two organizations and a series; as many hidden ones beside them."""
    harbour, academy = (
        make_organization(name="Harbour", slug="harbour"),
        make_organization(name="Academy", slug="academy"),
    )
    series = Series.objects.create(name="Evenings")
    in_a_day = timezone.now() + datetime.timedelta(days=1)
    hidden = itertools.cycle(
        [{"publication_status": "draft"}, {"publish_at": in_a_day}, {"unpublish_at": timezone.now()}]
    )
    for number, (kind, year, country) in enumerate(itertools.product(KINDS, YEARS, COUNTRIES), start=1):
        for copy in range(number):
            for fields in ({}, next(hidden)):
                event = make_event(
                    kind=kind,
                    starts_on=datetime.date(year, 1 + number, 1 + copy),
                    country=country,
                    series=series if copy % 2 else None,
                    **fields,
                )
                make_participation(event, harbour, role=ROLES[copy % 2])
                if copy % 3 == 0:
                    make_participation(event, harbour, role="organizer")
                    make_participation(event, academy)
    return series


def list_page(client, **query):
    """Return the context of the list for this query, rendered anew."""
    kept_pages.page_cache.clear()
    response = client.get(f"/events/?{urlencode(query)}")
    assert response.status_code == 200
    return response.context


def fitting(kind=None, year=None, country=None, organization=None, role=None, series=None, **query):
    """Return the keys of the published events that fit, told one by one in Python."""
    found = set()
    public = Event.objects.filter(publication_status="published", publish_at=None, unpublish_at=None)
    for event in public.prefetch_related("participations__organization"):
        parts = {(part.organization.slug, part.role) for part in event.participations.all()}
        wanted = [slug for slug in (organization, query.get("with")) if slug]
        if (
            kind in (None, event.kind)
            and year in (None, event.starts_on.year)
            and country in (None, event.country)
            and (series is None or event.series_id == series)
            and all(slug in {each for each, _role in parts} for slug in wanted)
            and (role is None or organization is None or (organization, role) in parts)
        ):
            found.add(event.pk)
    return found


def combinations(series):
    values = {
        "kind": "forum",
        "year": 2023,
        "country": "KZ",
        "organization": "harbour",
        "with": "academy",
        "role": "host",
    }
    items = [*values.items(), ("series", series)]
    return [dict(itertools.compress(items, chosen)) for chosen in itertools.product((0, 1), repeat=len(items))]


def test_list_shows_and_counts_what_fits(client, archive, monkeypatch):
    monkeypatch.setattr(EventListView, "paginate_by", 100)
    for query in combinations(archive.pk)[::3]:
        found = list_page(client, **query)
        fits = fitting(**query)
        assert {event.pk for event in found["event_list"]} == fits, query
        assert found["filters"].found == found["paginator"].count == len(fits)


def found_at(address, list_filters, rows):
    """Return how many rows the list at `address` has."""
    parts = urlsplit(address)
    given = {name: str(value) for name, value in resolve(parts.path).kwargs.items()}
    return list_filters({**dict(parse_qsl(parts.query)), **given}, rows).found


def assert_numbers_are_true(list_filters, rows, queries):
    """Follow each choice that is offered within each of the `queries`, and return how many there were."""
    followed = 0
    for query in queries:
        filters = list_filters({name: str(value) for name, value in query.items()}, rows)
        for choice in (each for _facet, choices in [*filters.choices(), *filters.other_choices] for each in choices):
            if not choice.is_chosen:
                assert found_at(choice.address, list_filters, rows) == choice.number, (query, choice)
                followed += 1
    return followed


def test_numbers_beside_choices_are_those_of_their_lists(archive):
    followed = assert_numbers_are_true(EventFilters, Event.objects.published(), combinations(archive.pk)[::3])
    assert followed > 100


def test_facets_offer_each_value_that_there_is(client, archive):
    choices = {
        facet.name: [(each.label, each.number) for each in found]
        for facet, found in list_page(client)["filters"].choices()
    }
    assert choices == {
        "kind": [("Lecture", 26), ("Forum", 10)],
        "year": [("2023", 22), ("2022", 14)],
        "country": [("China", 20), ("Kazakhstan", 16)],
    }


def test_filters_survive_paging(client, archive, monkeypatch):
    monkeypatch.setattr(EventListView, "paginate_by", 3)
    address, seen = "/events/?kind=lecture&organization=harbour&country=KZ", []
    while address:
        response = client.get(address)
        seen += [event.pk for event in response.context["event_list"]]
        following = re.search(r'href="([^"]*)" rel="next"', response.content.decode())
        address = following and following[1].replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == 12
    assert set(seen) == fitting(kind="lecture", organization="harbour", country="KZ")


@pytest.mark.parametrize("query", [{}, {"kind": "lecture"}, {"organization": "harbour", "country": "CN"}])
def test_oldest_first_is_the_list_from_its_end(client, archive, monkeypatch, query):
    monkeypatch.setattr(EventListView, "paginate_by", 3)

    def keys(**order):
        pages = list_page(client, **query, **order)["paginator"].page_range
        return [event.pk for page in pages for event in list_page(client, **query, **order, page=page)["event_list"]]

    assert keys(sort="oldest") == keys()[::-1]


def test_chip_takes_its_filter_away(client, archive):
    context = list_page(client, kind="forum", year=2023, organization="harbour", role="host")
    chips = {chip.label: chip.address for chip in context["filters"].chips()}
    assert chips == {
        "Forum": "/events/?year=2023&organization=harbour&role=host",
        "2023": "/events/?kind=forum&organization=harbour&role=host",
        "Harbour": "/events/?kind=forum&year=2023",
        "Host": "/events/?kind=forum&year=2023&organization=harbour",
    }
    page = client.get("/events/?kind=forum&year=2023").content.decode()
    assert 'class="filter-chips__all" href="/events/"' in page


def test_addresses_of_a_combination_are_one(client, archive):
    kinds = dict_of(list_page(client, country="KZ"))["kind"]
    assert kinds[0].address == "/events/?kind=lecture&country=KZ"
    assert dict_of(list_page(client, kind="lecture"))["country"][1].address == kinds[0].address


def test_year_alone_keeps_its_address(client, archive):
    assert [choice.address for choice in dict_of(list_page(client))["year"]] == ["/events/2023/", "/events/2022/"]
    assert client.get("/events/2023/?kind=forum").context["filters"].found == len(fitting(kind="forum", year=2023))
    assert client.get("/events/2023/?year=2022").context["filters"].found == len(fitting(year=2023))


def dict_of(context):
    return {facet.name: choices for facet, choices in context["filters"].choices()}


def head_of(client, address):
    page = client.get(address).content.decode()
    return re.search(r'rel="canonical" href="http://[^/]+([^"]*)"', page)[1].replace(
        "&amp;", "&"
    ), "noindex, follow" in page


@pytest.mark.parametrize(
    ("address", "head"),
    [
        ("/events/", ("/events/", False)),
        ("/events/?page=1", ("/events/", False)),
        ("/events/?page=2", ("/events/?page=2", False)),
        ("/events/?utm=x&kind=forum&kind=lecture", ("/events/?kind=lecture", False)),
        ("/events/?year=2023", ("/events/2023/", False)),
        ("/events/?year=2023&page=2", ("/events/2023/?page=2", False)),
        ("/events/?country=KZ&kind=forum", ("/events/?kind=forum&country=KZ", True)),
        ("/events/?role=host", ("/events/", False)),
        ("/events/?sort=oldest", ("/events/?sort=oldest", True)),
        ("/events/?organization=port", ("/events/?organization=harbour", False)),
    ],
)
def test_search_engines_are_told_one_address(client, archive, address, head):
    harbour = Participation.objects.filter(organization__slug="harbour").first().organization
    OldOrganizationSlug.objects.create(slug="port", page=harbour)
    assert head_of(client, address) == head


@pytest.mark.parametrize(
    "query",
    [
        "kind=foo",
        "kind=exhibition",  # There is none.
        "year=abc",
        "year=1999",
        "year=0",
        "year=-2023",
        "year=20230",
        f"year={10**30}",
        "country=kz",
        "country=XX",
        "country=EU",
        "organization=nobody",
        "organization=Harbour",
        "organization=harbour%00",
        "organization=harbour%0a",
        "organization=" + "a" * 60_000,
        "organization=" + "a-" * 30_000,
        "organization=idle",
        "with=nobody",
        "organization=harbour&role=king",
        "series=0",
        "series=-1",
        "series=9999999999",
        f"series={10**30}",
        "day=2023-02-30",
        "day=2023-13-01",
        "sort=shows",
        "kind=%ED%A0%80",
        "kind=%F0%9F%9A%A2",
        "kind=forum&kind=foo",
    ],
)
def test_value_that_is_not_known_is_no_page(client, archive, query):
    make_organization(slug="idle")
    make_event(kind="exhibition", starts_on=datetime.date(1999, 1, 1), publication_status="draft")
    assert client.get(f"/events/?{query}").status_code == 404


@pytest.mark.parametrize(
    "query",
    ["kind[]=forum", "kind=", "kind=&year=&organization=", "%00=1", "kind%00=x", "a=" * 500, "role=host", "x" * 60_000],
)
def test_parameter_that_says_nothing_leaves_the_list_as_it_is(client, archive, query):
    assert client.get(f"/events/?{query}").context["filters"].found == len(fitting())


def test_numbers_follow_each_change_and_the_clock(client, archive):
    address = "/events/?kind=forum&year=2023"
    before = client.get(address).context["filters"].found
    make_event(kind="forum", publish_at=timezone.now() + datetime.timedelta(seconds=1))
    coming = client.get(address).context["filters"].found
    make_event(kind="forum")
    after = client.get(address).context["filters"].found
    time.sleep(1.1)
    assert (coming, after, client.get(address).context["filters"].found) == (before, before + 1, before + 2)


def test_series_that_is_not_public_is_not_told_from_none(client, archive):
    hidden = Series.objects.create(name="Secret evenings")
    make_event(series=hidden, publication_status="draft")
    for others in ("", "&kind=forum"):
        missing = client.get(f"/events/?series=987654{others}")
        found = client.get(f"/events/?series={hidden.pk}{others}")
        assert (found.status_code, found.content) == (missing.status_code, missing.content) == (404, missing.content)


def test_combination_that_fits_nothing_says_so(client, archive):
    make_event(kind="ceremony", country="DE")
    response = client.get("/events/?kind=ceremony&country=KZ")
    assert response.status_code == 200
    assert "No event fits all of these" in response.content.decode()
    assert "noindex" in response.content.decode()


def test_nothing_hidden_is_counted_among_those_who_took_part(client, archive):
    secret = make_organization(name="Secret service")
    make_participation(make_event(kind="forum", publication_status="draft"), secret)
    for address in ("/events/?kind=forum", "/events/?organization=harbour"):
        page = client.get(address)
        assert "Secret" not in page.content.decode()
        assert page.context["filters"].other_choices


def test_who_took_part_is_not_told_where_too_much_is_found(client, archive, monkeypatch):
    monkeypatch.setattr(event_filters, "MAX_EXAMINED", 10)
    assert list_page(client, kind="forum")["filters"].organizations() != []
    assert list_page(client, kind="lecture")["filters"].organizations() == []


def test_event_of_several_days_is_found_by_each(client, db):
    make_event(title="Long", starts_on=datetime.date(2023, 5, 30), ends_on=datetime.date(2023, 6, 1))
    found = [
        client.get(f"/events/?day={day}").status_code
        for day in ("2023-05-29", "2023-05-30", "2023-06-01", "2023-06-02")
    ]
    assert found == [404, 200, 200, 404]


@pytest.mark.parametrize(
    "query",
    [
        "kind=forum",
        "year=2023",
        "country=KZ",
        "organization=house",
        "organization=house&role=host&kind=forum",
        "sort=oldest",
        "kind=forum&day=2023-05-17",
    ],
)
def test_filtered_list_costs_the_same_however_many_rows(client, db, query):
    house, found = make_organization(slug="house"), []
    for number in (1, 2, 27):
        for _ in range(number):
            event = make_full_event(2, country="KZ")
            make_participation(event, house, role="host")
            make_participation(event, make_organization())
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/events/?{query}").status_code == 200
        found.append(len(queries))
    assert found[0] == found[1]
    assert max(found) <= 11


def test_combinations_are_not_kept(client, archive):
    for query in ("kind=forum&year=2023", "kind=forum&country=KZ&page=1", "kind=foo", "organization=harbour&role=host"):
        client.get(f"/events/?{query}")
    client.get("/events/2023/?kind=forum")
    assert not kept_pages.page_cache._pages
    client.get("/events/?kind=forum&page=1")
    client.get("/events/?organization=harbour")
    assert {key[2] for key in kept_pages.page_cache._pages} == {"page=1&kind=forum", "organization=harbour"}
