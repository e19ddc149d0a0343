"""The production server: `python -m forum_site.serving`, with granian's own options.

Granian takes a worker that dies twice within 5.5 seconds for one that cannot start, and ends the whole site. Whatever
kills workers, the site goes on here.

A worker that was asked to end while it still loaded the site never heard it: until it has handlers of its own, it has
those of the main process, which only note that the server is to end. Here it just ends, for it has served nobody yet.

Granian itself answers `/livez`, from a file: the view of that name would wait for a free thread, and while the database
is away all of them may wait for it.

Where there are metrics, all workers of a server count in files of one folder, which ends with it.
"""

import logging
import os
import signal
import tempfile
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from granian import cli

from forum_site.media.file_modes import keep_private

ENDING = {signal.SIGTERM}
LIVEZ = Path(__file__).parent / "ops" / "livez"
MEMORY = "/dev/shm"  # noqa: S108 - on a disk that is full, whoever counts would be killed


class Server(cli.Server):
    def __init__(self, *args, **kwargs):
        super().__init__(
            *args,
            **kwargs
            | {
                "static_path_route": ["/livez"],
                "static_path_mount": [LIVEZ],
                "static_path_dir_to_file": "livez.txt",
                "static_path_expires": 0,
            },
        )

    def _respawn_workers(self, *args, **kwargs):
        super()._respawn_workers(*args, **kwargs)
        self.respawned_wrks.clear()


def is_needed(record):
    """Leave out granian's advice on the number of threads: ours mostly wait, for the database or for a slow client."""
    return "Python threads, which seems quite high" not in record.getMessage()


def hear():
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)


def forget_handlers_and_hear():
    for number in ENDING:
        signal.signal(number, signal.SIG_DFL)
    hear()


@contextmanager
def folder_of_metrics():
    if not os.environ.get("METRICS_TOKEN"):
        yield
        return
    place = MEMORY if os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="forum-metrics-", dir=place) as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        yield


if __name__ == "__main__":
    keep_private()
    logging.getLogger("_granian").addFilter(is_needed)
    wait = partial(signal.pthread_sigmask, signal.SIG_BLOCK, ENDING)
    os.register_at_fork(before=wait, after_in_parent=hear, after_in_child=forget_handlers_and_hear)
    cli.Server = Server
    with folder_of_metrics():
        cli.entrypoint()
