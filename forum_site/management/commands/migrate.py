"""Django's `migrate`, which waits for whoever is in its way without having readers wait for it.

A statement that wants a table for itself stands in a queue, and everybody who comes later waits behind it. So it gives
up after `LOCK_TIMEOUT`, all is rolled back to the migration before, those behind it go on, and after a pause it is
tried again.
"""

import sqlite3
import time

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connections
from django.utils.translation import gettext as _

from forum_site.lock_watch import LockWatch
from forum_site.plain_text import for_terminal

LOCK_TIMEOUT = 1  # second that readers wait, at most, for each table that a migration wants
PATIENCE = 600  # seconds
PAUSES = (1, 2, 4, 8, 10)  # seconds between attempts, the last again and again
BUSY = ("55P03", "40P01")  # lock_not_available, deadlock_detected
ONE_AT_A_TIME = 712_051_906  # An advisory lock: two machines that are updated at once do not mix their steps.
UNFINISHED = """
    SELECT indexrelid::regclass::text FROM pg_index
    WHERE NOT indisvalid AND indexrelid::regclass::text = ANY(%s)
"""


class Command(migrate.Command):
    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument(
            "--patience",
            type=int,
            default=PATIENCE,
            metavar="SECONDS",
            help=_("How long to try again while somebody else uses a table; %(seconds)s, if unsaid.")
            % {"seconds": PATIENCE},
        )

    def handle(self, *args, patience=PATIENCE, **options):
        self.connection = connections[options["database"]]
        until = time.monotonic() + patience
        pauses = iter(PAUSES)
        while True:
            with LockWatch(self.connection) as watch:
                try:
                    return self.attempt(*args, **options)
                except OperationalError as error:
                    if not is_busy(error) or self.connection.in_atomic_block:
                        raise
                    why = error
            pause = min(next(pauses, PAUSES[-1]), max(until - time.monotonic(), 0))
            self.tell(watch.holders(), pause)
            if not pause:
                raise CommandError(
                    _("Somebody else uses what is to be migrated: nothing of this step was done.")
                ) from why
            time.sleep(pause)

    def attempt(self, *args, **options):
        """Migrate with short locks, and for as long as it takes: the limits are those of the site's own statements."""
        if self.connection.vendor != "postgresql":
            return super().handle(*args, **options)
        try:
            self.set_limits(LOCK_TIMEOUT)
            with self.connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_lock(%s)", [ONE_AT_A_TIME])
            return super().handle(*args, **options)
        finally:
            self.let_go()

    def set_limits(self, lock_timeout):
        with self.connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = %s", [f"{lock_timeout}s"])
            cursor.execute("SET statement_timeout = 0")
            cursor.execute("SET idle_in_transaction_session_timeout = 0")

    def let_go(self):
        if not self.connection.is_usable():
            self.connection.close()
            return
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [ONE_AT_A_TIME])
            for name in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"):
                cursor.execute(f"RESET {name}")

    def migration_progress_callback(self, action, migration=None, fake=False):
        super().migration_progress_callback(action, migration, fake)
        if self.connection.vendor != "postgresql":
            return
        if action in ("apply_success", "unapply_success"):
            self.set_limits(LOCK_TIMEOUT)
        if action in ("apply_start", "unapply_start"):
            # An index that is built beside the work of others keeps nobody waiting, and waits for them itself.
            self.set_limits(LOCK_TIMEOUT if migration.atomic else 0)
            if not migration.atomic:
                self.drop_unfinished(migration)

    def drop_unfinished(self, migration):
        """Drop what a build that was broken off has left: indexes that are kept up to date, and answer nothing."""
        names = [operation.index.name for operation in migration.operations if hasattr(operation, "index")]
        with self.connection.cursor() as cursor:
            cursor.execute(UNFINISHED, [names])
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP INDEX CONCURRENTLY {name}")

    def tell(self, holders, pause):
        whom = [str(holder) for holder in holders] or [_("somebody who was gone when it was looked for")]
        self.stdout.write("")  # Else it stands in the line of the migration.
        for name in whom:
            self.stdout.write(self.style.WARNING(_("Waiting for %(holder)s") % {"holder": for_terminal(name)}))
        if pause:
            told = _("Nothing of this step was done, and nobody waits for it. Trying again in %(seconds).0f s.")
            self.stdout.write(told % {"seconds": pause})
            self.stdout.flush()


def is_busy(error):
    cause = error.__cause__
    return getattr(cause, "pgcode", None) in BUSY or (
        isinstance(cause, sqlite3.OperationalError) and cause.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
    )
