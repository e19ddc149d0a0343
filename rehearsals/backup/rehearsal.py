"""A site is filled, backed up while four clients write, damaged on paper, and restored on empty machines."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import psycopg2

from forum_site.backup import archive
from rehearsals.backup.clients import Editor, Reader, Remover, Uploader
from rehearsals.load.site import Site, sqlite_url

LIMIT = 600  # seconds of a restore
MAX_MEMORY = 400 * 1024 * 1024


class Run(NamedTuple):
    """A command of manage.py, as it went: seconds by the clock and of the processor, and the most bytes it held."""

    code: int
    told: str
    seconds: float
    processor: float
    memory: int


# Its own peak, in KB: what wait4() tells begins with that of the process which started this one.
WITH_PEAK = """
import atexit, pathlib, re, runpy, sys
status, (peak, *command) = pathlib.Path("/proc/self/status"), sys.argv[1:]
atexit.register(lambda: pathlib.Path(peak).write_text(re.search(r"VmHWM:\\s*(\\d+)", status.read_text())[1]))
sys.path.insert(0, "")
sys.argv = ["manage.py", *command]
runpy.run_path("manage.py", run_name="__main__")
"""


def run(site, *command):
    with tempfile.TemporaryFile("w+") as told, tempfile.NamedTemporaryFile("w+") as peak:
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-c", WITH_PEAK, peak.name, *command],
            env=site.environment,
            stdout=told,
            stderr=subprocess.STDOUT,
        )
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - began
        told.seek(0)
        used = usage.ru_utime + usage.ru_stime
        return Run(process.returncode, told.read(), seconds, used, int(peak.read() or 0) * 1024)


class Databases:
    """Empty databases of either kind; those of PostgreSQL on the server at `server`."""

    def __init__(self, server=None):
        self._server, self._made = server, 0

    def make(self, kind, folder):
        if kind == "sqlite":
            return sqlite_url(folder)
        self._made += 1
        name = f"rehearsal_{os.getpid()}_{self._made}"
        with contextlib.closing(psycopg2.connect(self._server)) as connection:
            connection.autocommit = True
            connection.cursor().execute(f"CREATE DATABASE {name}")
        return urlsplit(self._server)._replace(path=f"/{name}").geturl()

    def drop(self, url):
        if not url.startswith("sqlite"):
            with contextlib.closing(psycopg2.connect(self._server)) as connection:
                connection.autocommit = True
                connection.cursor().execute(f"DROP DATABASE IF EXISTS {urlsplit(url).path[1:]} WITH (FORCE)")


class Rehearsal:
    def __init__(self, folder, databases, events, megabytes, tell=print):
        self.folder, self.databases = Path(folder), databases
        self.events, self.megabytes, self.tell = events, megabytes, tell
        self.failures = []

    def check(self, is_true, sentence):
        if not is_true:
            self.failures.append(sentence)

    @contextlib.contextmanager
    def site(self, kind, name):
        """An empty machine: a folder of its own, and a database without tables; gone afterwards."""
        folder = self.folder / name
        folder.mkdir()
        url = self.databases.make(kind, folder)
        try:
            yield Site(folder, workers=2, database_url=url)
        finally:
            self.databases.drop(url)
            shutil.rmtree(folder)

    def back_up(self, kind):
        """Fill a site, and back it up while clients write. Leaves `self.kept`, and what it has to be like."""
        self.kept = self.folder / f"{kind}.tar"
        with self.site(kind, f"from-{kind}") as site:
            with site, contextlib.ExitStack() as stack:
                make = f"from rehearsals.backup.contents import make; make({self.events}, {self.megabytes})"
                site.manage("shell", "--verbosity", "0", "-c", make)
                self.clients = [stack.enter_context(client(site)) for client in (Editor, Uploader, Remover, Reader)]
                self.wait_for_each()
                self.began = time.monotonic()
                done = run(site, "backup", "--to", str(self.kept))
                self.ended = time.monotonic()
                self.wait_for_each()
            self.source = look(site)
        for client in self.clients:
            self.failures += client.failures
        self.check(done.code == 0, f"The backup failed: {done.told}")
        self.check(done.memory < MAX_MEMORY, f"The backup took {done.memory:,} bytes of memory.")
        deeds = [len(client.begun(self.ended)) - len(client.before(self.began)) for client in self.clients]
        self.check(any(deeds), "Nobody wrote while the backup was made.")  # A small one is quicker than some of them.
        written = "{} edits, {} uploads, {} deletions, {} shows".format(*deeds)
        self.report(f"backup of {kind}", done, f"{written} meanwhile; {self.kept.stat().st_size / 1e6:,.0f} MB")
        with self.kept.open("rb") as file:
            for member in archive.members(file):
                if member.name == archive.MANIFEST:
                    self.manifest = json.loads(member.content())

    def wait_for_each(self):
        """Wait until each client has been acknowledged something more."""
        before, patience = [len(client.before(time.monotonic())) for client in self.clients], time.monotonic() + 120
        while any(
            len(client.before(time.monotonic())) <= already
            for client, already in zip(self.clients, before, strict=True)
        ):
            if time.monotonic() > patience or any(client.failures for client in self.clients):
                raise RuntimeError(f"A client is stuck: {[client.failures for client in self.clients]}")
            time.sleep(0.05)

    def refuse_damaged(self, kind, is_short=False):
        """A bit that is flipped, and an end that is missing: nothing is touched on the machine that is to be filled."""
        size = self.kept.stat().st_size
        with self.site(kind, f"untouched-{kind}") as site, self.kept.open("r+b") as file:
            for place in (size // 3, size - 2000)[is_short:]:
                flip(file, place)
                self.refuse(site, f"byte {place} flipped")
                flip(file, place)
            if is_short:
                return
            file.seek(size - 1)
            last = file.read()
            file.truncate(size - 1)
            self.refuse(site, "last byte missing")
            file.seek(size - 1)
            file.write(last)

    def refuse(self, site, damage):
        done = run(site, "restore", str(self.kept))
        self.check(done.code == 1 and "is not restored" in done.told, f"Not refused, {damage}: {done.told}")
        self.check("Traceback" not in done.told, f"A traceback, {damage}: {done.told}")
        folder = Path(site.environment["VAR_DIR"])
        touched = [path.name for path in folder.iterdir() if path.name not in ("secret_key", "db.sqlite3")]
        self.check(not touched, f"Touched, {damage}: {touched}")
        self.check(not tables(site), f"Tables were made, {damage}.")

    def restore(self, kind, serve=True):
        """Restore on an empty machine, and hold what is there against what was there, and against what was told."""
        with self.site(kind, f"to-{kind}") as site:
            done = run(site, "restore", str(self.kept))
            self.check(done.code == 0, f"The restore failed: {done.told}")
            if done.code:
                return
            self.check(done.seconds < LIMIT, f"The restore took {done.seconds:.0f} s.")
            self.check(done.memory < MAX_MEMORY, f"The restore took {done.memory:,} bytes of memory.")
            found = look(site)
            self.compare(found)
            self.compare_moment(found)
            self.failures += found["problems"]
            if serve:
                with site:
                    status, page = site.request("GET", "/events/bench/")
                is_next = f"Number of shows: {found['shows'] + 1}<".encode() in page
                self.check(status == 200 and is_next, f"The restored site answers {status}, or another number.")
        rows = sum(table["rows"] for table in self.manifest["tables"].values())
        self.report(f"restore to {kind}", done, f"{rows:,} rows, {len(found['files']):,} files, hashes equal")

    def compare(self, found):
        kept = {name: digest for name, _size, digest in self.manifest["members"]}
        files = {name.removeprefix("media/"): digest for name, digest in kept.items() if name.startswith("media/")}
        self.check(found["tables"] == self.manifest["tables"], "The hashes of the tables differ.")
        self.check(found["files"] == files, "The hashes of the files differ from the backup's.")
        # Whoever deletes an event for good deletes its files, so the site may lack some by now.
        source = {name: self.source["files"].get(name, digest) for name, digest in files.items()}
        self.check(found["files"] == source, "The hashes of the files differ from those of the site.")
        self.check(files.keys() & self.source["files"].keys(), "No file of the site is in the backup.")
        told = set(self.manifest["missing"])
        self.check(set(found["without file"]) <= told, "A row has no file, and nobody was told.")
        # An event that is deleted during the backup takes its files along.
        self.check(not told & self.source["files"].keys(), "A file is told as missing that is there.")

    def compare_moment(self, found):
        """What was acknowledged before the backup began is in it, and nothing that was asked for after it ended."""
        editor, uploader, remover, reader = self.clients
        least, most = max(editor.before(self.began)), max(editor.begun(self.ended))
        theme = int(found["theme"])
        self.check(least <= theme <= most, f"Edit {theme} is in it; {least} was acknowledged, {most} the last.")
        is_whole = [found["theme"], found["panel"]] == found["revision"] and found["theme"] == found["panel"]
        self.check(is_whole, f"Half an edit is in it: {found['theme']}, {found['panel']}, {found['revision']}.")
        uploads = set(found["uploads"])
        is_right = set(uploader.before(self.began)) <= uploads <= set(uploader.begun(self.ended))
        self.check(is_right, f"The uploads in it are {sorted(uploads)}.")
        there = set(found["events"])
        self.check(there.isdisjoint(remover.before(self.began)), "A deleted event is back.")
        never = set(self.source["events"]) - there
        self.check(not never, f"{len(never)} events are not in it.")
        least, most = max(reader.before(self.began)), max(reader.begun(self.ended))
        self.check(least <= found["shows"] <= most, f"{found['shows']} shows are in it, of {least} to {most}.")

    def report(self, what, done, notes):
        memory = f"{done.memory / 1e6:.0f} MB"
        self.tell(f"| {what} | {done.processor:.1f} s | {done.seconds:.1f} s | {memory} | {notes} |")


def look(site):
    code = "from rehearsals.backup.contents import look; look()"
    return json.loads(site.manage("shell", "--verbosity", "0", "-c", code, capture_output=True, text=True).stdout)


def tables(site):
    is_sqlite = site.environment["DATABASE_URL"].startswith("sqlite")
    if is_sqlite and not Path(site.environment["VAR_DIR"], "db.sqlite3").exists():
        return []
    catalogue = "sqlite_master" if is_sqlite else "pg_tables WHERE schemaname = 'public'"
    return site.rows(f"SELECT * FROM {catalogue}")


def flip(file, place):
    file.seek(place)
    byte = file.read(1)[0]
    file.seek(place)
    file.write(bytes([byte ^ 4]))
    file.flush()
