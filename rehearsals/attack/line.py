"""A raw line to the site: bytes go out as they are, and answers come back as far as they are HTTP."""

import gzip
import re
import socket
import zlib
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

STATUS = re.compile(rb"HTTP/1\.[01] ([0-9]{3})")
LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.I)
CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.I)
CLOSE = re.compile(rb"\r\nconnection: *close", re.I)
ENCODED = re.compile(rb"\r\ncontent-encoding: *(gzip|deflate)", re.I)
WITHOUT_BODY = (204, 304)
PATIENCE = 30  # seconds until an answer is given up, which is a failure


@dataclass(slots=True)
class Answer:
    status: int
    head: bytes
    body: bytes
    took: float  # seconds since the request was sent
    closes: bool

    @property
    def text(self):
        """The head, and the body as a reader sees it."""
        body = self.body
        with suppress(zlib.error, OSError, EOFError):
            if ENCODED.search(self.head):
                body = gzip.decompress(body)
        return self.head + b"\r\n\r\n" + body


class NoAnswerError(Exception):
    """The line was closed, or was silent for too long, before an answer was whole; `was_silent` tells which."""

    def __init__(self, was_silent):
        super().__init__()
        self.was_silent = was_silent


class Line:
    def __init__(self, port, tls=None, local="127.0.0.1", patience=PATIENCE):
        self._socket = socket.create_connection(("127.0.0.1", port), patience, source_address=(local, 0))
        if tls:
            self._socket = tls.wrap_socket(self._socket, server_hostname="localhost")
        self._received = b""

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        self._socket.close()

    def send(self, data, patience=PATIENCE):
        self._socket.settimeout(patience)
        self._sent_at = monotonic()
        with suppress(ConnectionError):  # What it has answered before it hung up is to be read.
            self._socket.sendall(data)

    def answer(self, method="GET"):
        """Return the next answer; one to HEAD has no body. Raises NoAnswerError."""
        head = self._read_to(b"\r\n\r\n")
        status = STATUS.match(head)
        if not status:
            return Answer(0, head, b"", monotonic() - self._sent_at, True)
        status = int(status[1])
        if status < 200:  # Only that the body may come.
            return self.answer(method)
        length = LENGTH.search(head)
        if method == "HEAD" or status in WITHOUT_BODY:
            body = b""
        elif CHUNKED.search(head):
            body = self._chunks()
        elif length:
            body = self._read(int(length[1]))
        else:
            body = self._rest()
        closes = bool(CLOSE.search(head)) or head.startswith(b"HTTP/1.0")
        return Answer(status, head, body, monotonic() - self._sent_at, closes)

    def _chunks(self):
        body = b""
        while size := int(self._read_to(b"\r\n"), 16):
            body += self._read(size)
            self._read(2)
        self._read_to(b"\r\n")
        return body

    def _read_to(self, end):
        while end not in self._received:
            self._more()
        found, _end, self._received = self._received.partition(end)
        return found

    def _read(self, size):
        while len(self._received) < size:
            self._more()
        found, self._received = self._received[:size], self._received[size:]
        return found

    def _rest(self):
        with suppress(NoAnswerError):
            while True:
                self._more()
        found, self._received = self._received, b""
        return found

    def _more(self):
        try:
            data = self._socket.recv(262144)
        except TimeoutError as error:
            raise NoAnswerError(was_silent=True) from error
        except OSError as error:
            raise NoAnswerError(was_silent=False) from error
        if not data:
            raise NoAnswerError(was_silent=False)
        self._received += data
