"""Nothing is broken: many shows at once, and each is counted once and has a number of its own."""

import asyncio
import os
from time import monotonic

from rehearsals.drills.editor import Editor
from rehearsals.drills.load import CUT, WRONG, Load, Reader, Sent
from rehearsals.drills.stage import EVENTS, HOT, drill

READERS = 48


def count(stage, kind, shows):
    shows = int(os.environ.get("LOAD") or shows)
    stage.start(kind)
    others = EVENTS[1:]
    requests = {HOT: shows // 2} | {path: shows // 2 // len(others) for path in others}
    requests[others[0]] += shows - sum(requests.values())
    readers = {HOT: READERS // 2} | dict.fromkeys(others[: READERS // 2], 1)
    started = monotonic()
    with stage.load(readers, requests, edit_pause=2) as load:
        load.wait()
        took = monotonic() - started
    difference = stage.figures["stored"] - shows
    stage.check(difference == 0, f"{shows} shows were sent and {stage.figures['stored']} are stored.")
    stage.check(stage.figures["acknowledged"] == shows, "Not every show was acknowledged.")
    stage.note(f"difference {difference}; {shows / took:.0f} shows a second, edited all the while")


@drill
def count_postgresql(stage):
    """200,000 shows of 50 events, half of them of one, while it is edited: all are stored. LOAD= takes fewer."""
    count(stage, "postgresql", 200_000)


@drill
def count_sqlite(stage):
    """50,000 shows of 50 events on SQLite, and the database is never locked."""
    count(stage, "sqlite", 50_000)


@drill
def numbers(stage):
    """1,600 readers ask at once for one event, on a connection each: 1,600 different numbers."""
    readers = 1600
    site = stage.start()
    load = Load(site.port, {})
    with Editor(site, "hot", pause=0.2) as editor:
        load.sent = asyncio.run(ask_at_once(site.port, readers))
    stage.close_books(load, editor)
    printed = sorted(sent.number or 0 for sent in load.sent)
    stage.check(printed == list(range(1, readers + 1)), "The numbers are not 1 to 1,600, each once.")
    stage.note(f"{len(set(printed))} different numbers")


async def ask_at_once(port, readers):
    """Open all connections, then ask on all of them; return how each request ended."""
    loop = asyncio.get_running_loop()
    lines = await asyncio.gather(
        *(loop.create_connection(Reader, "127.0.0.1", port) for _ in range(readers)), return_exceptions=True
    )

    async def ask(line):
        if isinstance(line, OSError):
            return Sent(HOT, monotonic(), monotonic(), CUT)
        transport, reader = line
        late = loop.call_later(60, reader.end, WRONG)
        try:
            return await reader.ask(HOT)
        finally:
            late.cancel()
            transport.abort()  # A worker answers so many connections at a time; the next one waits for this.

    return await asyncio.gather(*(ask(line) for line in lines))
