"""Processes of the site die."""

import os
import random
import signal
import time

from rehearsals.drills.load import SHOWN
from rehearsals.drills.stage import HOT, OTHER, drill

KILLS = 15
READERS = {HOT: 24, OTHER: 8}


@drill
def workers_killed(stage):
    """A worker of four, whichever, is killed each second for 15 seconds: all come back by themselves."""
    site = stage.start()
    with stage.load(READERS, in_flight=KILLS * sum(READERS.values())) as load:
        time.sleep(2)
        for _ in range(KILLS):
            if workers := site.worker_pids():
                os.kill(random.choice(workers), signal.SIGKILL)
            time.sleep(1)
        killed_last = time.monotonic()
        time.sleep(6)
        waited = load.waited_for_a_show(killed_last + 1)
        stage.check(site.server.poll() is None, "The whole site has ended, and nobody started it again.")
        stage.check(len(site.worker_pids()) >= site.workers, "Not all workers came back.")
        stage.check(waited is not None and waited < 5, "No show was answered within five seconds of the last kill.")
    stage.note(f"longest time without any show {load.longest_pause(HOT):.2f} s, {len(load.of(SHOWN)):,} shows")
