import json
import logging
import os

import pytest
from django import forms

from forum_site.core.observability.logs import JSONFormatter
from tests.odd_input.corpora import ABSENT, NAME, corpus
from tests.odd_input.site import OddSite
from tests.odd_input.words import ODD_TEXTS, mutations

LOGGERS = ["django", "allauth", "forum_site", "events", "organizations"]


class Lines(logging.Handler):
    """The log as it is kept in public: each line one JSON object, whatever was sent."""

    def __init__(self, row_errors):
        super().__init__()
        self.row_errors = row_errors
        self.setFormatter(JSONFormatter())

    def emit(self, record):
        try:
            line = self.format(record)
            line.encode()
            assert len(line.splitlines()) == 1
            assert json.loads(line)["message"]
        except Exception as error:
            self.row_errors.append(f"The log of {record.name} breaks: {error!r}")


@pytest.fixture
def site(db, author, editor, manager, admin_user):
    """Nothing that is asked of it may go wrong, in the log either."""
    site = OddSite(author, editor, manager, admin_user)
    loggers = [logging.getLogger(name) for name in LOGGERS]
    before = [(logger.handlers, logger.propagate) for logger in loggers]
    for logger in loggers:
        logger.handlers, logger.propagate = [Lines(site.row_errors)], False
    yield site
    for logger, (handlers, propagate) in zip(loggers, before, strict=True):
        logger.handlers, logger.propagate = handlers, propagate


@pytest.fixture
def made_forms(monkeypatch):
    """Every form that is made from now on, by its class, its fields and its place."""
    made, make = {}, forms.BaseForm.__init__

    def note(form, *args, **kwargs):
        make(form, *args, **kwargs)
        made.setdefault((type(form).__module__, type(form).__qualname__, tuple(form.fields), form.prefix), form)

    monkeypatch.setattr(forms.BaseForm, "__init__", note)
    return made


CORPORA = pytest.param("corpora", marks=pytest.mark.skipif(not os.environ.get(NAME), reason=ABSENT))


@pytest.fixture(params=["ours", CORPORA])
def odd_texts(request):
    """The odd texts that a test tries: those made here, and, in a run of its own, those of FORUM_CORPORA."""
    return [*ODD_TEXTS.values(), *mutations(60)] if request.param == "ours" else corpus()
