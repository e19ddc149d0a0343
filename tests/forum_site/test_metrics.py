"""What Prometheus is told: nothing unless it is switched on, nothing without the token, and one sum for all workers."""

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from django.test import RequestFactory
from django.urls import resolve

from forum_site import serving
from forum_site.core.observability import metrics
from rehearsals.load.site import Site
from tests.test_pins import ROOT

pytestmark = pytest.mark.one_database

TOKEN = "0123456789abcdef" * 2
PREPARE = 'from tests.factories import make_event; make_event(slug="hot", title="Hot")'
WITH_TOKEN = {"Authorization": f"Bearer {TOKEN}"}


def test_there_are_none_unless_asked_for(client, db, settings):
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
    assert "forum_site.core.observability.metrics.MetricsMiddleware" not in settings.MIDDLEWARE
    assert isinstance(metrics.requests, metrics.Uncounted)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/", "home"),
        ("/events/some-slug/", "events:detail"),
        ("/events/other-slug/", "events:detail"),
        ("/admin/events/event/1/change/", "admin"),
        ("/account/sign-in/", "account"),
        ("/account/second-factor/authenticate/", "mfa"),
        ("/media/covers/a.jpg", "media"),
        ("/static/site.css", "static"),
        ("/no/such/page/", "none"),
    ],
)
def test_name_of_a_view_stands_in_the_code(path, name):
    request = RequestFactory().get(path)
    request.resolver_match = None if name in ("static", "none") else resolve(path)
    assert metrics.name_of_view(request) == name


@pytest.fixture
def site(db, tmp_path):
    pytest.importorskip("prometheus_client", reason="The extra observe is not installed: metrics are not tested.")
    with Site(tmp_path, workers=2, threads=4, METRICS_TOKEN=TOKEN) as site:
        site.manage("shell", "--verbosity", "0", "-c", PREPARE)
        yield site


def numbers(site):
    """Return the value of each series, as one of the workers tells it."""
    status, body = site.request("GET", "/metrics", WITH_TOKEN)
    assert status == 200
    return {series: float(value) for series, value in re.findall(r"^(\w+(?:\{.*\})?) (\S+)$", body.decode(), re.M)}


@pytest.mark.django_db(transaction=True)
def test_workers_tell_one_sum_and_no_worker_takes_its_numbers_along(site):
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}, {"Authorization": "Bearer \xff"}):
        assert site.request("GET", "/metrics", headers)[0] == 404
    assert site.request("POST", "/metrics", WITH_TOKEN)[0] in (403, 405)
    for _number in range(20):
        assert site.request("GET", "/events/hot/?q=typed")[0] == 200
        assert site.request("GET", "/events/no-such-event/")[0] == 404
    told = [numbers(site) for _number in range(8)]
    shown = 'forum_requests_total{status="200",view="events:detail"}'
    assert {each[shown] for each in told} == {20.0}
    assert told[0]['forum_requests_total{status="404",view="events:detail"}'] == 20
    assert told[0]['forum_request_seconds_count{view="events:detail"}'] == 40
    assert told[0]["forum_shows_total"] == site.shows() == 20
    pages = {home: told[0].get(f'forum_pages_total{{home="{home}"}}', 0) for home in ("memory", "rendered")}
    assert pages["memory"] + pages["rendered"] >= 20
    assert pages["rendered"] >= 1
    assert told[0]["forum_database_connections_total"] >= 1
    assert "typed" not in str(told[0])

    memory = "".join(Path(f"/proc/{worker}/maps").read_text() for worker in site.worker_pids())
    (folder,) = set(re.findall(r"\S+/forum-metrics-\w+", memory))
    assert Path(folder).stat().st_mode & 0o777 == 0o700

    for worker in site.worker_pids():
        os.kill(worker, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while True:
        try:
            assert site.request("GET", "/events/hot/")[0] == 200
            break
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.2)
    assert numbers(site)[shown] >= 21
    site.server.send_signal(signal.SIGTERM)
    site.server.wait(20)
    assert not Path(folder).exists()


def test_folder_is_made_for_metrics_alone(monkeypatch, tmp_path):
    monkeypatch.setattr(serving, "MEMORY", str(tmp_path))
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")
    for token, folders in (("", 0), (TOKEN, 1)):
        monkeypatch.setenv("METRICS_TOKEN", token)
        with serving.folder_of_metrics():
            assert len(list(tmp_path.iterdir())) == folders
        assert list(tmp_path.iterdir()) == []


RULES = ROOT / "deploy" / "prometheus" / "forum.rules.yml"


def test_rules_name_what_is_told():
    """A rule about a series that nobody tells never fires."""
    rules = RULES.read_text()
    source = (ROOT / "forum_site" / "core" / "observability" / "metrics.py").read_text()
    told = set(re.findall(r'(?:Counter|Histogram)\("(forum_\w+)"', source))
    named = {re.sub(r"_(total|bucket|count|sum)$", "", name) for name in re.findall(r"\bforum_\w+", rules)}
    assert named
    assert named <= told


@pytest.mark.skipif(not shutil.which("promtool"), reason="PROMTOOL IS NOT INSTALLED: the rules were not checked.")
def test_prometheus_understands_the_rules():
    run = subprocess.run(["promtool", "check", "rules", RULES], capture_output=True, text=True)
    assert "SUCCESS" in run.stdout, run.stderr
