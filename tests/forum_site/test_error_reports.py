import json
import logging
import subprocess
import sys

import pytest
from django.test import Client

from tests.factories import make_event
from tests.test_pins import ROOT

sentry_sdk = pytest.importorskip("sentry_sdk", reason="The extra observe is not installed: reports are not tested.")

from sentry_sdk.transport import Transport  # noqa: E402

from forum_site.core.observability import sentry  # noqa: E402

pytestmark = pytest.mark.one_database

DSN = "https://abcdef0123456789@sentry.example/1"


class Kept(Transport):
    """Takes what would be sent, as it would be."""

    def __init__(self):
        super().__init__()
        self.sent = []

    def capture_envelope(self, envelope):
        self.sent.append(envelope.serialize().decode())


@pytest.fixture
def sent(settings):
    settings.SENTRY_DSN = DSN
    transport = Kept()
    sentry.begin(DSN, transport)
    yield transport.sent
    sentry_sdk.init(default_integrations=False, auto_enabling_integrations=False)


def event_of(envelope):
    return json.loads(envelope.splitlines()[-1])


@pytest.fixture
def broken(monkeypatch):
    """Every page of an event fails, with all that one could tell in hand."""

    def fail(self, *args, **kwargs):
        password = "typed-password"
        raise RuntimeError(f"broken{password[:0]} at /preview/tok:en/\nDETAIL: Key (name)=(somebody) already exists.")

    monkeypatch.setattr("events.website.views.EventDetailView.get", fail)


def ask(event, client=None):
    client = client or Client(raise_request_exception=False)
    client.cookies["sessionid"] = "session-key"
    return client.get(
        event.get_absolute_url(),
        {"q": "typed-query"},
        headers={
            "Authorization": "Bearer typed-token",
            "User-Agent": "Agent-Of-Reader",
            "X-Forwarded-For": "203.0.113.9",
        },
    )


@pytest.mark.usefixtures("broken")
def test_error_is_reported_and_nothing_that_was_typed(sent, db, settings):
    event = make_event(slug="land-sea-forum")
    response = ask(event)
    assert response.status_code == 500
    assert len(sent) == 1
    report = event_of(sent[0])
    assert (report["level"], report["logger"]) == ("error", "django.request")
    assert report["logentry"]["formatted"] == "Internal Server Error: /events/land-sea-forum/"
    assert report["tags"] == {"request": response["X-Request-ID"]}
    assert report["request"] == {"method": "GET", "url": f"{settings.SITE_URL}/events/land-sea-forum/"}
    (exception,) = report["exception"]["values"]
    assert exception["type"] == "RuntimeError"
    assert exception["value"] == "broken at /preview/…"
    assert exception["stacktrace"]["frames"][-1]["function"] == "fail"
    for secret in (
        *(
            "session-key",
            "typed-query",
            "typed-token",
            "Agent-Of-Reader",
            "203.0.113.9",
            "tok:en",
            "somebody",
        ),
        *('"vars"', '"cookies"', '"user"', '"extra"', "argv"),
    ):
        assert secret not in sent[0], secret


def test_link_that_opens_a_preview_is_not_reported(sent, db, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("broken")

    monkeypatch.setattr("events.website.preview.PreviewView.get", fail)
    assert Client(raise_request_exception=False).get("/preview/tok:en/").status_code == 500
    assert event_of(sent[0])["request"]["url"].endswith("/preview/…")
    assert "tok:en" not in sent[0]


def test_what_is_typed_into_a_form_is_not_reported(sent, db, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("broken")

    monkeypatch.setattr("forum_site.accounts.views.SignInView.post", fail)
    typed = {"login": "typed-name", "password": "typed-password"}
    assert Client(raise_request_exception=False).post("/account/sign-in/", typed).status_code == 500
    assert len(sent) == 1
    assert "typed-" not in sent[0]


def test_what_is_no_error_is_not_reported(sent, db, client):
    logging.getLogger("forum_site.test").warning("Only a warning")
    assert client.get("/events/missing/").status_code == 404
    assert client.get(make_event().get_absolute_url(), headers={"Sec-Purpose": "prefetch"}).status_code == 503
    assert sent == []


def test_command_that_fails_is_reported_without_its_values(tmp_path):
    """As a timer's would be: an exception that nobody catches, in a process of its own."""
    code = (
        "import atexit, django; django.setup(); from django.conf import settings;"
        "from forum_site.core.observability import sentry;"
        "from tests.forum_site.test_error_reports import Kept; kept = Kept();"
        "sentry.begin(settings.SENTRY_DSN, kept); atexit.register(lambda: print(kept.sent[0]));"
        "password = 'typed-password'; raise ValueError('broken')"
    )
    environment = {
        "DJANGO_SETTINGS_MODULE": "forum_site.settings",
        "SENTRY_DSN": DSN,
        "VAR_DIR": str(tmp_path),
        "SECRET_KEY": "k" * 60,
    }
    run = subprocess.run(
        [sys.executable, "-c", code, "typed-argument"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    report = event_of(run.stdout.strip())
    assert report["exception"]["values"][0]["value"] == "broken"
    assert "typed-argument" not in run.stdout
    assert '"vars"' not in run.stdout
