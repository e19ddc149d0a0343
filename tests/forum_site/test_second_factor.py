"""The second factor: app and recovery codes, required in production, and reset by a manager."""

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.forum_site.test_sign_in import PASSWORD, sign_in, signed_in

AUTHENTICATE = "/account/second-factor/authenticate/"

pytestmark = [pytest.mark.one_database, pytest.mark.django_db]


def code_of(secret):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def with_app(user):
    """Give `user` an app and recovery codes; return its secret and the codes."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret, RecoveryCodes.activate(user).generate_codes()


def confirm(client, password=PASSWORD):
    """Give the password once more, as every change of an account asks for where there is no second factor."""
    client.post("/account/confirm/", {"password": password})


def confirm_by_code(client, code):
    client.post("/account/second-factor/reauthenticate/", {"code": code})


@pytest.fixture
def _required(settings):
    settings.SECOND_FACTOR_REQUIRED = True


def test_code_of_the_app_is_asked_for_and_opens(client, editor):
    secret, _codes = with_app(editor)
    assert sign_in(client)["Location"] == AUTHENTICATE
    assert not signed_in(client)
    assert client.get("/admin/").status_code == 302
    assert client.post(AUTHENTICATE, {"code": code_of(secret)}).status_code == 302
    assert client.get("/admin/").status_code == 200


def test_code_of_the_app_opens_once(editor):
    secret, _codes = with_app(editor)
    code = code_of(secret)
    first, second = Client(), Client()
    for client in (first, second):
        sign_in(client)
        client.post(AUTHENTICATE, {"code": code})
    assert (signed_in(first), signed_in(second)) == (True, False)


def test_recovery_code_opens_once(editor):
    _secret, codes = with_app(editor)
    first, second = Client(), Client()
    for client in (first, second):
        sign_in(client)
        client.post(AUTHENTICATE, {"code": codes[0]})
    assert (signed_in(first), signed_in(second)) == (True, False)


def test_wrong_code_opens_nothing_and_the_sixth_is_one_too_many(client, editor):
    secret, _codes = with_app(editor)
    sign_in(client)
    wrong = f"{(int(code_of(secret)) + 1) % 1_000_000:06}"
    answers = [client.post(AUTHENTICATE, {"code": wrong}) for _attempt in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert answers[0].context["form"].errors["code"] == [
        "Incorrect code. Each code works once: wait for the next one, or use a recovery code."
    ]
    assert client.post(AUTHENTICATE, {"code": code_of(secret)}).status_code == 429
    assert not signed_in(client)


FORGED = ["{}", "[]", '"text"', '{"id": "AAAA"}', '{"id": 1}', '{"id": "AAAA", "rawId": "AAAA", "response": {}}']


@pytest.mark.parametrize("credential", FORGED)
def test_forged_passkey_is_refused_wherever_one_is_taken(editor, credential):
    _secret, codes = with_app(editor)
    client = Client()
    sign_in(client)
    assert client.post(AUTHENTICATE, {"credential": credential}).status_code == 200
    assert not signed_in(client)
    assert client.post("/account/second-factor/webauthn/login/", {"credential": credential}).status_code == 302
    assert not signed_in(client)
    client.post(AUTHENTICATE, {"code": codes[0]})
    Authenticator.objects.create(user=editor, type="webauthn", data={"name": "Key", "credential": {}})
    client.force_login(User.objects.get(pk=editor.pk))
    address = "/account/second-factor/reauthenticate/"
    assert client.post("/account/second-factor/webauthn/reauthenticate/", {"credential": credential}).status_code == 302
    confirm_by_code(client, codes[1])
    Authenticator.objects.filter(type="webauthn").delete()
    client.force_login(User.objects.get(pk=editor.pk))
    assert client.get(address).status_code == 200
    confirm_by_code(client, codes[2])
    fields = {"name": "Key", "credential": credential}
    assert client.post("/account/second-factor/webauthn/add/", fields).status_code == 200
    assert not Authenticator.objects.filter(type="webauthn").exists()


def test_next_goes_through_the_second_factor(client, editor):
    secret, _codes = with_app(editor)
    sign_in(client, next="/admin/events/event/")
    assert client.post(AUTHENTICATE, {"code": code_of(secret)})["Location"] == "/admin/events/event/"


def test_where_it_is_not_required_a_password_opens_the_desk(client, editor):
    sign_in(client)
    assert client.get("/admin/").status_code == 200


@pytest.mark.usefixtures("_required")
@pytest.mark.parametrize("address", ["/admin/", "/admin/events/event/add/", "/admin/jsi18n/", "/admin/autocomplete/"])
def test_where_it_is_required_staff_without_one_are_led_to_set_one_up(client, editor, address):
    sign_in(client)
    response = client.get(address, follow=True)
    assert response.redirect_chain[-1][0].partition("?")[0] == "/account/second-factor/"
    page = response.content.decode()
    assert "The admin of this site requires two-factor authentication." in page
    assert "/account/second-factor/totp/activate/" in page


@pytest.mark.usefixtures("_required")
def test_app_is_set_up_and_opens_the_desk(client, editor):
    sign_in(client)
    confirm(client)
    page = client.get("/account/second-factor/totp/activate/").content.decode()
    secret = re.search(r'<code class="account__secret">(\w+)</code>', page)[1]
    wrong = f"{(int(code_of(secret)) + 1) % 1_000_000:06}"
    assert client.post("/account/second-factor/totp/activate/", {"code": wrong}).status_code == 200
    assert client.get("/admin/").status_code == 302
    response = client.post("/account/second-factor/totp/activate/", {"code": code_of(secret)}, follow=True)
    assert response.redirect_chain[-1][0] == "/account/second-factor/recovery-codes/"
    assert len(re.findall(r"<li><code>\d+</code></li>", response.content.decode())) == 10
    assert client.get("/admin/").status_code == 200


@pytest.mark.usefixtures("_required")
def test_recovery_codes_alone_are_no_second_factor(client, editor):
    RecoveryCodes.activate(editor)
    client.force_login(editor)
    assert client.get("/admin/").status_code == 302


@pytest.mark.usefixtures("_required")
def test_page_of_the_admin_asks_no_table_for_the_second_factor(client, editor):
    secret, _codes = with_app(editor)
    sign_in(client)
    client.post(AUTHENTICATE, {"code": code_of(secret)})
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/admin/").status_code == 200
    asked = [query["sql"] for query in queries if "mfa_authenticator" in query["sql"] or "accounts_acc" in query["sql"]]
    assert len(asked) == 1  # The account, read with its user.


def reset_address(user):
    return f"/admin/auth/user/{user.pk}/reset-second-factor/"


def test_manager_resets_a_colleague_s_second_factor_and_it_is_logged(client, admin_client, admin_user, editor):
    secret, _codes = with_app(editor)
    sign_in(client)
    client.post(AUTHENTICATE, {"code": code_of(secret)})
    assert reset_address(editor) in admin_client.get(f"/admin/auth/user/{editor.pk}/change/").content.decode()
    confirm(admin_client, "password")
    assert "Reset two-factor authentication" in admin_client.get(reset_address(editor)).content.decode()
    assert Authenticator.objects.filter(user=editor).count() == 2
    admin_client.post(reset_address(editor))
    assert not Authenticator.objects.filter(user=editor).exists()
    assert not UserSession.objects.filter(user=editor).exists()
    assert client.get("/admin/").status_code == 302
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (admin_user, str(editor.pk))
    assert entry.get_change_message() == "Two-factor authentication reset, and logged out everywhere."


@pytest.mark.parametrize("method", ["get", "post"])
def test_reset_by_who_may_not_change_users_is_refused(client, editor, admin_user, method):
    with_app(admin_user)
    client.force_login(editor)
    assert getattr(client, method)(reset_address(admin_user)).status_code == 403
    assert Authenticator.objects.filter(user=admin_user).count() == 2
    assert not LogEntry.objects.exists()


def test_own_second_factor_is_not_reset_as_that_of_a_colleague(admin_client, admin_user):
    with_app(admin_user)
    admin_client.force_login(User.objects.get(pk=admin_user.pk))
    assert (
        reset_address(admin_user) not in admin_client.get(f"/admin/auth/user/{admin_user.pk}/change/").content.decode()
    )
    assert admin_client.post(reset_address(admin_user)).status_code == 403
    assert Authenticator.objects.filter(user=admin_user).count() == 2


def test_reset_of_nobody_leads_back(admin_client):
    assert admin_client.post("/admin/auth/user/999/reset-second-factor/")["Location"] == "/admin/"


@pytest.mark.parametrize("model", ["mfa/authenticator", "usersessions/usersession", "account/emailaddress"])
def test_secrets_have_no_page_in_the_admin(admin_client, model):
    assert admin_client.get(f"/admin/{model}/").status_code == 404


@pytest.mark.parametrize(
    "address", ["totp/deactivate/", "recovery-codes/", "recovery-codes/generate/", "webauthn/add/"]
)
def test_change_of_a_second_factor_asks_for_the_factor_again(client, editor, address):
    secret, _codes = with_app(editor)
    sign_in(client)
    client.post(AUTHENTICATE, {"code": code_of(secret)})
    response = client.get(f"/account/second-factor/{address}")
    assert response.status_code == 302
    assert response["Location"].startswith("/account/second-factor/reauthenticate/")


PAGES = [
    "password/",
    "sign-out/",
    "sessions/",
    "second-factor/",
    "second-factor/totp/deactivate/",
    "second-factor/recovery-codes/",
    "second-factor/recovery-codes/generate/",
    "second-factor/webauthn/",
    "second-factor/webauthn/add/",
    "second-factor/reauthenticate/",
]


@pytest.mark.parametrize("address", PAGES)
def test_page_has_our_look_and_no_script_of_its_own(client, editor, address):
    secret, codes = with_app(editor)
    sign_in(client)
    client.post(AUTHENTICATE, {"code": code_of(secret)})
    confirm_by_code(client, codes[0])
    response = client.get(f"/account/{address}")
    page = response.content.decode()
    assert response.status_code == 200
    assert len(re.findall("<h1>", page)) == 1
    assert "admin/sign_in.css" in page
    assert "admin/css/base.css" in page
    assert re.findall(r"<script(?![^>]* src=)(?![^>]*application/json)", page) == []
    assert " style=" not in page


def test_public_page_costs_the_same_signed_in_or_not(client, event, editor):
    sign_in(client)
    client.get("/events/land-sea-forum/")
    asked = []
    for reader in (client, Client()):
        with CaptureQueriesContext(connection) as queries:
            response = reader.get("/events/land-sea-forum/")
        asked.append([re.sub(r"\d+", "", query["sql"]) for query in queries])
        assert (response.cookies.output(), response["Vary"]) == ("", "Accept-Encoding")
    assert asked[0] == asked[1]
