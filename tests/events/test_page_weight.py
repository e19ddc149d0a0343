"""What a browser receives of an event: page, styles, scripts and icons, as the server sends them, without pictures."""

import gzip
import random
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from events.models import Event
from tests.awkward import make_awkward_site

pytestmark = pytest.mark.one_database

MAX = 60_000
HEADERS = 600  # bytes of each answer


@pytest.fixture
def site(db):
    return make_awkward_site()


def text_of(words):
    """Return paragraphs of so many words that repeat no more than a person's: in gzip they are over a third as long."""
    chance = random.Random(1)
    letters = "etaoinshrdlucmfwypvbgkqjxz"
    frequencies = range(26, 0, -1)
    known = ["".join(chance.choices(letters, frequencies, k=chance.randint(2, 9))) for _ in range(4000)]
    chosen = chance.choices(known, [1 / rank for rank in range(1, 4001)], k=words)
    return "".join(f"<p>{' '.join(chosen[at : at + 150])}.</p>" for at in range(0, words, 150))


def weight(client, address):
    """Return the bytes of the page and of all that it loads for the first time; the server keeps files in gzip."""
    page = client.get(address, headers={"Accept-Encoding": "gzip"}).content
    html = gzip.decompress(page).decode()
    files = set(re.findall(r'<(?:link[^>]* href|script[^>]* src)="/static/([^"]+)"', html))
    assert {"css/base.css", "js/print-button.js"} <= files
    sent = [len(page)]
    for name in files:
        text = Path(finders.find(name)).read_bytes()
        sent.append(len(gzip.compress(text)))
        for icon in re.findall(r'url\("../([^"]+)"', text.decode()):
            sent.append(Path(finders.find(icon)).stat().st_size)
    return sum(sent) + HEADERS * len(sent)


def test_sample_is_light(client, site):
    assert weight(client, site["the sample"]) < MAX


def test_fullest_event_is_light(client, site):
    body = text_of(12_000)
    assert len(gzip.compress(body.encode())) > len(body) / 3
    Event.objects.filter(slug="full").update(body=body)
    assert weight(client, site["full event"]) < MAX
