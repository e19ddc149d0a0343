"""An installation as docs/operations.md has it: PostgreSQL of Debian, and two nodes behind nginx, by https."""

import glob
import itertools
import os
import pwd
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from django.db.utils import ConnectionHandler

from forum_site import env
from rehearsals.deploy.units import ROOT, Node, nginx_configuration
from rehearsals.drills.servers import PostgreSQL, free_port
from rehearsals.load.browser import Browser


class DebianPostgreSQL(PostgreSQL):
    """The server of the package postgresql, with data of its own."""

    def __enter__(self):
        self._bin = Path(sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1])
        self._folder = tempfile.mkdtemp(prefix="forum-site-deploy-pg-")
        shutil.chown(self._folder, "postgres", "postgres")
        self._port = free_port()
        self._run("initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8", self._folder)
        self._pg_ctl("start")
        self.url = f"postgresql://postgres@127.0.0.1:{self._port}/postgres"
        return self

    def _pg_ctl(self, command):
        options = f"-p {self._port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self._folder}"
        more = () if command == "stop" else ("-o", options)
        self._run("pg_ctl", "-w", "-m", "immediate", "-l", f"{self._folder}/log", "-D", self._folder, *more, command)

    def _run(self, program, *arguments):
        person = pwd.getpwnam("postgres")
        subprocess.run(
            [self._bin / program, *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd="/",
            user=person.pw_uid,
            group=person.pw_gid,
            extra_groups=[],
        )


class Installation:
    """Two nodes behind nginx, to be broken; a `Site` for what the drills know of one."""

    workers, threads, pace = 4, 12, 0.04

    def __init__(self, folder, postgresql):
        self.folder, self.log = folder, folder / "server.log"
        self.port, self.http_port = free_port(), free_port()
        self.address = f"https://localhost:{self.port}"
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "forum_site.settings",
            "SITE_URL": self.address,
            "BEHIND_PROXY": "true",
            "LOG_FORMAT": "json",
            "VAR_DIR": str(folder / "var"),
            "DATABASE_URL": postgresql.url,
        }
        self.database = ConnectionHandler({"default": env.database(postgresql.url)})
        self.nodes = [Node(name, folder, self.environment, self.log) for name in ("1", "2")]
        self.lead_to(ROOT)
        self._clients = itertools.cycle(range(2, 250))

    def __enter__(self):
        self.manage("migrate", "--verbosity", "0")
        self.manage("collectstatic", "--noinput", "--verbosity", "0")
        self.configuration = nginx_configuration(self.folder, self.http_port, self.port)
        self.tls = ssl.create_default_context(cafile=self.folder / "tls" / "fullchain.pem")
        try:
            for node in self.nodes:
                node.start()
            for node in self.nodes:
                self.wait_for(node)
                assert node.socket.stat().st_mode & 0o777 == 0o660, "nginx, of the group forum, could not write to it."
            self.start_proxy()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error):
        self.stop_proxy()
        for node in self.nodes:
            if node.process_id:
                node.kill()
        self.database["default"].close()

    def lead_to(self, tree):
        """Have `current` lead to the release in `tree`: nodes that are started from now on run it."""
        current = self.folder / "current"
        current.unlink(missing_ok=True)
        current.symlink_to(tree)

    def wait_for(self, node, seconds=60):
        """Wait until the node is ready, as whoever restarts one after the other does."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with suppress(OSError), socket.socket(socket.AF_UNIX) as line:
                line.settimeout(5)
                line.connect(str(node.socket))
                line.sendall(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                if line.recv(100).startswith(b"HTTP/1.1 200"):
                    return
            time.sleep(0.1)
        raise RuntimeError(f"Node {node.name} did not start:\n{self.log.read_text()[-3000:]}")

    def start_proxy(self):
        subprocess.run(["nginx", "-e", self.folder / "nginx-error.log", "-c", self.configuration], check=True)

    def stop_proxy(self):
        """As `systemctl stop nginx` does: what is under way has five seconds."""
        pid = self.folder / "nginx.pid"
        if not pid.exists():
            return
        os.kill(int(pid.read_text()), signal.SIGQUIT)
        until = time.monotonic() + 5
        while pid.exists() and time.monotonic() < until:
            time.sleep(0.05)
        if pid.exists():
            os.kill(int(pid.read_text()), signal.SIGTERM)
            while pid.exists():
                time.sleep(0.05)

    def line(self):
        """Return how a reader connects: by TLS, and from an address of its own, as readers do."""
        return {"ssl": self.tls, "server_hostname": "localhost", "local_addr": (f"127.0.1.{next(self._clients)}", 0)}

    def manage(self, *command, environment=None, **options):
        """Run a command by the release that `current` leads to."""
        where = {"cwd": self.folder / "current", "env": {**self.environment, **(env or {})}}
        return subprocess.run([sys.executable, "manage.py", *command], **where, **{"check": True, **options})

    def rows(self, sql):
        try:
            with self.database["default"].cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall() if cursor.description else []
        finally:
            self.database["default"].close()

    def sign_in(self, username, password):
        return Browser(self.address, self.tls).sign_in(username, password)
