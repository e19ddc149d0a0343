"""A bare Debian 12 with a systemd of its own, in a folder: what somebody has who has just rented a machine."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

# What an installer's image has beside the minimum, and nothing that the site needs.
PACKAGES = "systemd,systemd-sysv,dbus,ca-certificates,iproute2,procps,less,locales"
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
ENVIRONMENT = {
    "HOME": "/root",
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "DEBIAN_FRONTEND": "noninteractive",
    "PIP_CERT": CERTIFICATES,
}


class BareDebian:
    """Made by debootstrap and booted by systemd-nspawn, on the network of this machine.

    `shown` maps folders of this machine to where they are seen in that one.
    """

    def __init__(self, folder, shown):
        self.folder, self.log = folder / "machine", folder / "machine.log"
        self.shown = {CERTIFICATES: CERTIFICATES, **shown}

    def __enter__(self):
        command = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", self.folder]
        with self.log.open("ab") as log:
            process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, process_group=0)
        try:
            code = process.wait()
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            for name in ("proc", "sys"):
                subprocess.run(["umount", "--lazy", "--quiet", self.folder / name])
            raise
        if code:
            raise RuntimeError(f"debootstrap failed:\n{self.log.read_text()[-3000:]}")
        self.start()
        return self

    def __exit__(self, *error):
        self.stop()

    def start(self):
        bound = [f"--bind-ro={here}:{there}" for here, there in self.shown.items()]
        # Without a service manager around it, as in a container, nspawn cannot be registered with one.
        command = ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", f"--directory={self.folder}", *bound]
        self.process = subprocess.Popen(
            [*command, "--boot"],
            stdin=subprocess.DEVNULL,
            stdout=self.log.open("ab"),
            stderr=subprocess.STDOUT,
            env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"},  # As Debian 12 itself has it.
        )
        try:
            self.wait_until_up()
        except BaseException:
            self.stop()
            raise

    def stop(self):
        with suppress(Exception):
            self.run("systemctl poweroff")
        try:
            self.process.wait(120)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def wait_until_up(self, seconds=120):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with suppress(subprocess.CalledProcessError, FileNotFoundError, IndexError):
                if self.run("systemctl is-system-running || true").strip() in ("running", "degraded"):
                    return
            time.sleep(0.5)
        raise TimeoutError(f"The machine did not start: {self.log}")

    def run(self, script, **environment):
        """Run lines of bash as root, up to the first that fails; return what they print."""
        system = (Path("/proc") / str(self.process.pid) / "task" / str(self.process.pid) / "children").read_text()
        enter = ["nsenter", "--target", system.split()[0], "--mount", "--uts", "--ipc", "--net", "--pid"]
        variables = [f"{name}={value}" for name, value in {**ENVIRONMENT, **environment}.items()]
        done = subprocess.run(
            [*enter, "env", "--ignore-environment", *variables, "bash", "-euo", "pipefail", "-c", script],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode:
            raise subprocess.CalledProcessError(done.returncode, script, done.stdout[-3000:])
        return done.stdout
