"""One client that wants all of the site: many requests at once, and many that it never ends."""

import socket
import threading
from collections import Counter
from contextlib import suppress

ADDRESS = "127.0.0.99"
AT_ONCE, HALF_ASKED = 200, 200


class Greedy:
    """`with Greedy(site) as greedy:`; `answers` counts what it was told, by status."""

    def __init__(self, site):
        self.answers = Counter()
        self._site = site
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._ask, daemon=True) for _ in range(AT_ONCE)]
        self._held = []

    def __enter__(self):
        for _ in range(HALF_ASKED):
            line = self._connect()
            line.sendall(b"POST /account/sign-in/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\r\nlogin=")
            self._held.append(line)
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error):
        self._stop.set()
        for thread in self._threads:
            thread.join()
        for line in self._held:
            line.close()

    def _connect(self):
        line = socket.create_connection(("127.0.0.1", self._site.port), 30, source_address=(ADDRESS, 0))
        return self._site.tls.wrap_socket(line, server_hostname="localhost")

    def _ask(self):
        request = b"GET /search/?q=forum HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        while not self._stop.is_set():
            with suppress(OSError), self._connect() as line:
                line.sendall(request)
                answer = b""
                while data := line.recv(65536):
                    answer = answer or data[:20]
                if answer:
                    self.answers[int(answer.split()[1])] += 1
            self._stop.wait(0.2)
