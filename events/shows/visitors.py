"""Filtered views: shows without bots, and without the same visitor asking again within half a minute (COUNTER R5.1).

`counts_as_filtered()` decides it for one request. Robots are known by the public list crawler-user-agents. Who has just
been here is known by a keyed hash of address, browser and event, in memory that the processes of this machine share and
that no disk ever sees: wiped within a minute while anything is read, under a random key that is replaced each day.
Nothing else of a visitor is kept anywhere.
"""

import fcntl
import hashlib
import mmap
import os
import re
import secrets
import struct
import time
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path

from crawleruseragents import is_crawler
from django.conf import settings
from django.utils import timezone

from events.models import CountingMethod
from forum_site.core.http.client_ip import client_address

BOT_LIST = f"crawler-user-agents {version('crawler-user-agents')}"
RULE = "COUNTER R5.1, 30 s"
WINDOW = 30  # seconds
MAX_AGENT_LENGTH = 512  # characters

# Browsers and phones whose names hold that of a robot: Sogou's browser is no Sogou spider, a CUBOT is no bot.
NOT_BOTS = re.compile(r"CUBOT[\w ]*|Sogou(MSE|MobileBrowser)[\w/.]*|baidu(boxapp|browser)[\w/.]*|YaSearchBrowser", re.I)


def counts_as_filtered(request, event):
    """Return whether this show of the event is a filtered view, and remember for half a minute that it was made."""
    today = timezone.localdate()
    note_method(today)
    agent = request.META.get("HTTP_USER_AGENT", "")[:MAX_AGENT_LENGTH]
    if is_bot(agent):
        return False
    return not recent_visitors().has_seen(
        f"{client_address(request)}\n{agent}\n{event}", today.toordinal(), time.time()
    )


@lru_cache(maxsize=4096)
def is_bot(agent):
    return not agent.strip() or is_crawler(NOT_BOTS.sub("", agent))


@lru_cache(maxsize=1)
def note_method(day):
    """Write down, once a day and process, by which list and rule its filtered views are counted."""
    CountingMethod.objects.get_or_create(day=day, bot_list=BOT_LIST, rule=RULE)


class RecentVisitors:
    """Marks of visitors, with the time of their last show, in two halves that take turns of `WINDOW` seconds.

    At each turn the half whose marks have all passed is wiped. A mark has a few places to stand in; where all are
    taken, the oldest gives way, and that visitor may be counted twice.
    """

    HEAD = struct.Struct("<qq32s")  # The turn of the halves, the day of the key, the key.
    MARK = struct.Struct("<8sd")  # The hash, the time.
    PLACES = 4  # for each hash, in each half
    BUCKETS = 32_768  # in each half
    BUCKET = struct.Struct("<" + "8sd" * PLACES)
    HALF = BUCKET.size * BUCKETS
    SIZE = HEAD.size + 2 * HALF

    def __init__(self, path=None):
        """Share `path` with other processes, if it can be; else remember for this one alone."""
        self._file = self._open(path) if path else None
        self._memory = mmap.mmap(self._file if self._file is not None else -1, self.SIZE)

    def _open(self, path):
        try:
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError:
            return None
        try:
            if os.fstat(file).st_uid == os.getuid():  # Else somebody else has laid it there.
                os.posix_fallocate(file, 0, self.SIZE)  # Memory that is promised and not there would end the process.
                return file
        except OSError:
            pass
        os.close(file)
        return None

    def has_seen(self, visitor, day, now):
        """Return whether `visitor` made a show less than `WINDOW` before `now`, and remember that one was made now."""
        turn = int(now // WINDOW)
        if self.HEAD.unpack_from(self._memory)[:2] != (turn, day):
            self._take_turn(turn, day)
        key = self.HEAD.unpack_from(self._memory)[2]
        mark = hashlib.blake2b(visitor.encode(errors="replace"), key=key, digest_size=8).digest()
        bucket = int.from_bytes(mark[:2], "little") % self.BUCKETS
        here, there = (self._start(half) + bucket * self.BUCKET.size for half in (turn % 2, 1 - turn % 2))
        marks, earlier = self.BUCKET.unpack_from(self._memory, here), self.BUCKET.unpack_from(self._memory, there)
        last = max(seen_in(marks, mark), seen_in(earlier, mark))
        place = marks.index(mark) if mark in marks else marks.index(min(marks[1::2])) - 1
        self.MARK.pack_into(self._memory, here + place // 2 * self.MARK.size, mark, now)
        return now - last < WINDOW

    def _start(self, half):
        return self.HEAD.size + half * self.HALF

    def _take_turn(self, turn, day):
        if self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            last_turn, last_day, key = self.HEAD.unpack_from(self._memory)
            if last_day != day:
                key = secrets.token_bytes(32)
            passed = {last_turn: [], last_turn + 1: [turn % 2]}.get(turn, [0, 1])
            for half in passed:
                self._memory[self._start(half) : self._start(half) + self.HALF] = bytes(self.HALF)
            self.HEAD.pack_into(self._memory, 0, turn, day, key)
        finally:
            if self._file is not None:
                fcntl.flock(self._file, fcntl.LOCK_UN)


def seen_in(marks, mark):
    """Return when `mark` was made, if it is among `marks`, hashes and times by turns; else 0."""
    return marks[marks.index(mark) + 1] if mark in marks else 0


@cache
def recent_visitors():
    return RecentVisitors(shared_memory_of(settings.VAR_DIR))


def shared_memory_of(var_dir):
    """Return the path of memory that looks like a file and is on no disk, or None where the system has none."""
    folder = Path("/dev/shm")  # noqa: S108 - opened safely in _open
    name = hashlib.blake2b(str(var_dir).encode(), digest_size=8).hexdigest()
    return folder / f"forum-site-filtered_shows-{os.getuid()}-{name}" if folder.is_dir() else None
