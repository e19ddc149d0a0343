"""What deploy/ says, run on a machine without systemd: units and nginx's configuration, with other paths and ports."""

import os
import re
import shlex
import signal
import subprocess
import sys
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
HTTP = """
user root;
worker_processes 2;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log warn;
events {{ worker_connections 4096; }}
http {{
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/forum.conf;
}}
"""


def replaced(text, folder):
    """Return the text of a file of deploy/ with the paths of an installation in `folder`."""
    paths = {
        "/srv/forum/current/.venv/bin/python": sys.executable,
        "/srv/forum/current/deploy": str(DEPLOY),  # The release before has none.
        "/srv/forum/current": f"{folder}/current",
        "/run/forum-": f"{folder}/run-",
        "/var/lib/forum": f"{folder}/var",
        "/etc/letsencrypt/live/forum.example": f"{folder}/tls",
        "/var/log/nginx": str(folder),
        "/var/lib/nginx": str(folder),
    }
    for path, other in paths.items():
        text = text.replace(path, other)
    return text


def nginx_configuration(folder, http_port, https_port):
    """Write forum.conf and an nginx.conf around it into `folder`; return the path of the latter."""
    text = re.sub(r"\n *listen \[::\].*;", "", replaced((DEPLOY / "nginx" / "forum.conf").read_text(), folder))
    text = text.replace("https://forum.example$", f"https://localhost:{https_port}$")
    text = text.replace("listen 80", f"listen 127.0.0.1:{http_port}").replace("forum.example", "localhost")
    text = text.replace("listen 443", f"listen 127.0.0.1:{https_port}")
    (folder / "forum.conf").write_text(text)
    (folder / "nginx.conf").write_text(HTTP.format(folder=folder))
    make_certificate(folder)
    return folder / "nginx.conf"


def caddy_configuration(folder, http_port, https_port):
    """Write the Caddyfile into `folder`, with a certificate of ours in place of one that Caddy would ask for."""
    text = replaced((DEPLOY / "Caddyfile").read_text(), folder).replace("/var/log/caddy", str(folder))
    text = text.replace("https://forum.example{", f"https://localhost:{https_port}{{").replace(
        "forum.example", "localhost"
    )
    ports = f"\tadmin off\n\thttp_port {http_port}\n\thttps_port {https_port}\n\tdefault_bind 127.0.0.1\n"
    text = text.replace("\n{\n", "\n{\n" + ports, 1)
    tls = f"tls {folder}/tls/fullchain.pem {folder}/tls/privkey.pem"
    text = text.replace("\nlocalhost {\n", f"\nlocalhost {{\n\t{tls}\n")
    (folder / "Caddyfile").write_text(text)
    make_certificate(folder)
    return folder / "Caddyfile"


def make_certificate(folder):
    """Put a certificate for this machine where the configurations look for it."""
    (folder / "tls").mkdir(exist_ok=True)
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    keys = ["-keyout", folder / "tls" / "privkey.pem", "-out", folder / "tls" / "fullchain.pem"]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject, *keys],
        check=True,
        capture_output=True,
    )


class Node:
    """forum@<name>.service: what systemd would do of it to start, reload, stop and kill a node."""

    def __init__(self, name, folder, environment, log):
        self.name, self.environment, self.log = name, environment, log
        self.current = folder / "current"
        self.runtime = folder / f"run-{name}"
        self.socket = self.runtime / "node.sock"
        text = (DEPLOY / "systemd" / "forum@.service").read_text().replace("%i", name).replace("\\\n", " ")
        self.commands = defaultdict(list)
        for line in replaced(text, folder).splitlines():
            if match := re.match(r"(Exec\w+)=(.*)", line):
                self.commands[match[1]].append(shlex.split(match[2]))

    def start(self):
        self.runtime.mkdir(exist_ok=True)
        self._run("ExecStartPre")
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.commands["ExecStart"][0],
                env=self.environment,
                cwd=self.current,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def workers(self):
        """Return the processes that answer."""
        pids = set()
        for task in Path(f"/proc/{self.process.pid}/task").iterdir():
            with suppress(FileNotFoundError):  # A thread that has just ended.
                pids.update(int(pid) for pid in (task / "children").read_text().split())
        return pids

    def reload(self):
        self._run("ExecReload")

    def stop(self):
        self._run("ExecStop")
        self.process.terminate()  # KillMode=mixed: to the main process; whoever is left after it is killed.
        self.process.wait(45)
        self._kill_group()

    def kill(self):
        self._kill_group()
        self.process.wait()

    def _kill_group(self):
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def _run(self, directive):
        for command in self.commands[directive]:
            subprocess.run([part.replace("$MAINPID", str(self.process_id)) for part in command], check=True)

    @property
    def process_id(self):
        return self.process.pid if hasattr(self, "process") else ""
