"""A site is updated while readers read and an editor saves: as docs/operations.md says, “A new release”."""

import threading
import time
from contextlib import contextmanager

from tests.deploy.steps import ALL, READERS, step
from tests.drills.load import CUT, REFUSED, percentile

LATE = {"DJANGO_SETTINGS_MODULE": "tests.deploy.late.settings"}
LONGEST_WAIT = 4  # seconds: what a migration may keep a reader waiting, and what a busy machine adds


@step
def migrated_beside_query(stage):
    """A release that adds a column is migrated to while somebody else's query of the events lasts."""
    lasts = stage.seconds_locked
    with stage.load(READERS, in_flight=ALL) as load:
        time.sleep(2)
        with query_of_events(stage.postgresql, lasts):
            time.sleep(0.5)
            began = time.monotonic()
            run = stage.site.manage("migrate", environment=LATE, check=False, capture_output=True, text=True)
            took = time.monotonic() - began
        time.sleep(3)
    stage.check(run.returncode == 0, f"migrate: {run.stdout[-300:]}{run.stderr[-300:]}")
    ((there,),) = stage.site.rows(
        "SELECT COUNT(*) FROM information_schema.columns WHERE table_name = 'events_event' AND column_name = 'tried'"
    )
    stage.check(there == 1, "The column was not added.")
    attempts = run.stdout.count("Waiting for process") + 1
    stage.check(attempts > 1 and "pg_sleep" in run.stdout, "migrate did not tell for whom it waited.")
    stage.check(took >= lasts - 1, "migrate did not wait: the step proves nothing.")
    longest = max(sent.took for sent in load.sent)
    stage.check(longest < LONGEST_WAIT, f"A reader waited {longest:.1f} s.")
    stage.check(not load.of(REFUSED, CUT), f"{len(load.of(REFUSED, CUT))} readers were turned away or cut off.")
    stage.site.manage("migrate", "late", "zero", "--verbosity", "0", environment=LATE)
    stage.note(f"query of {lasts} s; migrate took {took:.0f} s, {attempts} attempts")
    stage.note(f"p99 {percentile(load.sent, 0.99) * 1000:.0f} ms")


@contextmanager
def query_of_events(postgresql, seconds):
    def ask():
        with postgresql.connect() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(%s) FROM (SELECT 1 FROM events_event LIMIT 1) AS one", [seconds])

    thread = threading.Thread(target=ask)
    thread.start()
    yield
    thread.join()
