"""The production server: `python -m forum_site.serving`, with granian's own options.

Granian takes a worker that dies twice within 5.5 seconds for one that cannot start, and ends the whole site. Whatever
kills workers, the site goes on here.

Where there are metrics, all workers of a server count in files of one folder, which ends with it.
"""

import os
import tempfile
from contextlib import contextmanager

from granian import cli

MEMORY = "/dev/shm"  # noqa: S108 - on a disk that is full, whoever counts would be killed


class Server(cli.Server):
    def _respawn_workers(self, *args, **kwargs):
        super()._respawn_workers(*args, **kwargs)
        self.respawned_wrks.clear()


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
    cli.Server = Server
    with folder_of_metrics():
        cli.entrypoint()
