"""A line for the processes of one machine that write the same rows, many times a second.

Without it they would wait inside the database: on PostgreSQL with what they write already fixed, so that nothing can
join it any more; on SQLite by asking again after a pause, longer each time, while the file is free. `turn()` has them
wait for a lock on a file, which the system takes back when a process dies. It is for speed alone: what keeps the data
right is the database. So nobody waits for it long, and where there can be no such file, there is no line.
"""

import fcntl
import logging
import os
import time
from contextlib import contextmanager
from functools import cache

from django.conf import settings

logger = logging.getLogger(__name__)

# Seconds between two looks: on SQLite a turn is over at once, on PostgreSQL it lasts as long as the disk takes.
FIRST_STEP, MAX_STEP = 0.0001, 0.0005
PATIENCE = 0.5  # Seconds. Whoever has the turn for longer is stopped, or hangs.


@contextmanager
def turn():
    """Wait until no other process of this machine is in here, but not for long."""
    line = _line()
    has_turn = line is not None and _wait_for(line)
    try:
        yield
    finally:
        if has_turn:
            fcntl.flock(line, fcntl.LOCK_UN)


def _wait_for(line):
    given_up_at, step = time.monotonic() + PATIENCE, FIRST_STEP
    while True:
        try:
            fcntl.flock(line, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except OSError:
            if time.monotonic() > given_up_at:
                return False
            time.sleep(step)
            step = min(2 * step, MAX_STEP)


@cache
def _line():
    try:
        return os.open(settings.VAR_DIR / "turn.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        logger.warning("Processes do not take turns, which costs speed: %s", error)
        return None
