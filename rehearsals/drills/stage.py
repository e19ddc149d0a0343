"""Where a drill takes place: a fresh folder, database and site, readers and an editor, and the check that closes."""

import shutil
import tempfile
import time
from collections import Counter
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from rehearsals.drills.editor import Editor
from rehearsals.drills.load import CUT, REFUSED, SHOWN, WRONG, Load, percentile
from rehearsals.drills.servers import PostgreSQL
from rehearsals.load.site import Site, sqlite_url

PREPARE = """
from django.contrib.auth.models import User
from tests.factories import make_event, make_full_event
make_full_event(3, slug="hot", title="Hot")
for number in range(1, 50):
    make_event(slug=f"event-{number}", title=f"Event {number}")
User.objects.create_superuser("root", password="root")
"""
EVENTS = [f"/events/{slug}/" for slug in ("hot", *(f"event-{number}" for number in range(1, 50)))]
HOT, OTHER, THIRD = EVENTS[:3]

DRILLS = {}


def drill(function):
    DRILLS[function.__name__] = function
    return function


class Stage(ExitStack):
    """What a drill acts on and tells; what it started ends with it."""

    def __init__(self, name, seconds_locked):
        super().__init__()
        self.name = name
        self.seconds_locked = seconds_locked
        self.failures = []
        self.notes = []
        self.figures = dict.fromkeys(("sent", "acknowledged", "stored", "refused", "cut", "longest"), 0)

    def check(self, is_true, sentence):
        if not is_true:
            self.failures.append(sentence)

    def note(self, text):
        self.notes.append(text)

    def start(self, kind="postgresql", server=PostgreSQL, **more):
        """Return a site, of four workers unless `more` tells, with fifty events and an administrator."""
        folder = Path(self.enter_context(tempfile.TemporaryDirectory(prefix="forum-site-drill-")))
        if kind == "postgresql":
            self.postgresql = self.enter_context(server())
        url = self.postgresql.url if kind == "postgresql" else sqlite_url(folder)
        self.site = self.enter_context(Site(folder, database_url=url, **more))
        self.site.manage("shell", "--verbosity", "0", "-c", PREPARE)
        return self.site

    def keep_log(self):
        """Return where the log of the site is to be read after a failure."""
        path = Path(tempfile.gettempdir()) / f"forum-site-drill-{self.name}.log"
        with suppress(AttributeError, OSError):  # No site was started.
            return shutil.copyfile(self.site.log, path)

    @contextmanager
    def load(self, readers, requests=None, edit_pause=0.5, in_flight=0):
        """Readers and an editor at work, and the closing check when they are done.

        `in_flight` is how many shows may have been stored that nobody was told of: the requests that were under way
        when something was killed.
        """
        with (
            Editor(self.site, "hot", edit_pause) as editor,
            Load(self.site.port, readers, requests, self.site.line, self.site.pace) as load,
        ):
            yield load
        time.sleep(1)  # A killed worker's last statement may still be under way.
        self.close_books(load, editor, in_flight)

    def close_books(self, load, editor=None, in_flight=0):
        """Check that acknowledged ≤ stored ≤ sent, of each event, and that every answer and edit was an honest one."""
        if editor:
            self.figures |= editor.figures()
            self.failures += editor.problems()
        stored = self._stored()
        for path in sorted({sent.path for sent in load.sent}):
            asked = [sent for sent in load.sent if sent.path == path]
            shown = sorted(sent.number for sent in asked if sent.outcome == SHOWN)
            is_in_order = len(shown) <= stored[path] <= len(asked)
            self.check(
                is_in_order,
                f"{path}: acknowledged ≤ stored ≤ sent does not hold: {len(shown)}, {stored[path]}, {len(asked)}.",
            )
            twice = [number for number, times in Counter(shown).items() if times > 1]
            self.check(not twice, f"{path}: {len(twice)} numbers were printed twice, such as {twice[:3]}.")
            self.check(not shown or shown[-1] <= stored[path], f"{path}: a number was printed that is not stored.")
        shown, refused, cut = (load.of(outcome) for outcome in (SHOWN, REFUSED, CUT))
        lost, unsure = sum(stored.values()) - len(shown), min(in_flight, len(refused) + len(cut))
        self.check(lost <= unsure, f"{lost} shows are stored that nobody was told of; {unsure} were in flight.")
        for what, times in Counter(sent.what for sent in load.of(WRONG)).items():
            self.check(False, f"{times} requests were {what}.")
        self.check(len(shown) > 0, "Not one show was acknowledged.")
        check_counts = self.site.manage("check_counts", check=False, capture_output=True, text=True)
        self.check(check_counts.returncode == 0, f"check_counts: {check_counts.stdout}{check_counts.stderr}")
        self.check("database is locked" not in self.site.log.read_text(), "The log says: database is locked.")
        self.figures |= {
            "sent": len(load.sent),
            "acknowledged": len(shown),
            "stored": sum(stored.values()),
            "refused": len(refused),
            "cut": len(cut),
            "longest": max((sent.took for sent in load.sent), default=0.0),
        }

    def _stored(self):
        rows = self.site.rows(
            "SELECT event.slug, total.shows FROM events_showtotal AS total"
            " JOIN events_event AS event ON event.id = total.event_id"
        )
        return Counter({f"/events/{slug}/": shows for slug, shows in rows})


def speed(requests):
    """Return the time that half of the requests took at most, and 99 of 100, in words."""
    return f"p50 {percentile(requests, 0.5) * 1000:.0f} ms, p99 {percentile(requests, 0.99) * 1000:.0f} ms"
