"""Which requests are shows, and how those in flight share one commit.

A page that was asked for to be read is a show; one that a browser fetches ahead (`is_fetched_ahead`) is not.

`count_show()` counts one and returns the number to print. Shows of one process that arrive while another one is being
written wait for it, and are then written together: one statement, one commit, and to each a number of its own. The
busier an event, the more shows a commit carries; a lone show is written at once. No thread or timer is behind it: the
first of those who wait writes for all.
"""

from collections import Counter
from threading import Lock
from time import sleep

from django.db import IntegrityError, OperationalError

from events.models import ShowTotal
from forum_site.turns import turn

# Names that browsers and proxies have used for the same remark; Sec-Purpose is the standard (Fetch, section 3.8).
PURPOSE_HEADERS = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_PURPOSE", "HTTP_X_MOZ")

PAUSE = float(__import__("os").environ.get("PAUSE", "0.0003"))  # seconds
LOCK_TIMEOUT = "300ms"  # How long shows that share a commit wait for rows that somebody else holds.
REFUSALS = ("55P03", "40P01")  # PostgreSQL's codes of a wait that was ended, and of two that waited for each other.


def is_fetched_ahead(request):
    """Return whether the browser only fetches the page ahead, in case that it will be read."""
    purposes = " ".join(request.META.get(name, "") for name in PURPOSE_HEADERS).lower()
    return "prefetch" in purposes or "preview" in purposes


class Show:
    """A show in flight, of a page of `edition` (None: of whichever)."""

    def __init__(self, event_id, edition, is_reader):
        self.event_id = event_id
        self.edition = edition
        self.is_reader = is_reader
        self.total = None  # The event's total with this show, once it is committed.
        self.error = None  # Why it may not be counted.
        self.is_settled = False
        self.is_left_out = False  # It was not counted with the others, for certain, and may be counted alone.
        self.turn = Lock()  # Free when it is settled, or when it is its turn to write for all.
        self.turn.acquire()


class SharedCommits:
    """The shows of this process that wait to be written, and the one of them that writes."""

    def __init__(self):
        self._lock = Lock()
        self._waiting = []
        self._is_writing = False

    def count(self, show):
        """Return the event's total with this show, after its commit; None when its edition has ended.

        Raises what the database raised: then the show may not be counted, and must not be answered.
        """
        with self._lock:
            self._waiting.append(show)
            is_first, self._is_writing = not self._is_writing, True
        if not is_first:
            show.turn.acquire()
        if not show.is_settled:
            if not is_first:
                sleep(PAUSE)
            self._write()
        if show.is_left_out:
            settle([show], lock_timeout=None)
        if show.error:
            raise OperationalError("The show could not be counted.") from show.error
        return show.total

    def _write(self):
        shows = []
        try:
            with turn():  # Those who come while another process writes are taken along.
                shows = self._take_waiting()
                write(shows)
        except BaseException as error:
            for show in shows or self._take_waiting():
                show.error, show.is_settled = error, True
                show.turn.release()
            raise
        else:
            for show in shows:
                show.is_settled = True
                show.turn.release()
        finally:
            with self._lock:
                self._is_writing = bool(self._waiting)
                if self._is_writing:
                    self._waiting[0].turn.release()

    def _take_waiting(self):
        with self._lock:
            shows, self._waiting = self._waiting, []
        return shows


def write(shows):
    """Count `shows` together, those of one edition in one statement; leave out those that cannot be, for certain."""
    editions = {}
    for show in shows:
        editions.setdefault(show.edition, []).append(show)
    for group in editions.values():
        try:
            settle(group, LOCK_TIMEOUT)
        except (IntegrityError, OperationalError) as error:
            # One of the events has just been deleted, or somebody holds its rows: that must not cost the others.
            if not is_refusal(error):
                raise
            for show in group:
                show.is_left_out = True


def settle(shows, lock_timeout):
    """Count `shows` of one edition in one statement, and give each its total."""
    totals = ShowTotal.objects.count_shows(
        shows[0].edition,
        shows=Counter(show.event_id for show in shows),
        readers=Counter(show.event_id for show in shows if show.is_reader),
        lock_timeout=lock_timeout,
    )
    for show in reversed(shows):  # The last one to come has the highest number.
        if show.event_id in totals:
            show.total = totals[show.event_id]
            totals[show.event_id] -= 1


def is_refusal(error):
    """Return whether the database refused the statement, so that nothing of it is counted."""
    return isinstance(error, IntegrityError) or getattr(error.__cause__, "pgcode", None) in REFUSALS


_shared = SharedCommits()


def count_show(event_id, edition, is_reader):
    """Count one show of a page of `edition`; return the event's total with it, or None when the edition has ended.

    Each counted show has a total of its own. It is committed when this returns. Raises IntegrityError when the event
    has just been deleted, and OperationalError or InterfaceError when the database does not answer.
    """
    return _shared.count(Show(event_id, edition, is_reader))
