"""Which requests are shows, and how those in flight share one commit.

A page that was asked for to be read is a show; one that a browser fetches ahead (`is_prefetch`) is not.

`count_show()` counts one and returns the number to print. Shows of one process that arrive while another one is being
written wait for it, and are then written together: one statement, one commit, and to each a number of its own. The
busier an event, the more shows a commit carries; a lone show is written at once. No thread or timer is behind it: the
first of those who wait writes for all.
"""

from collections import Counter
from math import inf
from threading import Lock
from time import monotonic

from django.db import IntegrityError, OperationalError, connections, router

from events.models import ShowTotal
from events.shows.process_lock import turn
from forum_site.core.observability import metrics

# Names that browsers and proxies have used for the same remark; Sec-Purpose is the standard (Fetch, section 3.8).
PURPOSE_HEADERS = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_PURPOSE", "HTTP_X_MOZ")

IN_USE = 0.3  # Seconds that rows may well be in use by other shows.
LOCK_TIMEOUT = "300ms"  # How long shows that share a commit wait for rows that somebody else holds.
MAX_ALONE = 2  # How many shows of this process may wait for such rows longer.
PATIENCE = 25  # Seconds to wait for those before; longer than any statement should take.
REFUSALS = ("55P03", "40P01")  # PostgreSQL's codes of a wait that was ended, and of two that waited for each other.


def is_prefetch(request):
    """Return whether the browser only fetches the page ahead, in case that it will be read."""
    purposes = " ".join(request.META.get(name, "") for name in PURPOSE_HEADERS).lower()
    return "prefetch" in purposes or "preview" in purposes


class Show:
    """A show in flight, of a page of `site_version` (None: of whichever)."""

    def __init__(self, event_id, site_version, counts_as_filtered):
        self.event_id = event_id
        self.site_version = site_version
        self.counts_as_filtered = counts_as_filtered
        self.total = None  # The event's total with this show, once it is committed.
        self.error = None  # Why it may not be counted.
        self.is_settled = False
        self.wake = Lock()  # Free when it is settled, or when it is its turn to write for all.
        self.wake.acquire()

    def finish(self, error=None):
        self.error, self.is_settled = error, True
        self.wake.release()


class SharedCommits:
    """The shows of this process that wait to be written, and the one of them that writes for all."""

    def __init__(self):
        self._lock = Lock()
        self._waiting = []
        self._writer = None
        self._alone = Counter()  # By event: shows that wait for rows that somebody else holds.
        self._alone_since = {}  # By event: when the first of those began to wait.

    def count(self, show):
        """Return the event's total with this show, after its commit; None when its site version has ended.

        Raises what the database raised: then the show may not be counted, and must not be answered.
        """
        meet_database()  # Each thread by itself: where connecting takes seconds, nobody waits for another one's.
        if self._is_held(show.event_id):
            return self._count_alone(show, is_newcomer=True)
        with self._lock:
            self._waiting.append(show)
            is_first = self._writer is None
            if is_first:
                self._writer = show
        try:
            if not is_first and not show.wake.acquire(timeout=PATIENCE):
                raise OperationalError("The shows before this one were not written in time.")
            if not show.is_settled:
                self._write()
        finally:
            self._leave(show)
        if show.error is None:
            return show.total
        if is_refusal(show.error):
            return self._count_alone(show, is_newcomer=False)
        raise OperationalError("The show could not be counted.") from show.error

    def _write(self):
        shows, error = [], None
        try:
            with turn():  # Those who come while another process writes are taken along.
                with self._lock:
                    shows, self._waiting = self._waiting, []
                write(shows)
        except BaseException as raised:
            error = raised
            raise
        finally:
            for show in shows:
                if not show.is_settled:
                    show.finish(error)

    def _leave(self, show):
        """Whatever happened: `show` no longer waits, and if it was to write, the next one is."""
        with self._lock:
            if not show.is_settled and show in self._waiting:
                self._waiting.remove(show)
            if self._writer is show:
                self._writer = self._waiting[0] if self._waiting else None
                if self._writer:
                    self._writer.wake.release()

    def _count_alone(self, show, is_newcomer):
        """Wait for rows that somebody holds as long as any statement does; but few may, others need the threads.

        Beyond those, one who comes to an event that others wait for is refused at once. Who has waited already tries
        once more: perhaps the rows were only in use by shows that in their turn waited for another event's.
        """
        with self._lock:
            is_patient = self._alone.total() < MAX_ALONE
            if is_newcomer and not is_patient:
                raise OperationalError("Somebody holds the rows of this event, and enough shows wait for them.")
            self._alone[show.event_id] += is_patient
            self._alone_since.setdefault(show.event_id, monotonic())
        try:
            count([show], None if is_patient else LOCK_TIMEOUT)
        finally:
            with self._lock:
                self._alone[show.event_id] -= is_patient
                if not self._alone[show.event_id]:
                    self._alone_since.pop(show.event_id, None)
        return show.total

    def _is_held(self, event_id):
        """Return whether shows of the event have waited alone for so long that its rows are not just in use."""
        return monotonic() - self._alone_since.get(event_id, inf) > IN_USE


def write(shows):
    """Count `shows` together, those of one site version in one statement, and settle them as soon as they are
    committed.

    If it is refused, because an event has just been deleted or somebody holds its rows, nothing of it was counted: that
    must not cost the others, so each event is counted by itself, and shows of the one in question are told the refusal.
    """
    site_versions = {}
    for show in shows:
        site_versions.setdefault(show.site_version, []).append(show)
    for group in site_versions.values():
        if refusal := refused(group):
            events = {show.event_id: [] for show in group}
            for show in group:
                events[show.event_id].append(show)
            for own in events.values():
                refusal_of_event = refused(own) if len(events) > 1 else refusal
                for show in own:
                    show.finish(refusal_of_event)
        else:
            for show in group:
                show.finish()


def refused(shows):
    """Count `shows`; return the error if the database refused to, for certain, else None."""
    try:
        count(shows, LOCK_TIMEOUT)
    except (IntegrityError, OperationalError) as error:
        if not is_refusal(error):
            raise
        return error


def count(shows, lock_timeout=None):
    """Count `shows` of one site version in one statement, and give each its total."""
    totals = ShowTotal.objects.count_shows(
        shows[0].site_version,
        shows=Counter(show.event_id for show in shows),
        filtered_shows=Counter(show.event_id for show in shows if show.counts_as_filtered),
        lock_timeout=lock_timeout,
    )
    metrics.shows.inc(len(shows) if totals else 0)
    for show in reversed(shows):  # The last one to come has the highest number.
        if show.event_id in totals:
            show.total = totals[show.event_id]
            totals[show.event_id] -= 1


def meet_database():
    """Connect, and where Django would first ask whether an older connection still holds, let it ask now."""
    connection = connections[router.db_for_write(ShowTotal)]
    connection.close_if_health_check_failed()
    connection.ensure_connection()


def is_refusal(error):
    """Return whether the database refused the statement, so that nothing of it is counted."""
    code = getattr(error.__cause__, "sqlstate", None) or getattr(error.__cause__, "pgcode", None)
    return isinstance(error, IntegrityError) or code in REFUSALS


_shared = SharedCommits()


def count_show(event_id, site_version, counts_as_filtered):
    """Count one show of a page of `site_version`; return the event's total with it, or None when the site version has
    ended.

    Each counted show has a total of its own. It is committed when this returns. Raises IntegrityError when the event
    has just been deleted, and OperationalError or InterfaceError when the database does not answer. Not for use inside
    a transaction: others would be told their numbers before its commit.
    """
    return _shared.count(Show(event_id, site_version, counts_as_filtered))
