"""Jobs of the picture process (image_process.py): one at a time on this machine, bounded in memory and time.

`store()` makes the stored picture and its renditions of an upload, `make()` the renditions that a stored picture lacks.
A request that would wait too long raises `BusyError`; the next try may succeed.
"""

import fcntl
import json
import logging
import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _

PROGRAM = Path(__file__).with_name("image_process.py")
# Seconds. Together they are less than the 60 that the proxy waits for a response (deploy/nginx/forum.conf).
PATIENCE, MAX_RUN = 15, 40
MAX_WAITING = 6  # requests in each worker; further ones are turned away at once, so that threads remain for readers
# Pillow decodes a WebP of 50 megapixels into four copies of 200 MB; other formats need half of that.
MAX_MEMORY_BYTES = 1100 * 1024 * 1024
POLL = 0.05  # seconds between two looks at the lock file

# What the field shows, by code.
MESSAGES = {
    "unreadable": _("This is not a picture that can be read. Upload a JPEG, PNG, WebP or GIF file."),
    "too_many_pixels": _(
        "This picture has %(width)s × %(height)s pixels; at most 50 million fit. Make it smaller first."
    ),
    "too_long": _("This picture is %(side)s pixels long; at most %(limit)s fit. Make it smaller first."),
    "too_many_scans": _("The image has too many scans. Save it again as JPEG."),
    "too_heavy": _("This picture takes more memory than is available. Make it smaller first."),
    "too_slow": _("This picture takes too long to read. Try again, or make it smaller first."),
    "busy": _("Other pictures are being processed at this moment. Try again in a minute."),
}

logger = logging.getLogger(__name__)

_waiting = threading.BoundedSemaphore(MAX_WAITING)
_running = threading.Lock()


class RefusedError(Exception):
    """The picture is not taken; `code` is a key of MESSAGES, with its `params`."""

    def __init__(self, code, **params):
        super().__init__(code)
        self.code, self.params = code, params


class BusyError(RefusedError):
    def __init__(self):
        super().__init__("busy")


def store(content):
    """Return facts about the picture in an uploaded file, and its files: the picture and its renditions."""
    return _run(content, task="store")


def make(content, wanted, is_clear):
    """Return the renditions `wanted` of a stored picture, in their order, None for one that cannot be made."""
    return _run(content, task="make", wanted=wanted, is_clear=is_clear)[1]


def _run(content, **job):
    with _turn() as lock:
        # It computes on two processors at most, and is stopped by the system if nobody is left to stop it.
        bounds = {"memory": MAX_MEMORY_BYTES, "seconds": 2 * MAX_RUN}
        return _result(_process(content, json.dumps({**job, **bounds}), lock))


def _process(content, job, lock):
    # Nothing of the site's secrets is in the environment of a program that reads files of strangers.
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "LANG") if name in os.environ}
    try:
        return subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-I", str(PROGRAM), job],
            input=content,
            capture_output=True,
            timeout=MAX_RUN,
            env={**kept, "MALLOC_ARENA_MAX": "2"},
            pass_fds=() if lock is None else (lock,),  # Held until the process ends, even if this one is killed first.
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        logger.warning("A picture took more than %s seconds and was given up", MAX_RUN)
        raise RefusedError("too_slow") from error
    except OSError as error:  # No memory, or no process, is left.
        logger.exception("The picture process cannot be started")
        raise BusyError from error


def _result(process):
    if process.returncode:
        logger.warning("The picture process ended with status %s: %s", process.returncode, _last_line(process.stderr))
        raise RefusedError("unreadable")
    if process.stderr:
        logger.info("The picture process says: %s", _last_line(process.stderr))
    at = process.stdout.index(b"\n") + 1
    facts = json.loads(process.stdout[:at])
    if code := facts.get("refused"):
        raise RefusedError(code, **facts["params"])
    files = []
    for size in facts.pop("sizes"):
        files.append(None if size is None else process.stdout[at : at + size])
        at += size or 0
    return facts, files


def _last_line(output):
    return (output.decode(errors="replace").strip().splitlines() or [""])[-1][:300]


@contextmanager
def _turn():
    """Wait until no other picture is processed on this machine. Raises BusyError.

    Yields the lock's file descriptor, or None where there can be no lock file: then only this worker takes turns.
    """
    if not _waiting.acquire(blocking=False):
        raise BusyError
    try:
        deadline = time.monotonic() + PATIENCE
        if not _running.acquire(timeout=PATIENCE):
            raise BusyError
        try:
            lock = _locked(deadline)
            try:
                yield lock
            finally:
                if lock is not None:
                    os.close(lock)
        finally:
            _running.release()
    finally:
        _waiting.release()


def _locked(deadline):
    try:
        lock = os.open(settings.VAR_DIR / "pictures.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        logger.warning("Workers do not take turns with pictures: %s", error)
        return None
    while True:
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
        if time.monotonic() > deadline:
            os.close(lock)
            raise BusyError
        time.sleep(POLL)
