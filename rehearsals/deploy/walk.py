"""Walk docs/operations.md, command by command, on a bare Debian 12: `make walk`.

The blocks of *Install* and *A new release* are run as they stand there, in order. What needs the world outside has a
stand-in: the address of the repository leads to this one, `certbot` proves the way of its challenge and signs the
certificate itself, and `editor` is somebody who fills in the address of the site. In between, the site is used, broken
and asked. As root, with debootstrap and systemd-container; the ports 80, 443 and 5432 must be free.
"""

import errno
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

from rehearsals.deploy.bare_debian import BareDebian
from rehearsals.deploy.first_evening import PATH
from rehearsals.deploy.units import ROOT
from rehearsals.rehearsing import end_what_was_started

PORTS = (80, 443, 5432)
HOST = "forum.test"
CERTIFICATE = f"/etc/letsencrypt/live/{HOST}/fullchain.pem"
ASK = f"curl --silent --cacert {CERTIFICATE} --max-time 20 https://{HOST}"
READY = (
    "for node in 1 2; do curl --fail --silent --unix-socket /run/forum-$node/node.sock http://localhost/readyz; done"
)
# What is gone with the machine: why something in it failed.
TELL = """
    systemctl --failed --no-legend || true
    pg_lsclusters || true
    tail -n 20 /var/log/postgresql/*.log || true
    journalctl --no-pager --lines 40 || true
"""
STAND_INS = {
    "editor": f"""sed -i "s|^SITE_URL=.*|SITE_URL='https://{HOST}'|" "$1" """,
    "certbot": f"""
        while [ $# -gt 0 ]; do case $1 in -w) webroot=$2; shift;; esac; shift; done
        install -d "$webroot/.well-known/acme-challenge"
        echo proof > "$webroot/.well-known/acme-challenge/token"
        test "$(curl --silent http://{HOST}/.well-known/acme-challenge/token)" = proof
        install -d {Path(CERTIFICATE).parent}
        openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={HOST} -addext subjectAltName=DNS:{HOST} \\
            -keyout {Path(CERTIFICATE).parent}/privkey.pem -out {CERTIFICATE} 2>&1""",
}


def blocks(section):
    """Return the commands of a section of docs/operations.md, a text for each block."""
    text = (ROOT / "docs" / "operations.md").read_text()
    (section,) = re.findall(rf"^## {section}\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    found = re.findall(r"^```sh\n(.*?)^```", section, re.M | re.S)
    return [block.replace("forum.example", HOST).replace("YOUR.HOST", HOST) for block in found]


class Walk:
    def __init__(self, machine):
        self.machine, self.began, self.rows = machine, time.monotonic(), []

    def step(self, name, script):
        """Run `script` in the machine, tell how long it took, and return what it printed."""
        began = time.monotonic()
        here = "cd /srv/forum/current 2> /dev/null || true"  # Where the first block leaves a shell.
        printed = self.machine.run(f"{here}\n{script}", LANG="C.UTF-8")
        self.rows.append((name, time.monotonic() - began))
        print(f"{self.rows[-1][1]:6.1f} s  {name}", flush=True)
        return printed

    def prepare(self):
        """Put the stand-ins in place: no part of the walk."""
        for name, script in STAND_INS.items():
            path = self.machine.folder / "usr/local/bin" / name
            path.write_text(f"#!/bin/bash\nset -e\n{script}\n")
            path.chmod(0o755)
        instead = '[url "file:///source/"]\n    insteadOf = https://example.org/\n'
        (self.machine.folder / "etc/gitconfig").write_text(instead)
        with (self.machine.folder / "etc/hosts").open("a") as hosts:
            hosts.write(f"127.0.0.1 localhost {HOST}\n")

    def install(self):
        printed = "".join(self.step(f"Install: {block.splitlines()[0]} …", block) for block in blocks("Install"))
        self.step("both nodes are ready", f"until {READY}; do sleep 0.5; done")
        return re.search(r"shown only now: (\S+)", printed)[1]

    def use(self, password):
        command = f".venv/bin/python -m rehearsals.deploy.first_evening https://{HOST} {CERTIFICATE} {password}"
        print(self.step("sign in, second factor, first event", command), end="")
        answers = (
            f"{ASK}/ -o /dev/null -w '%{{http_code}} '; curl -s -o /dev/null -w '%{{redirect_url}}' http://{HOST}/x"
        )
        assert self.machine.run(answers) == f"200 https://{HOST}/x", self.machine.run(answers)
        units = self.machine.run(
            "systemctl list-timers --all 'forum-*' --no-legend | grep -o 'forum-[a-z-]*\\.timer'"
        ).split()
        for unit in units:
            service = self.machine.run(f"systemctl show --property Unit --value {unit}").strip()
            self.step(f"{unit}: {service}", f"systemctl start {service}")
        self.step("checks find no error", "deploy/manage check --deploy --database default")
        self.keep_nginx_out()

    def keep_nginx_out(self):
        """See that the account of nginx reads static files and nothing else of the data."""
        self.machine.run(
            "runuser -u forum -- sh -c 'umask 027; touch /var/lib/forum/db.sqlite3';"
            "runuser -u www-data -- ls /var/lib/forum/static;"
            "for path in /var/lib/forum /var/lib/forum/media /var/lib/forum/db.sqlite3 /var/lib/forum/secret_key "
            "/var/lib/forum/backups; do"
            '    ! runuser -u www-data -- sh -c "[ -r $path ]" || { echo "nginx reads $path"; exit 1; };'
            "done; rm /var/lib/forum/db.sqlite3"
        )

    def renew(self):
        """The new release is the same one: what is tried are the commands, while readers read."""
        for block in blocks("A new release"):
            with self.filtered_shows() as answers:
                self.step(f"A new release: {block.splitlines()[0]} …", block)
            print(
                f"          of {len(answers)} readers meanwhile, {answers.count('200')} were answered 200", flush=True
            )
            assert set(answers) == {"200"}, set(answers)

    @contextmanager
    def filtered_shows(self):
        answers, stopping = [], threading.Event()

        def read():
            while not stopping.wait(0.05):  # nginx lets nobody ask more than 30 times a second.
                answers.append(self.machine.run(f"{ASK}/events/ -o /dev/null -w '%{{http_code}}' || true"))

        thread = threading.Thread(target=read)
        thread.start()
        try:
            yield answers
        finally:
            stopping.set()
            thread.join()

    def break_and_mend(self):
        killed = "systemctl kill --kill-whom=all --signal=KILL forum@1 forum@2; sleep 0.2"
        self.step("nodes killed, and back by themselves", f"{killed}; until {READY}; do sleep 0.2; done")
        self.step("reload", "systemctl reload forum@1 forum@2")
        began = time.monotonic()
        self.machine.stop()
        self.machine.start()
        self.machine.run(f"until {READY}; do sleep 0.2; done")
        self.rows.append(("machine off and on again, and both nodes ready", time.monotonic() - began))
        print(f"{self.rows[-1][1]:6.1f} s  {self.rows[-1][0]}", flush=True)

    def lose_and_restore(self):
        shows = self.machine.run(f"{ASK}{PATH} | grep -o 'Number of shows: [0-9]*'")
        self.step("backup", "systemctl start forum-command@backup")
        self.machine.run(
            "systemctl stop forum@1 forum@2; runuser -u postgres -- dropdb forum; rm -r /var/lib/forum/media;"
            "runuser -u postgres -- createdb --owner forum --encoding UTF8 --template template0 forum"
        )
        newest = "$(ls -t /var/lib/forum/backups/*.tar | head -1)"
        self.step("restore into an empty database", f"deploy/manage restore {newest}")
        self.machine.run(f"systemctl start forum@1 forum@2; until {READY}; do sleep 0.2; done")
        again = self.machine.run(f"{ASK}{PATH} | grep -o 'Number of shows: [0-9]*'")
        assert int(again.split()[-1]) == int(shows.split()[-1]) + 1, (shows, again)
        print(f"          {shows.strip()}, and after all was lost and restored: {again.strip()}")

    def main(self):
        self.prepare()
        password = self.install()
        self.use(password)
        self.renew()
        self.break_and_mend()
        self.lose_and_restore()
        failed = self.machine.run("systemctl --failed --no-legend")
        assert not failed, failed
        print(f"{time.monotonic() - self.began:6.1f} s  in all")


def taken(port):
    """Tell whether somebody has a port of this machine, by either kind of address."""
    for family, address in ((socket.AF_INET, ""), (socket.AF_INET6, "::")):
        try:
            socket.create_server((address, port), family=family).close()
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return True
    return False


def main():
    end_what_was_started()
    missing = [name for name in ("debootstrap", "systemd-nspawn", "nsenter") if not shutil.which(name)]
    if missing:
        print(f"This needs {', '.join(missing)}: apt-get install debootstrap systemd-container, as root.")
        return 2
    if busy := [str(port) for port in PORTS if taken(port)]:
        # With 5432 taken, Debian would give its PostgreSQL another port, and `migrate` would find no socket.
        print(f"Somebody has port {', '.join(busy)} of this machine, maybe another walk: `ss -ltnp` tells who.")
        return 2
    with tempfile.TemporaryDirectory(prefix="forum-site-walk-") as folder:
        source = Path(folder) / "source"
        subprocess.run(["git", "clone", "--quiet", "--bare", ROOT, source / "forum-site.git"], check=True)
        with BareDebian(Path(folder), {source: "/source"}) as machine:
            try:
                Walk(machine).main()
            except subprocess.CalledProcessError as error:
                print(f"Failed: {error.cmd}\n{error.stdout}")
                print(f"The machine says:\n{machine.run(TELL)}")
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
