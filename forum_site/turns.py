"""A line for the processes of one machine that write the same rows, many times a second.

Without it they would wait inside the database: on PostgreSQL with what they write already fixed, so that nothing can
join it any more; on SQLite by asking again after a pause, longer each time, while the file is free. `turn()` has them
wait for a lock on a file, which the system hands on at once, and takes back when a process dies. It is for speed alone:
what keeps the data right is the database.
"""

import fcntl
import os
from contextlib import contextmanager
from functools import cache

from django.conf import settings


@contextmanager
def turn():
    """Wait until no other process of this machine is in here."""
    line = _line(os.getpid())
    fcntl.flock(line, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(line, fcntl.LOCK_UN)


@cache
def _line(_process):
    return os.open(settings.VAR_DIR / "turn.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
