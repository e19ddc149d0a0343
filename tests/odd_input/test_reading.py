"""Reading writes nothing: a GET or HEAD of any address, by anybody, changes no row and takes no lock.

On SQLite a transaction takes the one writer of the database, even if it only reads, and what is rolled back has been
written. So statements are looked at, not what is left of them.
"""

import re
from urllib.parse import urlencode

import pytest
from django.db import connection, transaction
from django.test import Client

from events.models import Event
from events.revisions import store
from events.revisions.snapshot import take_snapshot
from rehearsals.attack.addresses import filled, patterns, with_parameters
from tests.events.test_preview import make_link
from tests.factories import make_full_event
from tests.forum_site.test_permission_matrix import KINDS, addresses

WRITE = re.compile(r"\s*(INSERT|UPDATE|DELETE|REPLACE|SAVEPOINT)\b|.*\bFOR (NO KEY )?UPDATE\b", re.DOTALL)
TABLE = re.compile(r'(?:INTO|UPDATE|FROM) "?(\w+)"?')
# Sessions of those who sign in, attempts to sign in, and the count of shows with how readers were told.
WRITTEN = {"django_session", "events_showcount", "events_showtotal", "events_countingmethod"}
SIGN_IN = re.compile(r"/(admin/login|account|sign-in|admin/logout)")


class Statements:
    """The statements that write or lock, but for those that reading may run."""

    def __init__(self):
        self.found, self._savepoints = [], []

    def __call__(self, execute, sql, params, many, context):
        if found := WRITE.match(sql):
            if found[1] == "SAVEPOINT":
                self._savepoints.append(sql)
            elif found[1] and TABLE.search(sql) and TABLE.search(sql)[1] in WRITTEN:
                self._savepoints.clear()
            else:
                self.found.append(sql[:200])
        return execute(sql, params, many, context)

    @property
    def all(self):
        return [*self.found, *self._savepoints]


def statements_of(client, method, address):
    """Return the answer and what it wrote, and take that back."""
    statements = Statements()
    with transaction.atomic():
        with connection.execute_wrapper(statements):
            response = getattr(client, method)(address)
            if response.streaming:
                list(response.streaming_content)
        transaction.set_rollback(True)
    return response, statements.all


OF_A_ROUTE = 3  # addresses, of what is there and of what is hidden


def addresses_of_routes():
    for name, route, _view in patterns():
        yield from list(filled(name, f"/{route}"))[:OF_A_ROUTE]


def clients_of(site):
    for kind in KINDS:
        client = Client(raise_request_exception=False)
        client.cookies = site.cookies[kind]
        yield kind, client


@pytest.fixture
def site(site):
    """One of the events with a working draft has rows of every kind, and was changed past the desk since."""
    full = make_full_event(2, title="Full", slug="full")
    base_number = store.record(full.pk).number
    store.save_draft(full.pk, take_snapshot(full.pk), None, base_number)
    Event.objects.filter(pk=full.pk).update(title="Changed by the shell")
    never_saved = make_full_event(1, title="Never saved", slug="never-saved")
    aside = store.save_conflict(full.pk, take_snapshot(full.pk), None, base_number)
    site.more = [
        *(f"/admin/events/event/{pk}/{page}" for pk in (full.pk, never_saved.pk) for page in PAGES),
        f"/admin/events/event/{full.pk}/settle/{aside.number}/",
        *(make_link(event).address for event in (full, never_saved, site.with_draft)),
        *(f"/admin/events/agreement/{row.pk}/change/" for row in never_saved.agreements.all()),
        *(f"/events/{event.slug}/" for event in (full, never_saved)),
    ]
    return site


PAGES = [
    *("change/", "change/?live", "history/", "history/1/", "history/1/?with=previous", "history/2/", "preview/"),
    *("preview/?live", "preview-links/", "next-edition/", "shows/", "delete/"),
]


def test_nothing_is_written_by_reading(site):
    asked = [
        *addresses_of_routes(),
        *(address for _name, address in addresses(site)),
        *(f"{address}?{urlencode(read)}" for address, read in with_parameters()),
        *site.more,
    ]
    row_errors, numbers = [], {}
    for kind, client in clients_of(site):
        for address in dict.fromkeys(asked):
            for method in ("get", "head") if kind in ("anonymous", "superuser") else ("get",):
                response, written = statements_of(client, method, address)
                numbers[response.status_code] = numbers.get(response.status_code, 0) + 1
                if written and not SIGN_IN.match(address):
                    row_errors.append(f"{method} {address} by {kind}: {response.status_code} {written}")
                assert response.status_code < 500, f"{method} {address} by {kind}"
    assert numbers[200] > 500
    assert row_errors == []
