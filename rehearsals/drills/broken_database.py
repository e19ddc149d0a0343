"""PostgreSQL restarts, is locked or is full."""

import time
from contextlib import contextmanager, suppress

import psycopg2

from rehearsals.drills.load import REFUSED, SHOWN
from rehearsals.drills.stage import HOT, OTHER, THIRD, drill, speed

RESTARTS = 5
BACK_WITHIN = 5  # seconds, between the database accepting connections and the first show
LONGEST_PAUSE = 2  # seconds without a show of an event that nobody locked
EXHAUSTED = 10  # seconds


@drill
def postgresql_restarted(stage):
    """PostgreSQL is stopped as by a power cut, and started, five times: shows go on within 5 s of that."""
    stage.start()
    readers = {HOT: 24, OTHER: 8}
    waits = []
    with stage.load(readers, in_flight=RESTARTS * sum(readers.values())) as load:
        for _ in range(RESTARTS):
            time.sleep(3)
            accepting = stage.postgresql.restart()
            time.sleep(BACK_WITHIN)
            waits.append(load.waited_for_a_show(accepting))
        time.sleep(2)
    stage.check(all(wait is not None and wait <= BACK_WITHIN for wait in waits), f"Shows came back after {waits} s.")
    stage.check(len(load.of(REFUSED)) > 0, "Nobody noticed the restarts: the drill proves nothing.")
    stage.note(f"first show after {', '.join('–' if wait is None else f'{wait:.2f}' for wait in waits)} s")


@drill
def event_locked(stage):
    """Another transaction holds the rows of two events, one of them never shown yet: a third is shown all the while."""
    stage.start()
    locked(stage, "SELECT 1 FROM events_event WHERE slug IN ('hot', 'event-2') FOR UPDATE", newcomers={THIRD: 8})


@drill
def counter_locked(stage):
    """Another transaction holds the total of an event: other events are shown all the while."""
    stage.start()
    locked(stage, "UPDATE events_showtotal SET shows = shows WHERE event_id = (SELECT id {hot})")


@drill
def crowd_at_locked(stage):
    """The same, with twice as many readers of the locked event as the site has threads."""
    stage.start()
    sql = "UPDATE events_showtotal SET shows = shows WHERE event_id = (SELECT id {hot})"
    locked(stage, sql, readers=2 * stage.site.workers * stage.site.threads)


@drill
def ledger_locked(stage):
    """Another transaction holds the days of an event: other events are shown all the while."""
    stage.start()
    locked(stage, "UPDATE events_showcount SET shows = shows WHERE event_id = (SELECT id {hot})")


def locked(stage, sql, newcomers=None, readers=16):
    """Hold the rows of `sql`, which {hot} helps to name, under load on them and on another event."""
    with stage.load({HOT: readers, OTHER: 16}) as load:
        time.sleep(3)
        before = load.of(SHOWN, path=OTHER)
        with rows_held(stage.postgresql, sql.format(hot="FROM events_event WHERE slug = 'hot'")):
            since = time.monotonic()
            load.join(newcomers or {})
            time.sleep(stage.seconds_locked)
            until = time.monotonic()
        time.sleep(6)
        back = load.waited_for_a_show(until)
    during = [sent for sent in load.sent if sent.path == OTHER and since <= sent.ended <= until]
    stage.check(all(sent.outcome == SHOWN for sent in during), "The event that nobody locked was refused.")
    pause = load.longest_pause(OTHER, since, until)
    stage.check(pause <= LONGEST_PAUSE, f"The event that nobody locked was not shown for {pause:.1f} s.")
    stage.check(back is not None and back <= BACK_WITHIN, "The locked event did not come back.")
    stage.note(
        f"the other event while {stage.seconds_locked} s locked: {len(during)} shows, {speed(during)}, "
        f"longest pause {pause:.2f} s (before: {speed(before)})"
    )


@contextmanager
def rows_held(postgresql, sql):
    connection = postgresql.connect()
    connection.autocommit = False
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            assert cursor.rowcount > 0, "There is nothing to lock."
            yield
    finally:
        connection.close()  # Which rolls back.


@drill
def connections_exhausted(stage):
    """Somebody else takes all connections, those of the site included, for 10 s: honest refusals, then shows again."""
    stage.start()
    readers = {HOT: 24, OTHER: 8}
    with stage.load(readers, in_flight=sum(readers.values())) as load:
        time.sleep(2)
        taken = []
        until = time.monotonic() + EXHAUSTED
        try:
            while time.monotonic() < until:
                take_connections(stage.postgresql, taken)
                time.sleep(0.05)
            refused = len(load.of(REFUSED))
        finally:
            for connection in taken:
                connection.close()
        released = time.monotonic()
        time.sleep(BACK_WITHIN)
        waited = load.waited_for_a_show(released)
    stage.check(refused > 0, "Nobody noticed: the drill proves nothing.")
    stage.check(waited is not None, f"No show within {BACK_WITHIN} s.")
    stage.note(f"{len(taken)} connections taken, first show {waited or 0:.2f} s after their release")


def take_connections(postgresql, taken):
    """Take connections until there are no more, and then those of the site."""
    with suppress(psycopg2.OperationalError):
        while True:
            taken.append(postgresql.connect())
    with taken[0].cursor() as cursor:
        cursor.execute("""
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE backend_type = 'client backend' AND application_name <> 'drill'
        """)
