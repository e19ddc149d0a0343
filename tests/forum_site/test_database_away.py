"""A database that is away, or takes no changes, is told by a 503, wherever in the answer it is noticed."""

from contextlib import contextmanager

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection

from forum_site.core.http.middleware import is_away
from forum_site.ops import health
from tests.factories import make_event

needs_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no standby.")


@contextmanager
def read_only():
    """Let every new session of the database be refused changes, as those on a standby are."""
    database = connection.ops.quote_name(connection.settings_dict["NAME"])

    def run(change):
        with connection.copy().cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = off")
            cursor.execute(
                f"ALTER DATABASE {database} {change} default_transaction_read_only {'= on' * (change == 'SET')}"
            )
            cursor.db.close()

    run("SET")
    connection.close()
    try:
        yield
    finally:
        run("RESET")


def is_told(answer):
    return (answer.status_code, answer["Retry-After"], b"Traceback" in answer.content) == (503, "5", False)


@needs_postgresql
def test_event_on_a_read_only_server_is_refused_and_shown_as_soon_as_it_takes_changes(transactional_db, client, caplog):
    event = make_event(title="Steppe Roads", slug="steppe-roads")
    with read_only():
        assert is_told(client.get("/events/steppe-roads/"))
        assert connection.connection is None  # Nothing stays on that server.
    assert "Traceback" not in caplog.text
    assert "takes no changes: /events/steppe-roads/" in caplog.text
    answer = client.get("/events/steppe-roads/")
    assert b"Number of shows: 1<" in answer.content
    assert event.title in answer.content.decode()


@needs_postgresql
def test_form_on_a_read_only_server_is_refused_and_saved_afterwards(transactional_db, client):
    client.force_login(User.objects.create_superuser("root"))
    sent = {"name": "Rivers", "slug": "rivers"}
    with read_only():
        assert is_told(client.post("/admin/events/tag/add/", sent))
    assert client.post("/admin/events/tag/add/", sent).status_code == 302


@needs_postgresql
def test_read_only_server_is_not_ready(transactional_db, client, monkeypatch):
    monkeypatch.setattr(health, "readiness", health.Readiness())
    with read_only():
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()["database"]) == (503, "failed")
    health.readiness = health.Readiness()
    assert client.get("/readyz").json()["database"] == "ok"


@needs_postgresql
@pytest.mark.parametrize("state", ["25006", "25P03", "57P01", "57P02", "57P03", "08006"])
def test_codes_of_a_server_that_ends_connections_or_takes_no_changes(db, state):
    """PostgreSQL itself raises each, and psycopg2 and Django tell it in classes of their own."""
    with pytest.raises(Exception) as raised, connection.cursor() as cursor:  # noqa: PT011 - which one, is the question
        cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'away' USING ERRCODE = '{state}'; END $$")
    connection.needs_rollback = False
    connection.connection.rollback()
    assert is_away(raised.value)


@needs_postgresql
@pytest.mark.parametrize("state", ["25P02", "23505", "42P01", "22012"])
def test_mistakes_of_ours_are_not_taken_for_that(db, state):
    with pytest.raises(Exception) as raised, connection.cursor() as cursor:  # noqa: PT011
        cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'a mistake' USING ERRCODE = '{state}'; END $$")
    connection.connection.rollback()
    assert not is_away(raised.value)


def failing(get_response):
    """A middleware that notices, when the answer is there, that nothing can be stored."""

    def middleware(request):
        get_response(request)
        raise OperationalError("the connection was ended")

    return middleware


@pytest.mark.parametrize("path", ["/events/", "/admin/login/", "/admin/"])
def test_middleware_that_cannot_store_is_told_as_well(db, client, settings, path):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.failing"]
    client.raise_request_exception = False
    assert is_told(client.get(path))
