"""A site of its own to measure: its database, its workers, and `wrk`, which asks."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import NamedTuple

WORKERS = 2
THREADS = 12  # As in the Makefile.
CLIENTS = 16
SECONDS = 3


class Answer(NamedTuple):
    per_second: float
    median: float  # ms
    slowest: float  # ms, of a hundred the slowest but one


class Server:
    """The production server with the addresses of urls.py; `with` starts and stops it."""

    def __init__(self, folder, database_url, events, days):
        Path(folder).mkdir(parents=True, exist_ok=True)
        self.environment = {
            **{name: value for name, value in os.environ.items() if name != "LD_PRELOAD"},
            "DJANGO_SETTINGS_MODULE": "rehearsals.bench.settings",
            "DATABASE_URL": database_url,
            "VAR_DIR": str(folder),
        }
        self.manage("migrate", "--verbosity", "0")
        self.manage("collectstatic", "--noinput", "--verbosity", "0")
        self.shell(f"from rehearsals.bench.archive import fill; fill({events}, {days})")
        self.shell("from django.db import connection; connection.cursor().execute('ANALYZE')")

    def manage(self, *command):
        command = [sys.executable, "manage.py", *command]
        return subprocess.run(command, env=self.environment, check=True, capture_output=True, text=True).stdout

    def shell(self, program):
        return self.manage("shell", "--verbosity", "0", "-c", program)

    def __enter__(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [sys.executable, "-m", "forum_site.serving", "--interface", "wsgi", "--port", str(self.port)]
        command += ["--workers", str(WORKERS), "--blocking-threads", str(THREADS), "--log-level", "error"]
        self.process = subprocess.Popen([*command, "forum_site.wsgi:application"], env=self.environment)
        for _attempt in range(300):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/how-we-count/", timeout=5):
                    return self
            except OSError:
                time.sleep(0.1)
        raise RuntimeError("The server did not start.")

    def __exit__(self, *error):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(20)

    def ask(self, path, script=None, clients=CLIENTS, seconds=SECONDS):
        """Return how `path` was answered to so many clients at once, all with 200."""
        command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--latency", "--timeout", "30s"]
        command += ["-s", str(script)] if script else []
        said = subprocess.run(
            [*command, f"http://127.0.0.1:{self.port}{path}"], check=True, capture_output=True, text=True
        ).stdout
        if "Non-2xx" in said or "Socket errors" in said:
            raise RuntimeError(f"{path} was not always answered:\n{said}")
        return Answer(
            float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1]), milliseconds(said, 50), milliseconds(said, 99)
        )

    def memory(self):
        """Return what each worker holds for itself, in MB: its proportional share of what it has in memory."""
        workers = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True).stdout.split()
        shares = [re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M) for pid in workers]
        return sorted(round(int(share[1]) / 1024) for share in shares if share)[-WORKERS:]


def milliseconds(said, percent):
    number, unit = re.search(rf"^\s+{percent}%\s+([\d.]+)(us|ms|s)\s*$", said, re.MULTILINE).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]
