"""What nginx and Caddy answer by themselves bears the headers of the site; what the site answers bears them once."""

import http.client
import shutil
import socket
import socketserver
import ssl
import subprocess
import threading
import time
from contextlib import contextmanager, suppress

import pytest

from rehearsals.deploy.units import caddy_configuration, nginx_configuration
from rehearsals.drills.servers import free_port
from tests.factories import make_organization

pytestmark = pytest.mark.one_database

HTTPS_ONLY = "Strict-Transport-Security"
OF_A_NAME = "X-Request-ID"  # Each answer has its own.
OURS = (
    *("Content-Security-Policy", "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "Permissions-Policy"),
    *("Referrer-Policy", "X-Content-Type-Options", "X-Frame-Options", HTTPS_ONLY, OF_A_NAME),
)


@pytest.fixture
def ours(client, db, settings):
    """The headers that the site itself gives: to a page, and to a stored file."""
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.MEDIA_ROOT.mkdir(parents=True, exist_ok=True)
    (settings.MEDIA_ROOT / "a.png").write_bytes(b"content")
    make_organization(logo="a.png")
    page, media = client.get("/", secure=True), client.get("/media/a.png", secure=True)
    assert b"".join(media.streaming_content) == b"content"
    return {"page": list(page.items()), "media": list(media.items())}


def policies(pairs):
    """Return each of `OURS` with its values, parts of a policy in one order."""
    found = {name: [] for name in OURS}
    for name, value in pairs:
        for known in OURS:
            if name.lower() == known.lower():
                found[known].append(sorted(value.split("; ")) if known == "Content-Security-Policy" else value)
    return found


def node(ours):
    """Return what answers in place of a node: a page of the site, a stored file, or on /bare what bears no header.

    Which paths it was asked for, it remembers in `asked`.
    """
    headers = {kind: [pair for pair in pairs if pair[0] != "Content-Length"] for kind, pairs in ours.items()}

    class Handler(socketserver.StreamRequestHandler):
        asked = []

        def handle(self):
            path = self.rfile.readline().split()[1].decode()
            self.asked.append(path)
            length = 0
            while line := self.rfile.readline().strip().lower():
                length = int(line.partition(b":")[2]) if line.startswith(b"content-length:") else length
            self.rfile.read(length)
            own = headers["media" if path.startswith("/media/") else "page"]
            if path.endswith("?key=signed"):
                own = [pair for pair in own if pair[0] != "Cache-Control"] + [("Cache-Control", "private, no-store")]
            lines = [] if path == "/bare" else [f"{name}: {value}" for name, value in own]
            if path != "/silent":
                head = ["HTTP/1.1 200 OK", "Content-Length: 2", "Connection: close", *lines]
                with suppress(BrokenPipeError):  # A body too large is not read to its end.
                    self.wfile.write(("\r\n".join(head) + "\r\n\r\nok").encode())

    return Handler


PROXIES = {
    "nginx": (nginx_configuration, ["nginx", "-g", "daemon off;", "-e", "stderr", "-c"]),
    "caddy": (caddy_configuration, ["caddy", "run", "--adapter", "caddyfile", "--config"]),
}


@contextmanager
def proxy(name, folder, ours):
    """Run a proxy of deploy/ before two nodes; yield how to ask it, with `stop_nodes` and what was `asked` on it."""
    configure, command = PROXIES[name]
    ports = free_port(), free_port()
    configuration = configure(folder, *ports)
    handler = node(ours)
    for path in ("var/static/a.css", "var/media/a.png"):
        (folder / path).parent.mkdir(parents=True)
        (folder / path).write_text("content")
    nodes = []
    for number in ("1", "2"):
        (folder / f"run-{number}").mkdir()
        nodes.append(socketserver.ThreadingUnixStreamServer(f"{folder}/run-{number}/node.sock", handler))
        threading.Thread(target=nodes[-1].serve_forever, daemon=True).start()
    with (folder / "proxy.log").open("wb") as log:
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(folder)}
        running = subprocess.Popen([*command, str(configuration)], env=environment, stdout=log, stderr=log)
    try:
        wait_for(ports[1], folder)
        ask = Asker(folder, *ports)
        ask.stop_nodes = lambda: [each.server_close() for each in nodes]
        ask.asked = handler.asked
        yield ask
    finally:
        running.terminate()
        running.wait(10)
        for each in nodes:
            each.shutdown()
            each.server_close()


def wait_for(port, folder):
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError((folder / "proxy.log").read_text())


class Asker:
    def __init__(self, folder, http_port, https_port):
        self.http_port, self.https_port = http_port, https_port
        self.tls = ssl.create_default_context(cafile=folder / "tls" / "fullchain.pem")

    def __call__(self, path, method="GET", secure=True, body=None, **headers):
        """Return `(status, headers)` of the answer."""
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        port, more = (self.https_port, {"context": self.tls}) if secure else (self.http_port, {})
        line = kind("localhost", port, timeout=10, **more)
        with suppress(BrokenPipeError, ConnectionResetError):  # A body too large is refused before it is sent.
            line.request(method, path, body, {"Host": "localhost", **headers})
        answer = line.getresponse()
        found = answer.status, policies(answer.getheaders())
        line.close()
        return found


@pytest.mark.parametrize("name", PROXIES)
def test_each_answer_bears_the_headers_of_the_site_once(ours, tmp_path, name):
    if not shutil.which(name, path="/usr/sbin:/usr/bin:/usr/local/bin"):
        pytest.skip(f"{name.upper()} IS NOT INSTALLED: its headers were not tried.")
    with proxy(name, tmp_path, ours) as ask:
        answers = {
            "page": ask("/"),
            "node's own error": ask("/bare"),
            "static": ask("/static/a.css"),
            "static by its site": ask("/static/missing.css"),
            "static, wrong method": ask("/static/a.css", "POST"),
            "too large": ask("/search/", "POST", body=b"x" * 100_000),
            "http": ask("/events/?q=a", secure=False),
            "media": ask("/media/a.png"),
            "media, once more": ask("/media/a.png"),
            "unchanged": ask("/static/a.css", **{"If-None-Match": "*"}),
            "beyond its end": ask("/static/a.css", Range="bytes=100-"),
            "dead": ask("/silent"),
        }
        ask.stop_nodes()
        answers["away"] = ask("/")
    assert {kind: status for kind, (status, _found) in answers.items()} == {
        **dict.fromkeys(("page", "node's own error", "static", "static by its site", "media"), 200),
        "media, once more": 200,
        "static, wrong method": 405 if name == "nginx" else 200,  # Caddy sends the file.
        "too large": 413,
        "http": 301,
        "unchanged": 304,
        "beyond its end": 200 if name == "nginx" else 416,
        "dead": 503,
        "away": 503,
    }
    for kind, (_status, found) in answers.items():
        expected = policies(ours["media" if kind.startswith("media") else "page"])
        if kind == "http":
            expected[HTTPS_ONLY] = []
        assert [len(value) for value in (found.pop(OF_A_NAME), expected.pop(OF_A_NAME))] == [1, 1], kind
        assert found == expected, kind


@pytest.mark.parametrize("name", PROXIES)
def test_files_are_never_served_past_the_site(ours, tmp_path, name):
    """nginx keeps for a minute what everybody may see; what is for one person is asked for each time."""
    if not shutil.which(name, path="/usr/sbin:/usr/bin:/usr/local/bin"):
        pytest.skip(f"{name.upper()} IS NOT INSTALLED: its headers were not tried.")
    with proxy(name, tmp_path, ours) as ask:
        seen = [ask("/media/a.png")[1][OF_A_NAME] for _time in range(3)]
        for _time in range(3):
            assert ask("/media/a.png?key=signed")[0] == 200
        assert ask.asked.count("/media/a.png?key=signed") == 3
        assert ask.asked.count("/media/a.png") == (1 if name == "nginx" else 3)
        if name == "nginx":
            assert len({tuple(each) for each in seen}) == 3
