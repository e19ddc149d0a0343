"""Workers of the production server come and go."""

import os
import signal
import time

import pytest

from tests.load.site import Site


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


def newcomers(site, known):
    """Wait until there are workers beside those that are known, and those have gone; return them."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        pids = set(site.worker_pids())
        if pids and not pids & known:
            return pids
        time.sleep(0.02)
    raise TimeoutError(f"{known} did not end within a minute.")
