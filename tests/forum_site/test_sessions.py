"""Which sessions stay and which end: sequences of one person at two browsers, and of a manager and a colleague."""

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from tests.forum_site.test_second_factor import (
    AUTHENTICATE,
    code_of,
    confirm,
    confirm_by_code,
    reset_address,
    with_app,
)
from tests.forum_site.test_sign_in import PASSWORD, sign_in

pytestmark = [pytest.mark.one_database, pytest.mark.django_db]

ACTIVATE = "/account/second-factor/totp/activate/"
DEACTIVATE = "/account/second-factor/totp/deactivate/"
NEW = "wholly new words"


@pytest.fixture(params=[True, False], ids=["required", "optional"])
def _either_way(request, settings):
    settings.SECOND_FACTOR_REQUIRED = request.param


@pytest.fixture
def _required(settings):
    settings.SECOND_FACTOR_REQUIRED = True


def signed_in_client(name="editor", password=PASSWORD):
    client = Client()
    sign_in(client, name=name, password=password)
    return client


def through_the_factor(secret, name="editor"):
    client = signed_in_client(name)
    client.post(AUTHENTICATE, {"code": code_of(secret)})
    return client


def enrol(client):
    """Set up an app as its owner does, and return its secret."""
    confirm(client)
    page = client.get(ACTIVATE).content.decode()
    secret = re.search(r'<code class="account__secret">(\w+)</code>', page)[1]
    assert client.post(ACTIVATE, {"code": code_of(secret)}).status_code == 302
    return secret


def is_open(client):
    return client.get("/admin/").status_code == 200


def is_alive(client):
    """Whether the session is still somebody's, be the admin open to it or not."""
    return client.get("/account/sessions/").status_code == 200


@pytest.mark.usefixtures("_either_way")
def test_enrolling_ends_the_session_that_began_with_the_password_alone(editor):
    elsewhere, here = signed_in_client(), signed_in_client()
    assert is_alive(elsewhere)
    enrol(here)
    assert is_open(here)
    assert not is_open(elsewhere)
    assert not is_alive(elsewhere)
    assert elsewhere.post(DEACTIVATE).status_code == 302
    assert Authenticator.objects.filter(user=editor, type=Authenticator.Type.TOTP).exists()


@pytest.mark.usefixtures("_either_way")
def test_ended_session_does_not_come_back_with_the_state_of_before(editor):
    """After an enrolment and a removal the account is as it was: the session of before is not."""
    elsewhere, here = signed_in_client(), signed_in_client()
    enrol(here)
    code = RecoveryCodes.activate(editor).generate_codes()[0]
    confirm_by_code(here, code)
    assert here.post(DEACTIVATE).status_code == 302
    assert not Authenticator.objects.filter(user=editor).exists()
    assert is_alive(here)
    assert not is_alive(elsewhere)


@pytest.mark.usefixtures("_required")
def test_session_whose_last_factor_is_removed_has_none(editor):
    here = signed_in_client()
    enrol(here)
    confirm_by_code(here, RecoveryCodes.activate(editor).generate_codes()[0])
    here.post(DEACTIVATE)
    assert not is_open(here)
    enrol(here)
    assert is_open(here)


def add_passkey(user):
    Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data={"name": "Key", "credential": {}})


CHANGES = {
    "app added": lambda user: TOTP.activate(user, generate_totp_secret()),
    "passkey added": add_passkey,
    "codes added": RecoveryCodes.activate,
    "factors removed at once": lambda user: Authenticator.objects.filter(user=user).delete(),
    "password set": lambda user: set_password(user),
}


def set_password(user):
    user.set_password(NEW)
    user.save()


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_every_change_ends_every_session_whoever_makes_it(editor, change):
    """By a script, by the console, by a page: not only through the pages of this site."""
    if change is CHANGES["factors removed at once"]:
        RecoveryCodes.activate(editor)
    client = Client()
    client.force_login(User.objects.get(pk=editor.pk))
    UserSession.objects.all().delete()  # In no list.
    assert is_open(client)
    change(editor)
    assert not is_open(client)


def test_password_of_the_console_ends_sessions(editor, monkeypatch):
    client = signed_in_client()
    monkeypatch.setattr("getpass.getpass", lambda **kwargs: NEW)
    call_command("changepassword", "editor")
    assert not is_open(client)


@pytest.mark.parametrize("what", ["factor", "password"])
def test_manager_s_reset_ends_all_sessions_of_the_colleague_and_not_the_own(manager, editor, what):
    secret, _codes = with_app(editor)
    colleague, office = through_the_factor(secret), signed_in_client("manager")
    UserSession.objects.filter(user=editor).delete()
    confirm(office)
    assert is_open(colleague)
    if what == "factor":
        office.post(reset_address(editor))
    else:
        fields = {"password1": NEW, "password2": NEW, "usable_password": "true", "set-password": "1"}
        office.post(f"/admin/auth/user/{editor.pk}/password/", fields)
    assert not is_alive(colleague)
    assert is_open(office)
    assert office.get("/account/sessions/").content.decode().count("<strong>(here)</strong>") == 1


def test_reset_of_a_colleague_without_a_factor_ends_sessions_too(manager, editor):
    colleague, office = signed_in_client(), signed_in_client("manager")
    confirm(office)
    office.post(reset_address(editor))
    assert not is_alive(colleague)


def test_deleting_an_account_with_factors_leaves_nothing(editor):
    with_app(editor)
    editor.delete()
    assert not User.objects.filter(username="editor").exists()


def test_own_session_goes_on_under_a_new_key_and_stays_in_the_list(editor):
    here = signed_in_client()
    keys = [here.session.session_key]
    enrol(here)
    keys.append(here.session.session_key)
    here.post("/account/password/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    keys.append(here.session.session_key)
    assert len(set(keys)) == 3
    assert is_open(here)
    assert list(UserSession.objects.values_list("session_key", flat=True)) == keys[-1:]


def test_ending_the_others_ends_those_in_no_list_and_asks_first(editor):
    here, elsewhere = signed_in_client(), Client()
    elsewhere.force_login(User.objects.get(pk=editor.pk))
    UserSession.objects.exclude(session_key=here.session.session_key).delete()
    assert here.post("/account/sessions/")["Location"].startswith("/account/confirm/")
    assert is_open(elsewhere)
    confirm(here)
    here.post("/account/sessions/")
    assert is_open(here)
    assert not is_alive(elsewhere)


@pytest.mark.usefixtures("_required")
def test_password_confirms_nothing_where_there_is_a_factor(editor):
    secret, codes = with_app(editor)
    client = through_the_factor(secret)
    assert client.get("/account/confirm/")["Location"] == "/account/second-factor/reauthenticate/"
    confirm(client)
    assert client.get(DEACTIVATE).status_code == 302
    confirm_by_code(client, codes[0])
    assert client.get(DEACTIVATE).status_code == 200


@pytest.mark.usefixtures("_required")
def test_session_without_the_factor_of_its_account_is_asked_for_it(editor):
    """However it came about: the factor of the account opens nothing for a session that did not give it."""
    _secret, codes = with_app(editor)
    client = Client()
    client.force_login(editor)
    response = client.get("/admin/events/event/", follow=True)
    assert response.redirect_chain[-1][0] == "/account/second-factor/reauthenticate/?next=%2Fadmin%2Fevents%2Fevent%2F"
    confirm_by_code(client, codes[0])
    assert is_open(client)


def at(moment, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: moment)


def test_session_ends_after_hours_without_a_request(editor, monkeypatch):
    client, began = signed_in_client(), timezone.now()
    for hours in (7, 14):
        at(began + timedelta(hours=hours), monkeypatch)
        assert is_open(client)
    at(began + timedelta(hours=14 + 8, minutes=1), monkeypatch)
    assert not is_open(client)


def test_session_in_use_ends_a_day_after_the_login(editor, monkeypatch):
    client, began = signed_in_client(), timezone.now()
    for hours in range(1, 24):
        at(began + timedelta(hours=hours), monkeypatch)
        assert is_open(client)
    assert Session.objects.get().expire_date <= began + timedelta(hours=24)
    at(began + timedelta(hours=24, minutes=1), monkeypatch)
    assert not is_open(client)


def test_session_in_use_is_written_now_and_then(editor, monkeypatch):
    client, began = signed_in_client(), timezone.now()
    ends = []
    for minutes in (1, 2, 9, 12, 13, 25):
        at(began + timedelta(minutes=minutes), monkeypatch)
        client.get("/admin/")
        ends.append(Session.objects.get().expire_date)
    assert len(set(ends)) == 3


def test_looking_at_the_list_prolongs_no_session(editor, monkeypatch):
    here, elsewhere = signed_in_client(), signed_in_client()
    end = Session.objects.get(pk=elsewhere.session.session_key).expire_date
    at(timezone.now() + timedelta(hours=1), monkeypatch)
    assert is_alive(here)
    assert Session.objects.get(pk=elsewhere.session.session_key).expire_date == end
