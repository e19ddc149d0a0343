"""The production server with workers of its own, on a database of its own, for tests that need real concurrency."""

import http.client
import http.cookiejar
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from contextlib import closing

from django.db import connection
from django.db.utils import ConnectionHandler

from forum_site import environment

DATABASE = "forum_site_load"


class Site:
    """A running site; `with Site(folder) as site:` starts and stops it."""

    def __init__(self, folder, workers=4):
        self.workers = workers
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "VAR_DIR": str(folder),
            "DATABASE_URL": self._make_database(folder),
        }
        self.database = ConnectionHandler({"default": environment.database(self.environment["DATABASE_URL"])})

    def _make_database(self, folder):
        """Return the address of an empty database on the same kind of server as the tests run on."""
        if connection.vendor == "sqlite":
            return f"sqlite:///{urllib.parse.quote(str(folder))}/db.sqlite3"
        url = os.environ["DATABASE_URL"]
        with closing(connection.copy()) as maintenance:
            maintenance.settings_dict["NAME"] = "postgres"
            with maintenance.cursor() as cursor:
                cursor.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
                cursor.execute(f"CREATE DATABASE {DATABASE}")
        return urllib.parse.urlsplit(url)._replace(path=f"/{DATABASE}").geturl()

    def manage(self, *command):
        subprocess.run([sys.executable, "manage.py", *command], env=self.environment, check=True)

    def __enter__(self):
        self.manage("migrate", "--verbosity", "0")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        granian = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(self.port)]
        workers = [
            "--workers",
            str(self.workers),
            "--blocking-threads",
            "4",
            "--workers-kill-timeout",
            "5",
            "--log-level",
            "warning",
        ]
        self.server = subprocess.Popen([*granian, *workers, "forum_site.wsgi:application"], env=self.environment)
        for _attempt in range(600):
            try:
                self.request("GET", "/admin/login/")
                return self
            except OSError:
                time.sleep(0.1)
        self.server.kill()
        raise RuntimeError("The server did not start within a minute.")

    def __exit__(self, *error):
        self.server.send_signal(signal.SIGINT)
        self.server.wait(20)
        self.database["default"].close()

    def rows(self, sql):
        with self.database["default"].cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    def shows(self):
        return int(self.rows("SELECT COALESCE(SUM(shows), 0) FROM events_showcount")[0][0])

    def request(self, method, path, headers=None, keep=None):
        """Return `(status, body)` of one request; `keep`, a connection, is used again and again."""
        line = keep or http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        line.request(method, path, headers=headers or {})
        answer = line.getresponse()
        body = answer.read()
        if keep is None:
            line.close()
        return answer.status, body

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def sign_in(self, username, password):
        """Return a browser of sorts: a function that posts a form of the admin and returns the status and the page."""
        jar = http.cookiejar.CookieJar()
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))

        def post(path, fields):
            token = next(cookie.value for cookie in jar if cookie.name == "csrftoken")
            form = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": token}).encode()
            with opener.open(f"http://127.0.0.1:{self.port}{path}", form, timeout=60) as answer:
                return answer.status, answer.read().decode()

        opener.open(f"http://127.0.0.1:{self.port}/admin/login/", timeout=60).close()
        post("/admin/login/", {"username": username, "password": password})
        return post
