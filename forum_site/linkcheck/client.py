"""One question to another site: does this address answer?

HEAD first, then, where that is not answered well, GET for a single byte; redirects are followed, each by way of the
guard. Python's own `http.client` does it: none of our packages speaks HTTP, and those that do open connections by name,
while here they must go to the number that the guard has looked at.
"""

import http.client
import socket
import ssl
import threading
import time
from contextlib import suppress
from enum import Enum
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import urljoin

from django.conf import settings
from django.utils.translation import gettext as _

from forum_site.linkcheck.ssrf import RefusedError

TIMEOUT = 10  # seconds, for one question from the connection to the answer's head
MAX_REDIRECTS = 5
REDIRECTS = {301, 302, 303, 307, 308}
# Answered, but not to a machine: whether a reader gets there, these do not tell.
UNKNOWN = {401, 402, 403, 405, 406, 407, 408, 425, 429, 451}


class Outcome(Enum):
    WELL = "well"
    FAILED = "failed"
    GONE = "gone"
    UNKNOWN = "unknown"
    LATER = "later"  # The host asks to be left alone.


class Answer(NamedTuple):
    outcome: Outcome
    reason: str = ""
    status: int | None = None


class _Connection(http.client.HTTPConnection):
    """To the number that was looked at, under the name that was asked for; all of it within `TIMEOUT`."""

    def __init__(self, target):
        super().__init__(target.host, target.port)
        self.default_port = {"http": 80, "https": 443}[target.scheme]
        self._target, self._ends, self._watch, self.is_late = target, time.monotonic() + TIMEOUT, None, False

    def connect(self):
        for number in self._target.numbers:
            try:
                self.sock = socket.create_connection((number, self.port), timeout=self._left())
                break
            except OSError:
                if number == self._target.numbers[-1]:
                    raise
        if self._target.scheme == "https":
            self.sock.settimeout(self._left())
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)
        self.sock.settimeout(self._left())
        # A server that sends a letter now and then keeps each wait short, and would keep us for good.
        self._watch = threading.Timer(self._left(), self._end)
        self._watch.daemon = True
        self._watch.start()

    def _left(self):
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def _end(self):
        self.is_late = True
        with suppress(OSError, AttributeError, TypeError):  # It may have ended meanwhile.
            # As a plain socket: a secure one would first take leave of the other side.
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)

    def close(self):
        if self._watch:
            self._watch.cancel()
        super().close()


def user_agent():
    return f"Forum-Site-link-check/1.0 (+{settings.SITE_URL})"


class Asker:
    """Asks by way of `guard`, and waits before each question until `pace` says that it is the host's turn."""

    def __init__(self, guard, pace):
        self._guard, self._pace = guard, pace

    def ask(self, address):
        """Return what became of `address`."""
        try:
            for _redirect in range(MAX_REDIRECTS + 1):
                target = self._guard.target(address)
                if self._pace.is_left_alone(target.host):
                    return Answer(Outcome.LATER)
                status, headers = self._question("HEAD", target)
                if status >= 400 and not self._is_asked_to_wait(target, status, headers):
                    status, headers = self._question("GET", target)
                if self._is_asked_to_wait(target, status, headers):
                    self._pace.leave_alone(target.host)
                    return Answer(Outcome.LATER, words(status), status)
                if status not in REDIRECTS or not headers.get("Location"):
                    return Answer(outcome(status), words(status), status)
                address = urljoin(address, headers["Location"].strip())
            return Answer(Outcome.FAILED, _("more than %(most)s redirects") % {"most": MAX_REDIRECTS}, status)
        except RefusedError as refused:
            return Answer(Outcome.FAILED if refused.is_failure else Outcome.UNKNOWN, refused.reason)
        except TimeoutError:
            return Answer(Outcome.FAILED, _("no answer within %(seconds)s s") % {"seconds": TIMEOUT})
        except ssl.SSLCertVerificationError as error:
            reason = _("its certificate is not valid: %(reason)s") % {"reason": error.verify_message}
            return Answer(Outcome.FAILED, reason)
        except ssl.SSLError:
            return Answer(Outcome.FAILED, _("no secure connection"))
        except ConnectionRefusedError:
            return Answer(Outcome.FAILED, _("the host refuses connections"))
        except OSError:
            return Answer(Outcome.FAILED, _("no connection"))
        except (http.client.HTTPException, ValueError):
            return Answer(Outcome.FAILED, _("the answer could not be read"))

    def _is_asked_to_wait(self, target, status, headers):
        return status == 429 or (status == 503 and "Retry-After" in headers)

    def _question(self, method, target):
        """Return status and headers; nothing is read beyond them."""
        self._pace.wait(target.host)
        connection = _Connection(target)
        headers = {"User-Agent": user_agent(), "Accept": "*/*", "Accept-Encoding": "identity", "Connection": "close"}
        try:
            connection.request(
                method, target.path, headers=headers | ({"Range": "bytes=0-0"} if method == "GET" else {})
            )
            response = connection.getresponse()
            if connection.is_late:  # It was cut off amid its headers.
                raise TimeoutError
            return response.status, response.headers
        except (OSError, http.client.HTTPException, ValueError):
            if connection.is_late:
                raise TimeoutError from None
            raise
        finally:
            connection.close()


def outcome(status):
    if status in (404, 410):
        return Outcome.GONE
    if status in UNKNOWN or status == 999:  # What a well-known network of professions answers to machines.
        return Outcome.UNKNOWN
    return Outcome.FAILED if status >= 400 or status < 200 else Outcome.WELL


def words(status):
    """Return a status as a person reads it: `404: not found`."""
    known = {
        404: _("not found"),
        410: _("permanently removed"),
        403: _("not for machines"),
        429: _("too many requests"),
        500: _("an error of the site"),
        502: _("the site is down"),
        503: _("the site is down"),
        504: _("the site is down"),
    }
    try:
        return f"{status}: {known.get(status) or HTTPStatus(status).phrase.lower()}"
    except ValueError:
        return str(status)
