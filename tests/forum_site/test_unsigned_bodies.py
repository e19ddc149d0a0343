"""A long body is for those who have signed in; of others, nothing of it is read."""

import pytest
from django.db import OperationalError
from django.test import Client

from forum_site.core.http.middleware import MAX_UNSIGNED

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"


class Unread:
    def read(self, *size):
        raise AssertionError("The body was read.")

    readline = read


@pytest.mark.parametrize("address", ["/", "/account/sign-in/", "/admin/", "/admin/events/event/add/", "/no-such-page"])
@pytest.mark.parametrize("length", [MAX_UNSIGNED + 1, 64 * 1024 * 1024, "9" * 5000])
@pytest.mark.parametrize("kind", [FORM, MULTIPART])
def test_long_body_of_a_visitor_is_refused_unread(db, address, length, kind):
    client = Client(enforce_csrf_checks=True)
    client.cookies["sessionid"] = "f" * 32  # Whoever makes one up has not signed in either.
    sent = {"CONTENT_LENGTH": str(length), "wsgi.input": Unread()}
    response = client.post(address, b"", content_type=kind, **sent)
    assert (response.status_code, response["X-Frame-Options"]) == (413, "DENY")
    assert "default-src 'none'" in response["Content-Security-Policy"]
    page = response.content.decode()
    assert "you can send at most 64.0\xa0KB" in page
    in_admin = address.startswith("/admin/")
    assert (f'<a href="{address}">Open the form again</a>: your text was saved in this browser' in page) == in_admin
    assert ("your session has ended" in page) == in_admin


@pytest.mark.parametrize("length", ["", "-1", "x", "1e9", "٣", str(MAX_UNSIGNED)])
def test_short_body_or_none_goes_on(db, length):
    sent = {"CONTENT_LENGTH": length.encode().decode("latin-1")}
    response = Client().post("/account/sign-in/", b"", content_type=FORM, **sent)
    assert response.status_code == 200


def test_who_has_signed_in_may_send_more(desk):
    fields = {"title": "x" * (MAX_UNSIGNED + 1)}
    response = desk.post("/admin/events/event/add/", fields)
    assert response.status_code in (200, 403)


def test_database_that_is_away_is_told_to_whoever_sends_a_long_form(editor, monkeypatch):
    def fail(*args):
        raise OperationalError("the server closed the connection")

    client = Client(raise_request_exception=False)
    client.force_login(editor)
    monkeypatch.setattr("forum_site.accounts.sessions.SessionStore.load", fail)
    for length in (10, MAX_UNSIGNED + 1):
        response = client.post("/admin/events/event/add/", b"x" * length, content_type=FORM)
        assert (response.status_code, response["Retry-After"]) == (503, "5")
