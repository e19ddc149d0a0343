"""Where an attack takes place: a site as deploy/ has it, filled, and what has become of it afterwards."""

import hashlib
import json
import re
import tempfile
import threading
from collections import defaultdict
from contextlib import ExitStack, suppress
from pathlib import Path

from django.apps import apps

from rehearsals.drills.servers import PostgreSQL
from rehearsals.load.site import Site, sqlite_url

MARKER = b"Xyzzyhidden"  # It stands in every text of what the public may not see.
# They change when somebody reads or signs in; nobody's content is in them.
NOT_CONTENT = {
    "sessions.session",
    "usersessions.usersession",
    "events.showtotal",
    "events.showcount",
    "events.readingmethod",
}
EDITOR, PASSWORD = "attacked-editor", "a password of a throw-away site"
FILL = "from rehearsals.attack.filling import fill; fill(is_small={})"
LONGEST = 2.0  # seconds that an answer may take
SAMPLED_EACH = 1.0  # seconds
STATIC = {}  # by settings, which say whether there is a manifest


class Scene(ExitStack):
    """`with Scene(name) as scene:`; `failures` and `notes` are what it tells. What it started ends with it."""

    def __init__(self, name):
        super().__init__()
        self.name, self.failures, self.notes = name, [], []
        self.asked, self.longest = 0, 0.0

    def check(self, is_true, sentence):
        if not is_true:
            self.failures.append(sentence)

    def note(self, text):
        self.notes.append(text)

    def start(self, kind="postgresql", workers=2, settings="forum_site.settings", is_small=False):
        """Return a filled site by granian itself: nginx would take most of what is odd off its hands."""
        folder = Path(self.enter_context(tempfile.TemporaryDirectory(prefix="forum-site-attack-")))
        url = self.enter_context(PostgreSQL()).url if kind == "postgresql" else sqlite_url(folder)
        environment = {"DJANGO_SETTINGS_MODULE": settings, "LOG_FORMAT": "json"}
        site = Site(folder, workers=workers, database_url=url, **environment)
        is_new = settings not in STATIC  # All sites of a run share them, for to compress them takes long.
        if is_new:
            STATIC[settings] = tempfile.TemporaryDirectory(prefix="forum-site-attack-static-")
        (folder / "static").symlink_to(STATIC[settings].name)
        if is_new:
            site.manage("collectstatic", "--noinput", "--verbosity", "0")
        self.enter(self.enter_context(site), is_small)
        return self.site

    def enter(self, site, is_small=False):
        """Fill a site that runs, and write down what is in it."""
        self.site = site
        told = site.manage("shell", "--verbosity", "0", "-c", FILL.format(is_small), capture_output=True, text=True)
        filled = json.loads(told.stdout.splitlines()[-1])
        self.addresses = filled["addresses"]
        self.with_parameters = [(path, parameters) for path, parameters in filled["with_parameters"]]
        self.before = self.checksums()

    def checksums(self):
        """Return a hash of the rows of each table of content, by its model."""
        found = {}
        for model in apps.get_models(include_auto_created=True):
            if model._meta.label_lower not in NOT_CONTENT and model._meta.managed and not model._meta.proxy:
                rows = sorted(map(repr, self.site.rows(f'SELECT * FROM "{model._meta.db_table}"')))
                found[model._meta.label_lower] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
        return found

    def changed(self):
        """Return the models whose rows are not what they were."""
        now = self.checksums()
        return sorted(label for label, checksum in self.before.items() if now[label] != checksum)

    def close_books(self, workers=None):
        """Check that nothing has changed, that nothing broke, and that the same workers still serve."""
        self.check(not (changed := self.changed()), f"Content has changed: {', '.join(changed)}.")
        check_counts = self.site.manage("check_counts", check=False, capture_output=True, text=True)
        self.check(check_counts.returncode == 0, f"check_counts: {check_counts.stdout}{check_counts.stderr}")
        self.check(self.site.request("GET", "/")[0] == 200, "The site does not serve any more.")
        if workers is not None:
            self.check(set(self.site.worker_pids()) == set(workers), "A worker has died, or was made anew.")
        self.check_log()

    def check_log(self):
        log = Path(self.site.log).read_text(errors="replace")
        broken = [line[:2000] for line in log.splitlines() if "Traceback (most recent call last)" in line]
        self.check(not broken, f"{len(broken)} tracebacks in the log, the first: {broken[:1]}")
        self.check("panicked at" not in log, "The server has panicked.")

    def keep_log(self):
        """Return where the log of the site is to be read after a failure."""
        path = Path(tempfile.gettempdir()) / f"forum-site-attack-{self.name}.log"
        with suppress(AttributeError, OSError):  # No site was started.
            path.write_bytes(Path(self.site.log).read_bytes())
        return path


class Memory:
    """`with Memory(pids) as memory:` writes down what each process has of the machine's memory, again and again."""

    def __init__(self, pids):
        self.samples = defaultdict(list)  # of megabytes, by process
        self._pids = pids
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._stop.set()
        self._thread.join()

    def _watch(self):
        while not self._stop.is_set():
            for pid in self._pids:
                with suppress(OSError, AttributeError):
                    status = Path(f"/proc/{pid}/status").read_text()
                    self.samples[pid].append(int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024)
            self._stop.wait(SAMPLED_EACH)

    def quarters(self):
        """Return the mean of each quarter of the time, in megabytes, for each process."""
        return [means(samples) for samples in self.samples.values() if len(samples) >= 4]


def means(samples):
    quarter = len(samples) / 4
    parts = (samples[int(number * quarter) : int((number + 1) * quarter)] for number in range(4))
    return [sum(part) / len(part) for part in parts]
