"""A small attack on every run of the tests, so that the tools of the large one cannot rot."""

from itertools import islice

import pytest

from rehearsals.attack import scanners
from rehearsals.attack.line import Line
from rehearsals.attack.odd import KINDS, Maker
from rehearsals.attack.odd_requests import Attack
from rehearsals.attack.scanners import Finding, reason_of
from rehearsals.attack.scene import MARKER, Scene, means
from rehearsals.load.site import Site

pytestmark = pytest.mark.one_database

ADDRESSES = ["/", "/events/hot/", "/admin/", "/account/sign-in/", "/search/"]
WITH_PARAMETERS = [["/events/", {"year": "2023"}], ["/search/", {"q": "forum"}]]


@pytest.fixture
def scene(db, tmp_path):
    scene = Scene("smoke")
    with Site(tmp_path, workers=1) as scene.site:
        scene.enter(scene.site, is_small=True)
        yield scene


def test_odd_requests_break_nothing_and_are_told_when_they_do(scene):
    attack = Attack(scene, 400, "smoke")
    attack.run()
    assert attack.failures == []
    assert attack.sent == 400
    assert attack.statuses[200] > 40
    scene.close_books(scene.site.worker_pids())
    assert scene.failures == []

    scene.site.rows("UPDATE events_event SET title = 'Changed' WHERE slug = 'full'")
    assert "events.event" in scene.changed()
    with Line(scene.site.port) as line:
        line.send(b"GET /preview/none/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = line.answer()
    assert answer.status == 404
    request = next(iter(Maker("a", ADDRESSES, WITH_PARAMETERS)))
    answer.status, answer.took, answer.body = 500, 2.5, b"Traceback " + MARKER
    attack._judge(request, answer)
    assert [failure.partition(":")[0] for failure in attack.failures] == [
        "answered 500",
        "told what is hidden",
        "told a traceback",
    ]
    assert attack.late == [request]


def test_same_seed_makes_the_same_requests():
    first, again, other = (
        [request.data for request in islice(Maker(seed, ADDRESSES, WITH_PARAMETERS), 300)] for seed in "aab"
    )
    assert first == again
    assert first != other


def test_every_kind_of_odd_request_comes():
    made = [request.kind for request in islice(Maker("a", ADDRESSES, WITH_PARAMETERS), 3000)]
    assert set(made) >= {kind for kind in KINDS if kind != "half"}


def test_finding_without_a_line_in_the_list_fails(monkeypatch, tmp_path):
    monkeypatch.setattr(scanners, "ACCEPTED", tmp_path / "accepted.txt")
    scanners.ACCEPTED.write_text("# why\nwapiti | Cookies | GET | /a/.* | .* | it is no secret\n")
    found = Finding("wapiti", "Cookies", "GET", "/a/b")
    assert reason_of(found) == "it is no secret"
    assert reason_of(Finding("wapiti", "Cookies", "GET", "/b")) is None
    scene = Scene("list")
    scanners.judge(scene, [found, found, Finding("sqlmap", "SQL injection", "GET", "/b", "q")])
    assert scene.failures == ["sqlmap | SQL injection | GET | /b | q"]
    assert scene.notes == ["1 new findings, 1 that are none"]


def test_means_of_quarters():
    assert means([1, 1, 2, 4, 6, 6, 8, 8]) == [1, 3, 6, 8]
