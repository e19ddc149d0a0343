"""`migrate` beside somebody who holds what it wants."""

import threading
import time
from contextlib import contextmanager

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, migrations, models
from django.db.migrations.loader import MigrationLoader

from forum_site.indexes import AddIndexBesideWork
from forum_site.management.commands import migrate
from tests.factories import make_event

BEFORE = "0023"  # The way from there to today takes the table of events for itself, for a moment.
LIMITS = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")


@pytest.fixture
def pending(transactional_db, monkeypatch):
    """A migration that waits, and somebody impatient."""
    if connection.vendor != "postgresql":
        pytest.skip("On SQLite, readers are in nobody's way.")
    monkeypatch.setattr(migrate, "LOCK_TIMEOUT", 0.5)
    monkeypatch.setattr(migrate, "PAUSES", (0.3,))
    call_command("migrate", "events", BEFORE, verbosity=0)
    yield
    call_command("migrate", verbosity=0)


@contextmanager
def reader(statement="SELECT COUNT(*) FROM events_event"):
    """Somebody who has read the events, and stays in the transaction."""
    other = connection.copy()
    other.set_autocommit(False)
    try:
        with other.cursor() as cursor:
            cursor.execute("SET application_name = 'a long report'")
            cursor.execute(statement)
        yield other
    finally:
        other.close()


def is_applied():
    return {name for app, name in MigrationLoader(connection).applied_migrations if app == "events"} >= newest()


def newest():
    return {name for app, name in MigrationLoader(None).graph.leaf_nodes() if app == "events"}


def limits():
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(f'current_setting({name!r})' for name in LIMITS)}")
        return cursor.fetchone()


def test_tries_again_until_the_reader_is_gone(pending, capsys):
    as_before = limits()
    with reader() as other:
        end = threading.Timer(2, other.connection.close)
        end.start()
        call_command("migrate")
        end.join()
    told = capsys.readouterr().out
    assert "Waiting for process" in told
    assert "a long report idle in transaction" in told
    assert "SELECT COUNT(*) FROM events_event" in told
    assert is_applied()
    assert limits() == as_before


def test_gives_up_in_words_when_its_patience_ends(pending, capsys):
    with reader(), pytest.raises(CommandError, match="nothing of this step was done"):
        call_command("migrate", patience=1)
    assert not is_applied()
    call_command("migrate", verbosity=0)
    assert is_applied()


def test_others_wait_no_longer_than_it_may_wait(pending):
    """Who comes while it waits stands behind it, until it gives up its place, though the reader is still there."""
    waits, is_over = [], threading.Event()

    def ask_again_and_again():
        own = connection.copy()
        while not is_over.is_set():
            began = time.monotonic()
            with own.cursor() as cursor:
                cursor.execute("SELECT title FROM events_event")
            waits.append(time.monotonic() - began)
        own.close()

    asking = threading.Thread(target=ask_again_and_again)
    asking.start()
    with reader():
        with pytest.raises(CommandError):
            call_command("migrate", verbosity=0, patience=2)
        answered = waits.copy()
    is_over.set()
    asking.join()
    assert max(answered) > 20 * sorted(answered)[len(answered) // 2]  # It stood behind the migration,
    assert answered.index(max(answered)) < len(answered) - 1  # and went on while the reader was there.


def test_two_at_once_take_turns(pending, capsys):
    with reader(f"SELECT pg_advisory_lock({migrate.ONE_AT_A_TIME})"), pytest.raises(CommandError):
        call_command("migrate", patience=1)
    assert "pg_advisory_lock" in capsys.readouterr().out
    assert not is_applied()


def test_error_that_is_no_lock_is_told_at_once(pending, monkeypatch):
    def fail(*args, **options):
        raise OperationalError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(migrate.migrate.Command, "handle", fail)
        with pytest.raises(OperationalError, match="the disk is full"):
            call_command("migrate")


@pytest.mark.django_db(transaction=True)
def test_index_is_built_beside_work_and_once_more_after_it_was_broken_off():
    """On PostgreSQL a build that is broken off leaves an index that answers nothing; `migrate` clears it away."""
    build = AddIndexBesideWork("event", models.Index(fields=["venue"], name="events_event_tried"))
    state = MigrationLoader(None).project_state()
    after = state.clone()
    build.state_forwards("events", after)
    if connection.vendor == "postgresql":
        make_event(venue="Hall")
        make_event(venue="Hall")
        with connection.cursor() as cursor, pytest.raises(Exception, match="could not create unique"):
            cursor.execute("CREATE UNIQUE INDEX CONCURRENTLY events_event_tried ON events_event (venue)")
        command = migrate.Command()
        command.connection, command.verbosity = connection, 0
        step = type("Migration", (migrations.Migration,), {"operations": [build], "atomic": False})("0099", "events")
        command.migration_progress_callback("apply_start", step)
        assert limits()[0] == "0"
        command.migration_progress_callback("apply_success", step)
        assert limits()[0] == "1s"  # What follows after the last step takes locks, too.
        command.let_go()
    with connection.schema_editor(atomic=False) as editor:
        build.database_forwards("events", editor, state, after)
    assert indexes_of_events() >= {"events_event_tried"}
    with connection.schema_editor(atomic=False) as editor:
        build.database_backwards("events", editor, after, state)
    assert "events_event_tried" not in indexes_of_events()


def indexes_of_events():
    with connection.cursor() as cursor:
        return set(connection.introspection.get_constraints(cursor, "events_event"))
