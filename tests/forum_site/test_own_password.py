"""One's own password, e-mail address and factor: changed with the old password or a confirmation, by any address."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, User
from django.core import mail
from django.test import Client

from rehearsals.attack.addresses import all_addresses
from tests.factories import make_full_event
from tests.forms import fields_of
from tests.forum_site.test_second_factor import code_of, confirm, confirm_by_code, with_app
from tests.forum_site.test_sessions import is_open, signed_in_client
from tests.forum_site.test_sign_in import PASSWORD, _mail, sign_in, without_token  # noqa: F401 - a fixture

pytestmark = [pytest.mark.one_database, pytest.mark.django_db]

NEW = "wholly new words"
PASSWORDS = {"password": NEW, "password1": NEW, "password2": NEW, "new_password1": NEW, "new_password2": NEW}
FORGED = PASSWORDS | {
    "usable_password": "true",
    "set-password": "1",
    "email": "thief@example.org",
    "oldpassword": "a guess",
    "action": "reset",
}


def own_pages(user):
    """Return every address under /admin/ and /account/, those about an account with the key of this one."""
    addresses = {re.sub(r"^(/admin/auth/user/)\d+/", rf"\g<1>{user.pk}/", address) for address in all_addresses()}
    spellings = {f"/admin/auth/user/{key}/password/" for key in (f"0{user.pk}", f"+{user.pk}", f"%20{user.pk}")}
    return sorted(address for address in addresses | spellings if address.startswith(("/admin/", "/account/")))


@pytest.mark.usefixtures("_mail")
@pytest.mark.parametrize("name", ["admin", "manager"])
def test_no_address_sets_one_s_own_password_or_address_by_the_session_alone(request, name, settings):
    settings.ACCOUNT_RATE_LIMITS = False
    make_full_event(1)
    user = request.getfixturevalue("admin_user" if name == "admin" else name)
    user.email = "owner@example.org"
    user.set_password(PASSWORD)
    user.save()
    with_app(user)
    addresses = own_pages(user)
    assert f"/admin/auth/user/{user.pk}/password/" in addresses
    assert "/account/password/first/" in addresses
    assert len(addresses) > 100
    hash_before, factors = user.password, set(Authenticator.objects.filter(user=user).values_list("pk", flat=True))
    session = Client()
    session.force_login(User.objects.get(pk=user.pk))
    for address in addresses:
        for change in (False, True):
            fields = dict(FORGED)
            if change and address == f"/admin/auth/user/{user.pk}/change/":
                fields = fields_of(session.get(address)) | FORGED
            if "sign-out" in address or "logout" in address:
                continue
            session.post(address, fields)
            user.refresh_from_db()
            assert (address, user.password) == (address, hash_before)
            assert (address, user.email) == (address, "owner@example.org")
            assert {*Authenticator.objects.filter(user=user).values_list("pk", flat=True)} == factors
    assert "_auth_user_id" in session.session


@pytest.mark.parametrize("method", ["get", "post"])
def test_own_page_of_a_new_password_leads_to_the_one_that_asks_for_the_old(manager, method):
    office = signed_in_client("manager")
    confirm(office)
    response = getattr(office, method)(f"/admin/auth/user/{manager.pk}/password/", FORGED)
    assert response["Location"] == "/account/password/"
    manager.refresh_from_db()
    assert manager.check_password(PASSWORD)


def test_password_of_a_colleague_asks_for_a_confirmation_and_keeps_none_in_the_session(manager, editor):
    office, address = signed_in_client("manager"), f"/admin/auth/user/{editor.pk}/password/"
    fields = {"password1": NEW, "password2": NEW, "usable_password": "true", "set-password": "1"}
    for response in (office.get(address), office.post(address, fields)):
        assert response["Location"] == f"/account/confirm/?next={address.replace('/', '%2F')}"
    assert NEW not in str(dict(office.session))
    confirm(office)
    assert office.get(address).status_code == 200
    office.post(address, fields)
    editor.refresh_from_db()
    assert editor.check_password(NEW)


def test_new_colleague_asks_for_a_confirmation_and_keeps_what_was_typed_but_the_password(manager):
    office = signed_in_client("manager")
    group = Group.objects.get(name="Managers")
    fields = {"username": "aigerim", "email": "a@example.org", "usable_password": "true", "groups": [group.pk]}
    response = office.post("/admin/auth/user/add/", fields | {"password1": NEW, "password2": NEW})
    assert not User.objects.filter(username="aigerim").exists()
    assert NEW not in str(dict(office.session))
    response = office.post(response["Location"], {"password": PASSWORD}, follow=True)
    page = fields_of(response)
    assert response.request["PATH_INFO"] == "/admin/auth/user/add/"
    assert (page["username"], page["email"], page["groups"]) == ("aigerim", "a@example.org", str(group.pk))
    assert "is_staff" not in page
    office.post("/admin/auth/user/add/", page | {"password1": NEW, "password2": NEW})
    assert User.objects.get(username="aigerim").groups.get() == group


@pytest.mark.parametrize("whose", ["own", "colleague"])
def test_new_address_for_mail_asks_for_a_confirmation_and_is_stored_after_it(manager, editor, whose):
    office = signed_in_client("manager")
    user = manager if whose == "own" else editor
    page = f"/admin/auth/user/{user.pk}/change/"
    response = office.post(page, fields_of(office.get(page)) | {"email": "new@example.org", "first_name": "New"})
    assert response["Location"] == f"/account/confirm/?next={page.replace('/', '%2F')}"
    user.refresh_from_db()
    assert (user.email, user.first_name) == ("", "")
    assert office.post(response["Location"], {"password": PASSWORD})["Location"] == "/admin/auth/user/"
    user.refresh_from_db()
    assert (user.email, user.first_name) == ("new@example.org", "New")


def test_other_changes_of_an_account_ask_for_nothing(manager, editor):
    office, page = signed_in_client("manager"), f"/admin/auth/user/{editor.pk}/change/"
    office.post(page, fields_of(office.get(page)) | {"first_name": "New"})
    editor.refresh_from_db()
    assert editor.first_name == "New"


def test_account_without_a_password_confirms_before_it_sets_one(editor):
    _secret, codes = with_app(editor)
    editor.set_unusable_password()
    editor.save()
    client = Client()
    client.force_login(User.objects.get(pk=editor.pk))
    response = client.post("/account/password/first/", {"password1": NEW, "password2": NEW})
    assert response["Location"].startswith("/account/second-factor/reauthenticate/")
    editor.refresh_from_db()
    assert not editor.has_usable_password()
    confirm_by_code(client, codes[0])
    client.post("/account/password/first/", {"password1": NEW, "password2": NEW})
    editor.refresh_from_db()
    assert editor.check_password(NEW)


def change_own_password(client, old, new, **fields):
    return client.post("/account/password/", {"oldpassword": old, "password1": new, "password2": new, **fields})


@pytest.fixture
def colleague(manager):
    """Added by a manager, with a password that the manager thought of."""
    office = signed_in_client("manager")
    confirm(office)
    fields = {"username": "aigerim", "usable_password": "true", "password1": NEW, "password2": NEW, "is_staff": "on"}
    office.post("/admin/auth/user/add/", fields | {"groups": [Group.objects.get(name="Editors").pk]})
    return User.objects.get(username="aigerim")


def test_password_of_a_manager_is_for_one_use(colleague):
    client = signed_in_client("aigerim", NEW)
    for address in ("/admin/", "/admin/events/event/", "/admin/jsi18n/"):
        response = client.get(address, follow=True)
        assert response.redirect_chain[-1][0].startswith("/account/password/?next=")
    assert "Someone else set your password. Choose your own to continue." in response.content.decode()
    response = change_own_password(client, NEW, NEW)
    assert response.context["form"].errors["password1"] == ["This is your current password. Choose another one."]
    assert not is_open(client)
    response = change_own_password(client, NEW, "words of my own", next="/admin/events/event/")
    assert response["Location"] == "/admin/events/event/"
    assert is_open(client)
    assert is_open(signed_in_client("aigerim", "words of my own"))


def test_password_that_a_manager_sets_later_is_for_one_use_too(manager, editor):
    office = signed_in_client("manager")
    confirm(office)
    fields = {"password1": NEW, "password2": NEW, "usable_password": "true", "set-password": "1"}
    office.post(f"/admin/auth/user/{editor.pk}/password/", fields)
    assert not is_open(signed_in_client("editor", NEW))


def test_new_password_comes_before_the_second_factor(colleague, settings):
    settings.SECOND_FACTOR_REQUIRED = True
    client = signed_in_client("aigerim", NEW)
    assert client.get("/admin/", follow=True).redirect_chain[-1][0].startswith("/account/password/")
    change_own_password(client, NEW, "words of my own")
    assert client.get("/admin/", follow=True).redirect_chain[-1][0].startswith("/account/second-factor/")
    confirm(client, "words of my own")
    page = client.get("/account/second-factor/totp/activate/").content.decode()
    secret = re.search(r'<code class="account__secret">(\w+)</code>', page)[1]
    client.post("/account/second-factor/totp/activate/", {"code": code_of(secret)})
    assert is_open(client)


@pytest.mark.usefixtures("_mail")
def test_link_for_a_lost_password_sets_the_owner_s_own(colleague):
    colleague.email = "aigerim@example.org"
    colleague.save()
    client = Client()
    client.post("/account/lost-password/", {"email": colleague.email})
    page = client.get(re.search(r"http://testserver(\S+)", mail.outbox[-1].body)[1], follow=True)
    action = page.context["action_url"]
    assert client.post(action, {"password1": NEW, "password2": NEW}).status_code == 200  # The manager knows that one.
    client.post(action, {"password1": "words of my own", "password2": "words of my own"})
    assert is_open(signed_in_client("aigerim", "words of my own"))


def test_account_of_the_console_chooses_no_password_again(db):
    User.objects.create_superuser("chief", password=NEW)
    assert is_open(signed_in_client("chief", NEW))


def test_right_password_of_an_inactive_account_is_answered_as_a_wrong_one(editor):
    User.objects.filter(pk=editor.pk).update(is_active=False)

    answers = [sign_in(Client(), password=password) for password in (PASSWORD, "a wrong password")]
    assert {answer.status_code for answer in answers} == {200}
    assert without_token(answers[0]) == without_token(answers[1])


@pytest.mark.parametrize("password", [PASSWORD, "a wrong password"])
def test_attempts_at_an_inactive_account_are_counted_alike(editor, password):
    User.objects.filter(pk=editor.pk).update(is_active=False)
    client = Client()
    statuses = [sign_in(client, password=password).status_code for _attempt in range(6)]
    assert statuses == [200] * 5 + [429]


@pytest.mark.usefixtures("_mail")
@pytest.mark.parametrize("address", ["editor@example.org", "nobody@victim.example"])
def test_lost_password_mails_one_address_three_times_a_day(editor, address, monkeypatch):
    editor.email = "editor@example.org"
    editor.save()
    statuses = []
    for client in range(5):
        client = Client(REMOTE_ADDR=f"203.0.113.{client}")  # From everywhere.
        for spelling in (address, address.upper()):
            statuses.append(client.post("/account/lost-password/", {"email": spelling}).status_code)
    assert statuses == [302] * 3 + [429] * 7
    assert len(mail.outbox) == 3
