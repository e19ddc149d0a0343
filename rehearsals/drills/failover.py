"""PostgreSQL loses its machine, or takes no changes."""

import asyncio
import threading
import time
from contextlib import closing
from time import monotonic

from rehearsals.drills.load import CUT, REFUSED, WRONG, Load, Reader, Sent
from rehearsals.drills.servers import PrimaryAndStandby
from rehearsals.drills.stage import EVENTS, HOT, OTHER, drill

PER_SECOND = 20
PROMOTED_AFTER = 5  # seconds
LONGEST = 20  # seconds, for any answer
BACK_WITHIN = 5  # seconds
READ_ONLY = 10  # seconds


@drill
def primary_vanished(stage):
    """Packets to the primary go nowhere, and the standby is promoted after 5 s: honest answers, none after 20 s."""
    site = stage.start(server=PrimaryAndStandby, workers=2)
    load = Load(site.port, {})
    with SteadyReaders(site.port, load.sent), Probes(site) as probes:
        time.sleep(5)
        vanished = monotonic()
        stage.postgresql.lose_primary()
        time.sleep(PROMOTED_AFTER)
        stage.postgresql.promote()
        promoted = monotonic()
        time.sleep(20)
    under_way = sum(sent.started <= vanished <= sent.ended for sent in load.sent)
    stage.close_books(load, in_flight=under_way)
    waited = load.waited_for_a_show(promoted)
    stage.check(not load.of(CUT), "Readers were cut off.")
    stage.check(stage.figures["longest"] < LONGEST, f"An answer took {stage.figures['longest']:.1f} s.")
    stage.check(len(load.of(REFUSED)) > 0, "Nobody noticed: the drill proves nothing.")
    stage.check(waited is not None, "No show after the standby was promoted.")
    stage.check(probes.is_well("/livez"), "/livez did not answer.")
    pause = load.longest_pause(HOT, until=max(sent.ended for sent in load.sent))
    stage.note(
        f"{under_way} under way when it vanished; first show {waited or 0:.1f} s after the promotion, "
        f"longest time without any {pause:.1f} s; /livez within {probes.longest('/livez'):.2f} s"
    )


@drill
def read_only(stage):
    """The server takes no changes for 10 s, as after a failover: 503, and shows again within 5 s of its end."""
    site = stage.start()
    with stage.load({HOT: 12, OTHER: 4}) as load, Probes(site) as probes:
        time.sleep(3)
        with closing(stage.postgresql.connect()) as connection:
            set_read_only(connection, "on")
            since = monotonic() + 1  # Sessions hear of it when they are next asked.
            time.sleep(READ_ONLY)
            set_read_only(connection, "off")
        ended = monotonic()
        time.sleep(BACK_WITHIN + 1)
    during = [sent for sent in load.sent if since <= sent.started and sent.ended <= ended]
    waited = load.waited_for_a_show(ended)
    stage.check(during and all(sent.outcome == REFUSED for sent in during), "Not every request was refused.")
    stage.check(waited is not None and waited <= BACK_WITHIN, f"Shows came back after {waited} s.")
    stage.check(probes.is_well("/livez"), "/livez did not answer.")
    stage.check(probes.statuses("/readyz", since + 1, ended) == {503}, "/readyz was not 503 all the while.")
    stage.check(probes.statuses("/readyz", ended + BACK_WITHIN) == {200}, "/readyz was not 200 afterwards.")
    log = site.log.read_text()
    stage.check("Traceback" not in log, "The log has tracebacks.")
    stage.note(f"{len(during)} refused, first show {waited or 0:.2f} s after its end")


def set_read_only(connection, value):
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = off")
        cursor.execute(f"ALTER SYSTEM SET default_transaction_read_only = {value}")
        cursor.execute("SELECT pg_reload_conf()")


class SteadyReaders:
    """So many new readers a second, whether those before were answered or not, each by a connection of its own."""

    def __init__(self, port, sent):
        self._port, self._sent = port, sent
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._stop.set()
        self._thread.join()

    async def _run(self):
        began = monotonic()
        async with asyncio.TaskGroup() as tasks:
            number = 0
            while not self._stop.is_set():
                tasks.create_task(self._ask(HOT if number % 2 else EVENTS[number % len(EVENTS)]))
                number += 1
                await asyncio.sleep(max(0, began + number / PER_SECOND - monotonic()))

    async def _ask(self, path):
        loop, started = asyncio.get_running_loop(), monotonic()
        try:
            transport, reader = await loop.create_connection(Reader, "127.0.0.1", self._port)
        except OSError:
            self._sent.append(Sent(path, started, monotonic(), CUT))
            return
        late = loop.call_later(60, reader.end, WRONG)
        self._sent.append(await reader.ask(path))
        late.cancel()
        transport.abort()


class Probes:
    """What watches over the site asks `/livez` and `/readyz`, each by a thread of its own."""

    def __init__(self, site):
        self._site, self._stop, self._seen = site, threading.Event(), []
        self._threads = [threading.Thread(target=self._watch, args=[path]) for path in ("/livez", "/readyz")]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error):
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _watch(self, path):
        while not self._stop.wait(0.5):
            began = monotonic()
            try:
                status = self._site.request("GET", path)[0]
            except OSError:
                status = None
            self._seen.append((path, began, monotonic(), status))

    def statuses(self, path, since=0.0, until=float("inf")):
        return {
            status for asked, began, ended, status in self._seen if asked == path and since <= began <= ended <= until
        }

    def longest(self, path):
        return max(ended - began for asked, began, ended, _status in self._seen if asked == path)

    def is_well(self, path):
        return self.statuses(path) == {200}
