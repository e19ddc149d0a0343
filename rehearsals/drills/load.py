"""Readers who ask for pages, one after another on connections of their own, and who write down how each request ended.

    with Load(site.port, {"/events/hot/": 24}) as load:
        ...  # Break something.
    load.shows

They keep their connections, and make new ones after those were cut. They run in a thread of their own.
"""

import asyncio
import re
import threading
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from time import monotonic

NUMBER = re.compile(rb"Number of shows: ([0-9]+)<")
HEAD = re.compile(rb"HTTP/1\.1 ([0-9]{3})[^\r]*\r\n(?:.*\r\n)*?content-length: ([0-9]+)\r\n", re.I)
TITLE = re.compile(rb"<title>([^<]*)")
CLOSE = re.compile(rb"\r\nconnection: close", re.I)
RETRY_AFTER = re.compile(rb"\r\nretry-after: [0-9]+\r\n", re.I)
LONGEST = 60  # seconds until an answer is given up, which is a failure
PAUSE = 0.05  # seconds that a reader waits after a request that was not served

SHOWN, REFUSED, CUT, WRONG = "shown", "refused", "cut", "wrong"


@dataclass(slots=True)
class Sent:
    """A request that was sent, and how it ended."""

    path: str
    started: float
    ended: float
    outcome: str
    number: int | None = None  # that the page printed
    what: str = ""  # What was wrong.

    @property
    def took(self):
        return self.ended - self.started


class Reader(asyncio.Protocol):
    """One connection, on which one request at a time is sent; `ask()` returns how it ended."""

    def __init__(self):
        self.is_open = False
        self._answer = None
        self._received = b""

    def connection_made(self, transport):
        self.transport, self.is_open = transport, True

    def ask(self, path):
        self._path, self._started, self._received, self._length = path, monotonic(), b"", None
        self._answer = asyncio.get_running_loop().create_future()
        self.transport.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: a reader\r\n\r\n".encode())
        return self._answer

    def data_received(self, data):
        self._received = self._received + data if self._received else data
        if self._length is None:
            head, end, _body = self._received.partition(b"\r\n\r\n")
            if not end:
                return
            match = HEAD.match(head + b"\r\n")
            if not match:
                return self.end(WRONG, what=f"no answer of ours: {head[:300]!r}")
            self._status, self._length = int(match[1]), len(head) + 4 + int(match[2])
            self._may_retry = RETRY_AFTER.search(head + b"\r\n")
        if len(self._received) >= self._length:
            self._judge()

    def _judge(self):
        if CLOSE.search(self._received.partition(b"\r\n\r\n")[0]):  # Nothing more may be asked on this line.
            self.is_open = False
            self.transport.close()
        number = NUMBER.search(self._received)
        if self._status == 200 and number:
            self.end(SHOWN, number=int(number[1]))
        elif self._status == 503 and self._may_retry and b"Traceback" not in self._received:
            self.end(REFUSED)
        else:
            title = TITLE.search(self._received)
            traceback = " with a traceback" if b"Traceback" in self._received else ""
            self.end(WRONG, what=f"answered {self._status} “{title[1].decode() if title else ''}”{traceback}")

    def connection_lost(self, error):
        self.is_open = False
        self.end(CUT)

    def end(self, outcome, **more):
        if self._answer and not self._answer.done():
            self._answer.set_result(Sent(self._path, self._started, monotonic(), outcome, **more))


class Load:
    """Readers at work: so many `readers` of each path, or, with `requests`, until so many of each path were sent.

    `unreached` counts the times when nobody took the connection, so that nothing was sent. `line` returns what else
    asyncio needs to connect, such as TLS; `pace` is how many seconds a reader looks at a page.
    """

    def __init__(self, port, readers, requests=None, line=dict, pace=0):
        self.port = port
        self.line, self.pace = line, pace
        self.readers = readers
        self.sent = []
        self.unreached = 0
        self._left = dict(requests or {})
        self._is_limited = requests is not None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._stop.set()
        self._thread.join()

    def wait(self):
        """Wait until all `requests` were sent and have ended."""
        while self._thread.is_alive():
            self._thread.join(0.5)

    def join(self, readers):
        """Let so many more readers of each path come."""
        self._loop.call_soon_threadsafe(self._begin, readers)

    async def _run(self):
        self._loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as self._tasks:
            self._begin(self.readers)

    def _begin(self, readers):
        for path, number in readers.items():
            for _ in range(number):
                self._tasks.create_task(self._read(path))

    async def _read(self, first):
        reader = None
        for path in self._paths(first):
            while reader is None or not reader.is_open:
                reader = await self._connect()
                if self._stop.is_set() and not reader:
                    return
            answer = reader.ask(path)
            late = asyncio.get_running_loop().call_later(LONGEST, reader.end, WRONG)
            sent = await answer
            late.cancel()
            self.sent.append(sent)
            if sent.outcome != SHOWN:
                if sent.outcome == WRONG:
                    sent.what = sent.what or f"no answer within {LONGEST} s"
                    reader.transport.abort()
                    reader.is_open = False
                await asyncio.sleep(PAUSE)
            elif self.pace:
                await asyncio.sleep(self.pace)
        if reader:
            reader.transport.abort()

    def _paths(self, first):
        """Yield what this reader asks for: its path again and again, or what is left of all requests."""
        while not self._stop.is_set() and not self._is_limited:
            yield first
        while not self._stop.is_set() and self._left:
            path = first if first in self._left else next(iter(self._left))
            self._left[path] -= 1
            if not self._left[path]:
                del self._left[path]
            yield path

    async def _connect(self):
        loop = asyncio.get_running_loop()
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(LONGEST):
                return (await loop.create_connection(Reader, "127.0.0.1", self.port, **self.line()))[1]
        self.unreached += 1
        await asyncio.sleep(PAUSE)

    def of(self, *outcomes, path=None):
        return [sent for sent in list(self.sent) if sent.outcome in outcomes and path in (None, sent.path)]

    def waited_for_a_show(self, since):
        """Return how long after the moment `since` the first show was answered, in seconds; None if none was."""
        return min((sent.ended - since for sent in self.of(SHOWN) if sent.ended >= since), default=None)

    def longest_pause(self, path, since=0.0, until=None):
        """Return the longest time in which no show of `path` was answered, in seconds."""
        until = until or monotonic()
        moments = sorted(sent.ended for sent in self.of(SHOWN, path=path) if since <= sent.ended <= until)
        moments = [since or moments[0], *moments, until] if moments else [since, until]
        return max(later - earlier for earlier, later in pairwise(moments))


def percentile(requests, share):
    """Return the time in seconds within which this share of the requests was answered."""
    times = sorted(sent.took for sent in requests)
    return times[min(int(len(times) * share), len(times) - 1)] if times else 0.0
