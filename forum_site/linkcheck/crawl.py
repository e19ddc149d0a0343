"""A round of questions: who is asked next, and when.

One question is asked at a time, each host is asked again after a pause, and meanwhile others are. A host that asks to
be left alone is, for the rest of the round.
"""

import datetime
import time
from collections import Counter, deque
from heapq import heapify, heappop, heappush
from urllib.parse import urlsplit

from django.utils import timezone

from forum_site.linkcheck.client import Asker, Outcome
from forum_site.linkcheck.models import CheckedLink, digest
from forum_site.linkcheck.sources import find


class Pace:
    def __init__(self, pause):
        self._pause, self._asked, self._left_alone = pause, {}, set()

    def ready_at(self, host):
        return self._asked.get(host, 0) + self._pause if host in self._asked else 0

    def wait(self, host):
        """Wait until it is this host's turn, and note that it is asked."""
        time.sleep(max(0, self.ready_at(host) - time.monotonic()))
        self._asked[host] = time.monotonic()

    def leave_alone(self, host):
        self._left_alone.add(host)

    def is_left_alone(self, host):
        return host in self._left_alone


class Round:
    """Of at most `most` links, those never asked first; none that was asked in the last `days` is asked again."""

    def __init__(self, guard, *, most, days, pause):
        self.sources = {}
        for address, place in find():
            self.sources.setdefault(address, []).append(place)
        self.outcomes = Counter()
        self._pace = Pace(pause)
        self._asker = Asker(guard, self._pace)
        asked = dict(CheckedLink.objects.values_list("digest", "checked_at"))
        self._recent = timezone.now() - datetime.timedelta(days=days)
        never = datetime.datetime.min.replace(tzinfo=datetime.UTC)
        due = sorted(
            (moment, address)
            for address in self.sources
            if (moment := asked.get(digest(address), never)) < self._recent or moment == never
        )
        self.left_for_later = max(0, len(due) - most)
        self.due = [address for _moment, address in due[:most]]

    def purge(self):
        """Forget links that stand nowhere any more, and note where those that failed stand by now."""
        known = CheckedLink.objects.values_list("pk", "digest", "first_failed_at")
        by_digest = {digest(address): places for address, places in self.sources.items()}
        gone = [key for key, mark, _failed in known if mark not in by_digest]
        for start in range(0, len(gone), 500):
            CheckedLink.objects.filter(pk__in=gone[start : start + 500]).delete()
        for link in CheckedLink.objects.failed().defer("address"):
            link.set_sources(by_digest[link.digest])

    def run(self):
        """Ask, store each answer at once, and yield the address and the answer."""
        hosts = {}
        for address in self.due:
            hosts.setdefault(urlsplit(address).hostname, deque()).append(address)
        turns = [(0, number, host) for number, host in enumerate(hosts)]
        heapify(turns)
        while turns:
            _ready, number, host = heappop(turns)
            address = hosts[host].popleft()
            answer = self._asker.ask(address)
            if answer.outcome != Outcome.LATER:
                CheckedLink.objects.record(address, answer, self.sources[address])
            self.outcomes[answer.outcome] += 1
            if hosts[host]:
                heappush(turns, (self._pace.ready_at(host), number, host))
            yield address, answer
