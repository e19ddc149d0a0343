"""What is logged of accounts, and what never is; and who is told by mail."""

import json
import logging
import re
import smtplib

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client

from forum_site.core.observability.logs import JSONFormatter
from tests.forms import fields_of
from tests.forum_site.test_second_factor import (
    AUTHENTICATE,
    code_of,
    confirm,
    confirm_by_code,
    reset_address,
    with_app,
)
from tests.forum_site.test_sessions import ACTIVATE, DEACTIVATE, NEW, signed_in_client
from tests.forum_site.test_sign_in import PASSWORD, _mail, sign_in  # noqa: F401 - a fixture

pytestmark = [pytest.mark.one_database, pytest.mark.django_db]


@pytest.fixture
def told(caplog):
    """Return what was logged of accounts since the last time: action, account, and what else there is."""
    caplog.set_level(logging.INFO, "forum_site.accounts")

    def lines():
        records = [record for record in caplog.records if record.name == "forum_site.accounts"]
        caplog.clear()
        found = []
        for record in records:
            line = json.loads(JSONFormatter().format(record))
            assert line["client"] in ("127.0.0.1", "")
            found.append((line["action"], line.get("account"), line.get("factor") or line.get("by")))
        return found

    return lines


def test_logins_and_failures_are_logged(told, editor):
    secret, codes = with_app(editor)
    client = Client()
    sign_in(client, password="a wrong password")
    assert told() == [("login_failed", editor.pk, None)]
    sign_in(client)
    client.post(AUTHENTICATE, {"code": "000000"})
    client.post(AUTHENTICATE, {"credential": '{"id": "forged"}'})
    client.post(AUTHENTICATE, {"code": code_of(secret)})
    failed = [("factor_failed", editor.pk, "totp"), ("factor_failed", editor.pk, "webauthn")]
    assert told() == [*failed, ("login", editor.pk, "totp")]
    confirm_by_code(client, codes[0])
    client.post("/account/sessions/")
    client.post("/account/sign-out/")
    assert told() == [
        ("confirmed", editor.pk, "recovery_codes"),
        ("other_sessions_ended", editor.pk, None),
        ("logout", editor.pk, None),
    ]


@pytest.mark.parametrize("typed", ["Tr0ub4dor&3 my password", "\u202e\x1b[31mnobody", "x" * 140])
def test_what_was_typed_is_in_no_line(caplog, editor, typed):
    caplog.set_level(logging.INFO)
    sign_in(Client(), name=typed, password="another secret")
    lines = [JSONFormatter().format(record) for record in caplog.records]
    assert any('"login_failed"' in line and '"account"' not in line for line in lines)
    assert not any(typed[:20] in line or "another secret" in line for line in lines)


def test_changes_of_one_s_own_factor_and_password_are_logged_and_stand_in_the_history(
    told, editor, django_capture_on_commit_callbacks
):
    client = signed_in_client()
    confirm(client)
    secret = re.search(r'account__secret">(\w+)<', client.get(ACTIVATE).content.decode())[1]
    told()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(ACTIVATE, {"code": code_of(secret)})
    assert told() == [("factor_added", editor.pk, "totp"), ("factor_added", editor.pk, "recovery_codes")]
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/account/second-factor/recovery-codes/generate/")
    client.post("/account/password/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    confirm_by_code(client, RecoveryCodes.activate(editor).generate_codes()[0])
    told_now = told()
    assert ("recovery_codes_renewed", editor.pk, None) in told_now
    assert ("password_changed", editor.pk, None) in told_now
    client.post(DEACTIVATE)
    assert ("factor_removed", editor.pk, "totp") in told()
    entries = LogEntry.objects.order_by("pk")
    assert {(entry.user, entry.object_id) for entry in entries} == {(editor, str(editor.pk))}
    assert [entry.get_change_message() for entry in entries] == [
        "Two-factor authentication added: TOTP Authenticator.",
        "Two-factor authentication added: Recovery codes.",
        "Recovery codes renewed.",
        "Password changed.",
        "Two-factor authentication removed: TOTP Authenticator.",
        "Two-factor authentication removed: Recovery codes.",
    ]


@pytest.mark.usefixtures("_mail")
def test_lost_password_is_logged_without_its_key(told, caplog, editor):
    editor.email = "editor@example.org"
    editor.save()
    client = Client()
    client.post("/account/lost-password/", {"email": editor.email})
    assert told() == [("password_reset_requested", editor.pk, None)]
    page = client.get(re.search(r"http://testserver(\S+)", mail.outbox[0].body)[1], follow=True)
    client.post(page.context["action_url"], {"password1": NEW, "password2": NEW})
    assert told() == [("password_reset", editor.pk, None)]
    assert LogEntry.objects.get().get_change_message() == "Password changed by a link that was mailed."


def test_changes_by_a_manager_are_logged_with_who_made_them(told, manager, editor):
    office = signed_in_client("manager")
    confirm(office)
    told()
    passwords = {"password1": NEW, "password2": NEW, "usable_password": "true"}
    office.post("/admin/auth/user/add/", passwords | {"username": "aigerim"})
    office.post(f"/admin/auth/user/{editor.pk}/password/", passwords | {"set-password": "1"})
    office.post(reset_address(editor))
    page = f"/admin/auth/user/{editor.pk}/change/"
    office.post(page, fields_of(office.get(page)) | {"email": "new@example.org"})
    new = User.objects.get(username="aigerim").pk
    assert told() == [
        ("account_added", new, manager.pk),
        ("password_set", editor.pk, manager.pk),
        ("second_factor_reset", editor.pk, manager.pk),
        ("email_changed", editor.pk, manager.pk),
    ]


def test_refusal_is_logged_with_who_was_refused(told, editor):
    client = signed_in_client()
    told()
    assert client.get("/admin/auth/user/").status_code == 403
    assert told() == [("forbidden", editor.pk, None)]
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/account/sign-in/", {}).status_code == 403
    assert told() == [("forbidden", None, None)]
    strict.force_login(editor)
    assert strict.post("/admin/logout/").status_code == 403
    assert told()[-1] == ("forbidden", editor.pk, None)


def subjects():
    found = [(message.to, message.subject.rpartition("] ")[2]) for message in mail.outbox]
    mail.outbox.clear()
    return found


@pytest.fixture
def _notified(settings):
    """As settings.py has it where EMAIL_URL is set."""
    settings.ACCOUNT_EMAIL_NOTIFICATIONS = True
    settings.DEFAULT_FROM_EMAIL = "desk@forum.example"


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_notified")
def test_owner_is_told_by_mail(manager, editor):
    editor.email = "editor@example.org"
    editor.save()
    client, office = signed_in_client(), signed_in_client("manager")
    confirm(client)
    confirm(office)
    secret = re.search(r'account__secret">(\w+)<', client.get(ACTIVATE).content.decode())[1]
    client.post(ACTIVATE, {"code": code_of(secret)})
    body = mail.outbox[0].body
    assert "127.0.0.1" in body
    assert subjects() == [(["editor@example.org"], "Authenticator App Activated")]
    client.post("/account/password/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    assert subjects() == [(["editor@example.org"], "Password Changed")]
    office.post(reset_address(editor))
    assert subjects() == [(["editor@example.org"], "Two-factor authentication reset")]
    fields = {"password1": NEW, "password2": NEW, "usable_password": "true", "set-password": "1"}
    office.post(f"/admin/auth/user/{editor.pk}/password/", fields)
    assert subjects() == [(["editor@example.org"], "Password Reset")]
    page = f"/admin/auth/user/{editor.pk}/change/"
    office.post(page, fields_of(office.get(page)) | {"email": "new@example.org"})
    assert subjects() == [(["editor@example.org"], "Email Changed")]


@pytest.mark.usefixtures("_notified")
def test_change_is_made_though_mail_fails(editor, monkeypatch, caplog):
    editor.email = "editor@example.org"
    editor.save()

    def fail(*args, **kwargs):
        raise smtplib.SMTPServerDisconnected("gone")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", fail)
    client = signed_in_client()
    response = client.post("/account/password/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    assert response.status_code == 302
    editor.refresh_from_db()
    assert editor.check_password(NEW)
    assert "A mail about a change of an account could not be sent." in caplog.text


def test_mail_is_sent_where_it_is_set_up_alone(settings):
    assert (settings.MAIL, settings.ACCOUNT_EMAIL_NOTIFICATIONS) == ({}, False)
