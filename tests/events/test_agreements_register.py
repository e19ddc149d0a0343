import datetime
import itertools
import re
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events.models import Agreement
from events.website.agreements import AgreementFilters, AgreementListView
from tests.events.test_event_filters import assert_numbers_are_true
from tests.factories import make_agreement, make_event, make_organization


@pytest.fixture
def archive(db):
    """Agreements of each sort in unequal numbers; as many of hidden events beside them."""
    harbour, academy = (
        make_organization(name="Harbour", slug="harbour"),
        make_organization(name="Academy", slug="academy"),
    )
    in_a_day = timezone.now() + datetime.timedelta(days=1)
    hidden = itertools.cycle(
        [{"publication_status": "draft"}, {"publish_at": in_a_day}, {"unpublish_at": timezone.now()}]
    )
    sorts = itertools.product(("memorandum", "declaration"), (2022, 2023), ("signed", "in_force"))
    for number, (kind, year, status) in enumerate(sorts, start=1):
        for fields in ({}, next(hidden)):
            event = make_event(starts_on=datetime.date(year, number, 1), **fields)
            for copy in range(number):
                parties = [[harbour], [academy], [harbour, academy], []][copy % 4]
                make_agreement(event, parties, kind=kind, status=status, title=f"Paper {number}.{copy} {fields}")


def fitting(kind=None, year=None, status=None, **query):
    wanted = {query[name] for name in ("party", "with") if name in query}
    return {
        agreement.pk
        for agreement in Agreement.objects.filter(title__endswith="{}")
        if kind in (None, agreement.kind)
        and year in (None, agreement.signed_on.year)
        and status in (None, agreement.status)
        and wanted <= set(agreement.parties.values_list("slug", flat=True))
    }


def combinations():
    items = {"kind": "memorandum", "year": 2023, "status": "signed", "party": "harbour", "with": "academy"}.items()
    return [dict(itertools.compress(items, chosen)) for chosen in itertools.product((0, 1), repeat=len(items))]


def test_register_shows_and_counts_what_fits(client, archive, monkeypatch):
    monkeypatch.setattr(AgreementListView, "paginate_by", 100)
    for query in combinations():
        context = client.get(f"/agreements/?{urlencode(query)}").context
        fits = fitting(**query)
        assert {agreement.pk for agreement in context["agreement_list"]} == fits, query
        assert context["filters"].found == context["paginator"].count == len(fits)


def test_numbers_beside_choices_are_those_of_their_registers(archive):
    assert assert_numbers_are_true(AgreementFilters, Agreement.objects.published(), combinations()) > 50


def test_pages_go_on_with_the_filters(client, archive, monkeypatch):
    monkeypatch.setattr(AgreementListView, "paginate_by", 2)
    address, seen = "/agreements/?party=harbour&kind=declaration", []
    while address:
        response = client.get(address)
        seen += [(agreement.signed_on, agreement.pk) for agreement in response.context["agreement_list"]]
        following = re.search(r'href="([^"]*)" rel="next"', response.content.decode())
        address = following and following[1].replace("&amp;", "&")
    assert seen == sorted(seen, reverse=True)
    assert {key for _day, key in seen} == fitting(party="harbour", kind="declaration")


def test_row_tells_what_was_signed(client, db):
    event = make_event(title="Forum of ports", slug="ports")
    parties = [make_organization(name=f"Port {number}", slug=f"port-{number}") for number in range(7)]
    agreement = make_agreement(
        event,
        parties,
        title="Memo",
        kind="memorandum",
        status="in_force",
        other_parties="Ferrymen",
        document="a.pdf",
        valid_until=datetime.date(2030, 1, 1),
    )
    page = client.get("/agreements/").content.decode()
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page[page.index("<tbody") :]))
    for found in (
        "17 May 2023",
        "Memorandum Memo Forum of ports",
        "Port 0",
        "and 2 more",
        "Ferrymen",
        "In force until 1 January 2030",
        "PDF",
    ):
        assert found in text
    assert f'href="/events/ports/#agreement-{agreement.pk}"' in page
    assert "Port 6" not in text
    assert page.count('<th class="agreement-register__what" scope="row"') == 1


def test_parties_stand_in_the_heading(client, archive):
    def heading(query):
        page = client.get(f"/agreements/?{query}").content.decode()
        return " ".join(re.sub("<[^>]+>", "", re.search(r"<h1.*?</h1>", page, re.DOTALL)[0]).split())

    assert heading("") == "Agreements"
    assert heading("party=harbour") == "Agreements signed by Harbour"
    assert heading("party=harbour&with=academy") == "Agreements signed by Harbour and Academy"


@pytest.mark.parametrize(
    "query",
    [
        "kind=foo",
        "kind=framework",
        "year=1999",
        "status=secret",
        "party=nobody",
        "party=%00",
        "with=nobody",
        f"year={10**30}",
        "page=0",
        "page=99",
        "party=" + "a" * 60_000,
        "party=idle",
    ],
)
def test_value_that_is_not_known_is_no_page(client, archive, query):
    make_organization(slug="idle")
    assert client.get(f"/agreements/?{query}").status_code == 404


def test_empty_register_says_so(client, db):
    make_agreement(make_event(publication_status="draft"), title="Secret")
    page = client.get("/agreements/").content.decode()
    assert "No agreements yet" in page
    assert "Secret" not in page


@pytest.mark.parametrize("query", ["", "kind=agreement", "party=house"])
def test_register_costs_the_same_however_many_rows(client, db, query):
    house, found = make_organization(slug="house"), []
    for number in (1, 2, 37):
        for _ in range(number):
            make_agreement(make_event(), [house, make_organization()])
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/agreements/?{query}").status_code == 200
        found.append(len(queries))
    assert found[0] == found[1]
    assert max(found) <= 8


def test_every_page_leads_to_the_register(client, event):
    page = client.get("/").content.decode()
    assert page.count('href="/agreements/"') == 2
    assert 'href="/agreements/" aria-current="true"' in client.get("/agreements/").content.decode()
