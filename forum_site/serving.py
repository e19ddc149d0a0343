"""The production server: `python -m forum_site.serving`, with granian's own options.

Granian takes a worker that dies twice within 5.5 seconds for one that cannot start, and ends the whole site. Whatever
kills workers, the site goes on here.

A worker that was asked to end while it still loaded the site never heard it: until it has handlers of its own, it has
those of the main process, which only note that the server is to end. Here it just ends, for it has served nobody yet.
"""

import os
import signal
from functools import partial

from granian import cli

ENDING = {signal.SIGTERM}


class Server(cli.Server):
    def _respawn_workers(self, *args, **kwargs):
        super()._respawn_workers(*args, **kwargs)
        self.respawned_wrks.clear()


def hear():
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)


def forget_handlers_and_hear():
    for number in ENDING:
        signal.signal(number, signal.SIG_DFL)
    hear()


if __name__ == "__main__":
    wait = partial(signal.pthread_sigmask, signal.SIG_BLOCK, ENDING)
    os.register_at_fork(before=wait, after_in_parent=hear, after_in_child=forget_handlers_and_hear)
    cli.Server = Server
    cli.entrypoint()
