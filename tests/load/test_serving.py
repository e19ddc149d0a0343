"""Workers of the production server come and go."""

import os
import signal
import socket
import time
from contextlib import ExitStack, closing

import pytest

from rehearsals.load.site import Site

pytestmark = pytest.mark.one_database


@pytest.fixture
def site(db, tmp_path):
    with Site(tmp_path, workers=1) as site:
        yield site


def test_worker_that_is_asked_to_end_while_it_loads_the_site_ends(site):
    (first,) = site.worker_pids()
    os.kill(first, signal.SIGKILL)
    (loading,) = newcomers(site, {first})
    os.kill(loading, signal.SIGTERM)
    (_another,) = newcomers(site, {loading})
    site.wait_until_it_answers()


def test_alive_while_every_thread_waits(db, tmp_path):
    """Readers who sent half of a form each hold a thread."""
    with Site(tmp_path, workers=1, threads=2) as site, ExitStack() as filtered_shows:
        head = b"POST /admin/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n"
        head += b"Content-Type: application/x-www-form-urlencoded\r\nCookie: csrftoken=" + b"a" * 32 + b"\r\n\r\n"
        for _ in range(2 * site.threads):
            reader = filtered_shows.enter_context(socket.create_connection(("127.0.0.1", site.port)))
            reader.sendall(head + b"a=")
            reader.settimeout(0.5)
            with pytest.raises(TimeoutError):
                reader.recv(1)
        waiting = filtered_shows.enter_context(closing(site.connect()))
        waiting.timeout = 2
        waiting.request("GET", "/readyz")
        with pytest.raises(TimeoutError):
            waiting.getresponse()
        assert site.request("GET", "/livez") == (200, b"ok\n")
        assert site.request("HEAD", "/livez") == (200, b"")


def newcomers(site, known):
    """Wait until there are workers beside those that are known, and those have gone; return them."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        pids = set(site.worker_pids())
        if pids and not pids & known:
            return pids
        time.sleep(0.02)
    raise TimeoutError(f"{known} did not end within a minute.")


def test_start_has_nothing_to_warn_of(site):
    assert site.request("GET", "/readyz")[0] == 200
    assert site.log.read_text() == ""
