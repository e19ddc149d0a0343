"""`migrate` beside another connection that holds what it wants, and on a database of another version."""

import threading
import time
from contextlib import contextmanager

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState

from forum_site.core.management.commands import migrate
from forum_site.core.management.commands.makemigrations import Autodetector

LIMITS = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")


@pytest.fixture
def pending(transactional_db, monkeypatch):
    """A migration that is to be applied and wants the table of broken links."""
    if connection.vendor != "postgresql":
        pytest.skip("On SQLite, readers are in nobody's way.")
    monkeypatch.setitem(migrate.LIMITS, "lock_timeout", "500ms")
    yield
    call_command("migrate", verbosity=0)


@contextmanager
def reader():
    """Somebody who has read the table, and stays in the transaction."""
    other = connection.copy()
    other.set_autocommit(False)
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM links_checkedlink")
        yield other
    finally:
        other.close()


def has_table():
    return "links_checkedlink" in connection.introspection.table_names()


def limits():
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(f'current_setting({name!r})' for name in LIMITS)}")
        return cursor.fetchone()


def test_gives_up_in_a_sentence_and_changes_nothing(pending):
    as_before = limits()
    with reader(), pytest.raises(CommandError, match=r"was rolled back\. Run migrate again"):
        call_command("migrate", "links", "zero", verbosity=0)
    assert has_table()
    assert limits() == as_before
    call_command("migrate", "links", "zero", verbosity=0)
    assert not has_table()


def test_others_wait_no_longer_than_it_may_wait(pending):
    """Who comes while it waits stands behind it, until it gives up its place, though the reader is still there."""
    waits, is_over = [], threading.Event()

    def ask_again_and_again():
        own = connection.copy()
        while not is_over.is_set():
            began = time.monotonic()
            with own.cursor() as cursor:
                cursor.execute("SELECT address FROM links_checkedlink")
            waits.append(time.monotonic() - began)
        own.close()

    asking = threading.Thread(target=ask_again_and_again)
    asking.start()
    with reader():
        with pytest.raises(CommandError):
            call_command("migrate", "links", "zero", verbosity=0)
        time.sleep(0.2)
        answered = waits.copy()
    is_over.set()
    asking.join()
    assert max(answered) > 20 * sorted(answered)[len(answered) // 2]  # It stood behind the migration,
    assert answered.index(max(answered)) < len(answered) - 1  # and went on while the reader was there.


def test_other_errors_stay_as_they_are(db, monkeypatch):
    def fail(*args, **options):
        raise OperationalError("the disk is full")

    monkeypatch.setattr(migrate.migrate.Command, "handle", fail)
    with pytest.raises(OperationalError, match="the disk is full"):
        call_command("migrate")


def test_database_of_a_development_version_is_refused(db):
    MigrationRecorder(connection).record_applied("forum_site", "0001_editions")
    with pytest.raises(CommandError, match="made by a development version"):
        call_command("migrate")


def test_database_with_former_columns_is_refused(db):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE events_event RENAME COLUMN publication_status TO publication")
    with pytest.raises(CommandError, match="made by a development version"):
        call_command("migrate")


def test_release_before_migrates_nothing_on_newer_tables(db, capsys):
    """As when an update is taken back where `migrate` runs at each start (deploy/compose.yaml)."""
    MigrationRecorder(connection).record_applied("events", "0002_of_the_next_release")
    call_command("migrate")
    assert "No migrations to apply." in capsys.readouterr().out


def test_help_texts_are_no_matter_of_migrations(db):
    today = ProjectState.from_apps(apps)
    loader = MigrationLoader(None)
    field = today.models["events", "event"].fields["theme"]
    field.help_text = "A better sentence."
    assert Autodetector(loader.project_state(), today).changes(loader.graph) == {}
    field.max_length = 7
    assert Autodetector(loader.project_state(), today).changes(loader.graph).keys() == {"events"}
