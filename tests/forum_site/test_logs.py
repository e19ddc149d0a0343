import io
import json
import logging
import sys

import pytest
from django.db import IntegrityError, connection
from django.http import HttpResponse
from django.test import RequestFactory

from forum_site.core.observability import logs

pytestmark = pytest.mark.one_database


def line_of(record):
    return json.loads(logs.JSONFormatter().format(record))


def answer(view, settings=None, **headers):
    return logs.RequestMiddleware(view)(RequestFactory().get("/events/?token=secret", headers=headers))


def log(message, *args, **kwargs):
    return logging.getLogger("forum_site.test").makeRecord(
        "forum_site.test", logging.WARNING, "file", 1, message, args, kwargs.get("exc_info"), extra=kwargs.get("extra")
    )


def test_one_line_of_json_however_odd_the_text():
    text = logs.JSONFormatter().format(log("two\nlines\u2028or\x85four\udc80 and “%s”", "форум"))
    assert text.encode().decode().splitlines() == [text]
    assert json.loads(text)["message"] == "two\nlines\u2028or\x85four\udc80 and “форум”"


def test_line_names_its_request_but_not_its_query():
    lines = []

    def view(request):
        lines.append(line_of(log("within")))
        return HttpResponse()

    response = answer(view)
    assert lines[0]["request"] == response["X-Request-ID"]
    assert (lines[0]["method"], lines[0]["path"]) == ("GET", "/events/")
    assert "secret" not in json.dumps(lines)
    assert "request" not in line_of(log("without"))


@pytest.mark.parametrize(
    ("behind_proxy", "sent", "taken"),
    [(True, "abcdef-0123", True), (False, "abcdef-0123", False), (True, "x\n{}", False), (True, "a" * 99, False)],
)
def test_name_from_the_proxy_is_taken_when_it_is_trusted_and_plain(settings, behind_proxy, sent, taken):
    settings.BEHIND_PROXY = behind_proxy
    assert (answer(lambda request: HttpResponse(), **{"X-Request-ID": sent})["X-Request-ID"] == sent) == taken


def test_slow_request_is_told_with_its_statements_and_without_their_values(db, settings, caplog):
    settings.SLOW_REQUEST = 0

    def view(request):
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s", ["a secret"])
        return HttpResponse(status=201)

    answer(view)
    facts = caplog.records[0].facts
    assert (facts["status"], facts["statements"]) == (201, 1)
    assert facts["slowest"][0]["sql"] == "SELECT %s"
    assert "secret" not in json.dumps(line_of(caplog.records[0]))


def test_quick_request_is_not_told(db, caplog):
    answer(lambda request: HttpResponse())
    assert caplog.records == []


def test_exception_stands_in_its_line():
    try:
        raise ValueError("broken")
    except ValueError:
        line = line_of(log("It failed", exc_info=sys.exc_info()))
    assert line["exception"].endswith("ValueError: broken")


REFUSED = 'null value in "title"\nDETAIL:  Failing row contains (1, Se\ncret, a@b.c).\n'
WRONG = "syntax error\nLINE 1: SELECT 'Secret'\n               ^\n"


@pytest.mark.parametrize("formatter", [logs.LineFormatter(), logs.JSONFormatter()])
def test_values_that_postgresql_refused_are_not_told(formatter):
    try:
        raise IntegrityError(REFUSED) from ValueError(WRONG)
    except IntegrityError:
        text = formatter.format(log("It failed", exc_info=sys.exc_info()))
    assert "cret" not in text
    assert "a@b.c" not in text
    assert "null value in" in text
    assert "LINE 1: …" in text.replace("\\u2026", "…")
    assert "test_logs.py" in text


def test_what_a_client_is_refused_is_told_in_a_line(client):
    console = next(handler for handler in logging.getLogger().handlers if type(handler) is logging.StreamHandler)
    stream = console.setStream(io.StringIO())
    try:
        assert client.get("/livez", headers={"Host": "evil.example"}).status_code == 400
        told = console.stream.getvalue()
    finally:
        console.setStream(stream)
    assert "evil.example" in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("path", "logged"),
    [
        ("/preview/abc:def/", "/preview/…"),
        ("/account/lost-password/1-key/", "/account/lost-password/…"),
        ("/account/lost-password/sent/", "/account/lost-password/sent/"),
        ("/events/preview/", "/events/preview/"),
    ],
)
def test_what_opens_something_by_itself_is_not_logged(path, logged):
    assert logs.without_key(path) == logged


@pytest.mark.parametrize(
    ("message", "logged"),
    [
        ("Internal Server Error: /preview/abc:def/", "Internal Server Error: /preview/…"),
        (
            "of https://forum.example/account/lost-password/1-key/ it",
            "of https://forum.example/account/lost-password/… it",
        ),
        ("/account/lost-password/sent/ and /events/preview/x/", "/account/lost-password/sent/ and /events/preview/x/"),
    ],
)
def test_message_and_exception_open_nothing_either(message, logged):
    try:
        raise ValueError(message)
    except ValueError:
        line = line_of(log(message, exc_info=sys.exc_info()))
    assert line["message"] == logged
    assert line["exception"].endswith(f"ValueError: {logged}")
