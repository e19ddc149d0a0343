"""Sixteen readers, four workers and an editor at once: the stored count is the number of pages sent."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from rehearsals.load.site import Site

CLIENTS = 16
REQUESTS = int(os.environ.get("LOAD_REQUESTS", "4800"))
SAVES = 25

PREPARE = """
from django.contrib.auth.models import User
from tests.factories import make_event, make_full_event
make_full_event(3, slug="hot", title="Hot", imported_shows=585)
make_event(slug="draft", publication_status="draft")
User.objects.create_superuser("root", password="root")
"""

EVENT_FORM = {
    "title": "Hot",
    "slug": "hot",
    "kind": "forum",
    "starts_on": "2023-05-17",
    "ends_on": "2023-05-17",
    "time_zone": "UTC",
    "attendance": "in_person",
    "status": "scheduled",
    "publication_status": "published",
    "imported_shows": "585",
    **{
        f"{prefix}-{name}_FORMS": "0"
        for prefix in ("participations", "panels", "visits", "agreements", "pictures", "documents")
        for name in ("TOTAL", "INITIAL")
    },
}


@pytest.fixture
def site(db, tmp_path):
    site = Site(tmp_path)
    with site:
        site.manage("shell", "--verbosity", "0", "-c", PREPARE)
        yield site


def read(site, requests, editing):
    """Ask for the event so many times, and on until the editing is done, on one connection; return the answers."""
    line, answers = site.connect(), []
    while len(answers) < requests or not editing.done():
        answers.append(site.request("GET", "/events/hot/", keep=line))
    return answers


def edit(site, pk, saves):
    browser = site.sign_in("root", "root")
    changed = 0
    for number in range(saves):
        page = browser.post(f"/admin/events/event/{pk}/change/", {**EVENT_FORM, "theme": f"Theme {number}"})
        changed += "was changed successfully" in page
    return changed


def test_shows_stored_equal_shows_sent(site):
    pk = site.rows("SELECT id FROM events_event WHERE slug = 'hot'")[0][0]
    with ThreadPoolExecutor(CLIENTS + 1) as pool:
        editing = pool.submit(edit, site, pk, SAVES)
        reading = [pool.submit(read, site, REQUESTS // CLIENTS, editing) for _ in range(CLIENTS)]
        answers = [answer for each in reading for answer in each.result()]
        assert editing.result() == SAVES
    assert len(answers) >= REQUESTS
    assert {status for status, _body in answers} == {200}
    assert site.shows() == len(answers)
    printed = sorted(int(body.split(b"Number of shows: ")[1].split(b"<")[0]) for _status, body in answers)
    assert printed == list(range(586, 586 + len(answers)))  # No two readers were shown the same number.
    assert site.rows("SELECT theme FROM events_event WHERE slug = 'hot'") == [(f"Theme {SAVES - 1}",)]


def test_what_is_no_show_is_not_counted(site):
    for _ in range(10):
        assert site.request("HEAD", "/events/hot/")[0] == 200
        assert site.request("GET", "/events/hot/", {"Sec-Purpose": "prefetch;prerender"})[0] == 503
        assert site.request("GET", "/events/draft/")[0] == 404
        assert site.request("GET", "/events/missing/")[0] == 404
    assert site.shows() == 0
