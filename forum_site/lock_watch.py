"""Who holds what a connection to PostgreSQL waits for, seen while it waits: afterwards the server does not know it.

with LockWatch(connection) as watch:
    ...  # A statement that gives up at `lock_timeout`.
watch.holders()
"""

import threading
from contextlib import suppress
from typing import NamedTuple

from django.db import DatabaseError, InterfaceError
from django.utils.translation import gettext as _

EVERY = 0.25  # seconds
LONGEST = 80  # characters of a statement
HOLDERS = """
    SELECT pid, COALESCE(application_name, ''), COALESCE(state, ''),
        COALESCE(EXTRACT(EPOCH FROM clock_timestamp() - xact_start), 0), COALESCE(query, '')
    FROM pg_stat_activity WHERE pid = ANY(pg_blocking_pids(%s)) ORDER BY xact_start
"""


class Holder(NamedTuple):
    process: int
    program: str
    state: str
    seconds: float  # since its transaction began
    statement: str

    def __str__(self):
        statement = " ".join(self.statement.split())
        return _("process %(process)s (%(what)s for %(seconds).0f s): %(statement)s") % {
            "process": self.process,
            "what": " ".join(filter(None, [self.program, self.state])) or "?",
            "seconds": self.seconds,
            "statement": statement if len(statement) <= LONGEST else f"{statement[: LONGEST - 1]}…",
        }


class LockWatch:
    """Looks by a connection of its own. On SQLite, which does not tell, it sees nobody."""

    def __init__(self, connection):
        self._connection, self._seen = connection, []
        self._stop = threading.Event()
        self._thread = None

    def __enter__(self):
        if self._connection.vendor == "postgresql":
            self._connection.ensure_connection()
            process = self._connection.connection.info.backend_pid
            self._thread = threading.Thread(target=self._look, args=[process], daemon=True)
            self._thread.start()
        return self

    def __exit__(self, *error):
        self._stop.set()
        if self._thread:
            self._thread.join()

    def holders(self):
        """Return those who were in the way when it was last seen to wait."""
        return self._seen

    def _look(self, process):
        own = self._connection.copy()
        with suppress(DatabaseError, InterfaceError):  # What it would tell is a help, not a need.
            while not self._stop.wait(EVERY):
                with own.cursor() as cursor:
                    cursor.execute(HOLDERS, [process])
                    self._seen = [Holder(*row) for row in cursor.fetchall()] or self._seen
        own.close()
