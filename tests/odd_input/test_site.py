"""What watches the answers would notice: an error, a slow one, a line of the log, what is hidden, and a changed row."""

import logging

import pytest

from events.models import Event
from events.website.views import HowWeCountView
from tests.odd_input import site as watching


def test_error_is_noticed(site, monkeypatch):
    monkeypatch.setattr(HowWeCountView, "get_context_data", lambda view, **kwargs: [][0])
    site.ask("GET", "/how-we-count/")
    assert "IndexError" in site.row_errors[0]
    with pytest.raises(AssertionError, match="1 of 1 answers"):
        site.assert_sound()


def test_dear_answer_is_noticed(site, monkeypatch):
    site.ask("GET", "/events/")
    assert site.row_errors == []
    monkeypatch.setattr(watching, "MAX_LOOPS", 0)
    site.ask("GET", "/events/")
    assert "the cost of" in site.row_errors[0]


def test_hidden_words_are_noticed(site):
    Event.objects.filter(pk=site.hidden[0].pk).update(publication_status="published")
    site.ask("GET", f"/events/{site.hidden[0].slug}/")
    assert "tells what is hidden" in site.row_errors[0]


def test_broken_line_of_the_log_is_noticed(site):
    lines = logging.getLogger("forum_site").handlers[0]
    lines.emit(logging.makeLogRecord({"name": "forum_site", "msg": "%d", "args": ("no number",)}))
    assert "The log of forum_site breaks" in site.row_errors[0]


def test_changed_row_is_noticed(site):
    before = site.content()
    Event.objects.filter(pk=site.hidden[0].pk).update(online_url="https://stolen.example/")
    after = site.content()
    assert {model for model in before if before[model] != after[model]} == {"events.Event", "pagecache.ContentVersion"}
