"""The production server with workers of its own, on a database of its own, for tests that need real concurrency."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
from contextlib import closing, suppress
from pathlib import Path

from django.db import connection
from django.db.utils import ConnectionHandler

from forum_site import env as environment
from rehearsals.load.browser import Browser


class Site:
    """A running site; `with Site(folder) as site:` starts and stops it.

    `database_url` names an empty database; without it, one is made on the same kind of server as the tests run on.
    What else it is given is set in its environment, such as `DATABASE_URL`.
    """

    line, pace = dict, 0  # What a reader needs to connect, beside the port, and how long they look at a page.

    def __init__(self, folder, workers=4, threads=12, database_url=None, **more):
        self.workers = workers
        self.threads = threads
        self.log = Path(folder) / "server.log"
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "VAR_DIR": str(folder),
            "DATABASE_URL": database_url or self._make_database(folder),
            **more,
        }
        self.database = ConnectionHandler({"default": environment.database(self.environment["DATABASE_URL"])})

    def _make_database(self, folder):
        if connection.vendor == "sqlite":
            return sqlite_url(folder)
        url, name = os.environ["DATABASE_URL"], f"{connection.settings_dict['NAME']}_load"
        with closing(connection.copy()) as maintenance:
            maintenance.settings_dict["NAME"] = "postgres"
            with maintenance.cursor() as cursor:
                cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
                cursor.execute(f"CREATE DATABASE {name}")
        return urllib.parse.urlsplit(url)._replace(path=f"/{name}").geturl()

    def manage(self, *command, **options):
        return subprocess.run(
            [sys.executable, "manage.py", *command], env=self.environment, **{"check": True, **options}
        )

    def __enter__(self):
        self.manage("migrate", "--verbosity", "0")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        # As `make run` starts it.
        granian = [sys.executable, "-m", "forum_site.serving", "--interface", "wsgi", "--host", "127.0.0.1"]
        sizes = ["--port", str(self.port), "--workers", str(self.workers), "--blocking-threads", str(self.threads)]
        manners = ["--respawn-failed-workers", "--workers-kill-timeout", "5", "--log-level", "warning"]
        with self.log.open("ab") as log:
            self.server = subprocess.Popen(
                [*granian, *sizes, *manners, "forum_site.wsgi:application"],
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for those who ask; then the site is stopped by them.
            )
        try:
            self.wait_until_it_answers()
        except BaseException:
            self.__exit__()
            raise
        return self

    def wait_until_it_answers(self):
        for _attempt in range(600):
            try:
                self.request("GET", "/admin/login/")
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"The server did not start within a minute:\n{self.log.read_text()}")

    def __exit__(self, *error):
        workers = self.worker_pids()
        self.server.send_signal(signal.SIGINT)
        try:
            self.server.wait(20)
        finally:
            self.server.kill()
            self.server.wait()
            for pid in workers:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.database["default"].close()

    def worker_pids(self):
        """Return the processes that answer, as the system knows them at this moment."""
        try:
            tasks = list(Path(f"/proc/{self.server.pid}/task").iterdir())
            return [int(pid) for task in tasks for pid in (task / "children").read_text().split()]
        except FileNotFoundError:
            return []

    def rows(self, sql):
        try:
            with self.database["default"].cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall() if cursor.description else []
        finally:
            self.database["default"].close()  # The database may be another one the next time, or the same restarted.

    def shows(self):
        return int(self.rows("SELECT COALESCE(SUM(shows), 0) FROM events_showcount")[0][0])

    def request(self, method, path, headers=None, keep=None):
        """Return `(status, body)` of one request; `keep`, a connection, is used again and again."""
        line = keep or self.connect()
        line.request(method, path, headers=headers or {})
        answer = line.getresponse()
        body = answer.read()
        if keep is None:
            line.close()
        return answer.status, body

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def sign_in(self, username, password):
        return Browser(f"http://127.0.0.1:{self.port}").sign_in(username, password)


def sqlite_url(folder):
    return f"sqlite:///{urllib.parse.quote(str(folder))}/db.sqlite3"
