"""Clients that take their time, many from many addresses, at nginx before two nodes: everybody else goes on."""

import socket
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

from rehearsals.drills.load import CUT, REFUSED, Load, percentile

HEADS, BODIES, READERS = 300, 200, 100  # Slow clients: ten on each address, so that no limit for one client helps.
LASTS = 20  # seconds of slowness
READ = {"/events/full/": 12, "/": 8}


class Slow:
    """`with Slow(site):` many clients send a byte now and then, or read a few; `cut` counts heads given up."""

    def __init__(self, site):
        self.site, self.cut = site, 0
        self.heads, self.bodies, self.readers = [], [], []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._drip, daemon=True)

    def __enter__(self):
        for number in range(HEADS):
            self.heads.append(self._hold(number, b"GET /events/full/ HTTP/1.1\r\nHost: localhost\r\nX-Slow: "))
        head = b"POST /account/sign-in/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\r\n"
        for number in range(BODIES):
            self.bodies.append(self._hold(number, head))
        for number in range(READERS):
            self.readers.append(self._hold(number, b"GET /events/full/ HTTP/1.1\r\nHost: localhost\r\n\r\n" * 8))
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._stop.set()
        self._thread.join()
        self.cut += sum(was_hung_up_on(line) for line in self.heads)
        for line in [*self.heads, *self.bodies, *self.readers]:
            line.close()

    def _hold(self, number, data):
        line = socket.socket()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        line.settimeout(20)
        line.bind((f"127.0.2.{number // 10 + 1}", 0))
        line.connect(("127.0.0.1", self.site.port))
        line = self.site.tls.wrap_socket(line, server_hostname="localhost")
        line.sendall(data)
        line.settimeout(0.01)
        return line

    def _drip(self):
        while not self._stop.wait(1):
            for line in [*self.heads, *self.bodies]:
                with suppress(OSError):
                    line.sendall(b"a")
            for line in self.readers:
                with suppress(OSError):
                    line.recv(16)


def was_hung_up_on(line):
    try:
        while line.recv(4096):
            pass
    except TimeoutError:
        return False
    except OSError:
        return True
    return True


def slow_clients(scene, options):
    """600 clients of many addresses that send or read a byte a second, through nginx: all others go on undisturbed."""
    from rehearsals.deploy.__main__ import install_what_is_missing

    if reason := install_what_is_missing():
        raise RuntimeError(reason)
    from rehearsals.deploy.installation import DebianPostgreSQL, Installation

    folder = Path(scene.enter_context(tempfile.TemporaryDirectory(prefix="forum-site-attack-")))
    postgresql = scene.enter_context(DebianPostgreSQL())
    site = scene.enter_context(Installation(folder, postgresql))
    scene.enter(site)
    workers = {pid for node in site.nodes for pid in node.workers()}
    with Load(site.port, READ, line=site.line, pace=site.pace) as load:
        time.sleep(LASTS / 2)
        since = time.monotonic()
        with Slow(site) as slow:
            held_at = time.monotonic()
            time.sleep(LASTS)
        until = time.monotonic()
    before = [sent for sent in load.sent if sent.ended < since]
    during = [sent for sent in load.sent if held_at <= sent.started <= until]
    scene.check(not load.of(REFUSED, CUT), f"{len(load.of(REFUSED, CUT))} readers were turned away or cut off.")
    scene.check(len(during) > 100, "Hardly anybody was served meanwhile.")
    scene.check(slow.cut > HEADS / 2, f"Only {slow.cut} of {HEADS} slow heads were given up.")
    scene.asked = len(load.sent)
    scene.longest = max((sent.took for sent in during), default=0)
    now, then = percentile(during, 0.99) * 1000, percentile(before, 0.99) * 1000
    scene.note(f"{HEADS} slow heads, {BODIES} slow bodies, {READERS} slow readers; {slow.cut} heads were given up")
    scene.note(f"p99 of the others {now:.0f} ms, before {then:.0f} ms")
    scene.check({pid for node in site.nodes for pid in node.workers()} == workers, "A worker has died.")
    scene.check(not (changed := scene.changed()), f"Content has changed: {', '.join(changed)}.")
    scene.check_log()
