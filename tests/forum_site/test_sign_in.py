"""The door: by password, for known and unknown names alike, within limits, and only to where it may lead."""

import os
import re
import subprocess
import sys
from importlib import reload

import pytest
from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.models import User
from django.core import mail
from django.core.cache import cache
from django.core.cache.backends.db import DatabaseCache
from django.test import Client, RequestFactory
from django.urls import clear_url_caches, reverse

from forum_site import urls
from forum_site.accounts import urls as sign_in_urls

SIGN_IN = "/account/sign-in/"
PASSWORD = "a long password"

pytestmark = pytest.mark.django_db


def sign_in(client, name="editor", password=PASSWORD, **fields):
    return client.post(SIGN_IN, {"login": name, "password": password, **fields})


def signed_in(client):
    return "_auth_user_id" in client.session


def test_door_of_the_admin_is_the_page_of_signing_in(client, editor):
    response = client.get("/admin/events/event/?kind=forum", follow=True)
    assert response.redirect_chain[-1][0] == f"{SIGN_IN}?next=/admin/events/event/%3Fkind%3Dforum"
    response = sign_in(client, next="/admin/events/event/?kind=forum")
    assert (response.status_code, response["Location"]) == (302, "/admin/events/event/?kind=forum")
    assert client.get(response["Location"]).status_code == 200


def test_password_of_django_s_own_form_opens_nothing(client, editor):
    response = client.post("/admin/login/", {"username": "editor", "password": PASSWORD})
    assert response["Location"] == f"{SIGN_IN}?next=/admin/"
    assert not signed_in(client)


def test_wrong_password_opens_nothing(client, editor):
    response = sign_in(client, password="a wrong password")
    assert response.status_code == 200
    assert response.context["form"].errors["__all__"] == ["The username and/or password you specified are not correct."]
    assert not signed_in(client)


@pytest.mark.parametrize(
    "foreign",
    [
        "https://foreign.example/",
        "//foreign.example",
        "https:foreign.example",
        "\\\\foreign.example",
        "javascript:a",
        "http://[",
        "//\u2100.example",
    ],
)
def test_next_leads_only_to_ourselves(client, editor, foreign):
    assert sign_in(client, next=foreign)["Location"] == "/admin/"
    assert client.get("/admin/login/", {"next": foreign})["Location"] == "/admin/"
    client.logout()
    assert client.get("/admin/login/", {"next": foreign})["Location"] == f"{SIGN_IN}?next=/admin/"


def without_token(response):
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode())


def test_known_and_unknown_names_are_answered_alike(editor):
    User.objects.create_user("asleep", password=PASSWORD, is_active=False)
    known, unknown, inactive = (
        sign_in(Client(), name=name, password="a wrong password") for name in ("editor", "nobody", "asleep")
    )
    pages = {
        without_token(each).replace(name, "")
        for each, name in ((known, "editor"), (unknown, "nobody"), (inactive, "asleep"))
    }
    assert {known.status_code, unknown.status_code, inactive.status_code} == {200}
    assert len(pages) == 1


@pytest.mark.parametrize("name", ["editor", "nobody", "nobody@forum.example"])
def test_every_name_costs_one_hash(editor, monkeypatch, name):
    """What takes time is the hash of the password: a name without one would be told by its haste."""
    hashed = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *args: hashed.append(1) or encode(*args))
    sign_in(Client(), name=name, password="a wrong password")
    assert len(hashed) == 1


@pytest.mark.parametrize("name", ["editor", "nobody"])
def test_sixth_wrong_password_is_one_too_many(client, editor, name):
    statuses = [sign_in(client, name=name, password=f"wrong password {n}").status_code for n in range(6)]
    assert statuses == [200] * 5 + [429]
    assert sign_in(client, name=name, password=PASSWORD).status_code == 429
    assert not signed_in(client)


def test_names_of_one_address_are_limited_together(client):
    statuses = [sign_in(client, name=f"name{n}", password="wrong").status_code for n in range(11)]
    assert statuses == [200] * 10 + [429]


def test_limit_says_what_it_is(client):
    for _attempt in range(6):
        response = sign_in(client, password="wrong")
    assert "Too many failed login attempts. Try again later." in response.content.decode()


def test_many_sign_ins_of_one_address_are_refused(client, editor):
    for _attempt in range(30):
        assert sign_in(client).status_code == 302
        client.logout()
    response = sign_in(client)
    assert (response.status_code, "<h1>Too many attempts</h1>" in response.content.decode()) == (429, True)


ATTEMPTS = """
import django; django.setup()
from concurrent.futures import ThreadPoolExecutor
from django.db import connection
from django.test import Client
def attempt(number):
    client, form = Client(headers={"Host": "localhost"}), {"login": "nobody", "password": "wrong"}
    try:
        return client.post("/account/sign-in/", form).status_code
    finally:
        connection.close()
with ThreadPoolExecutor(4) as threads:
    print(*threads.map(attempt, range(8)))
"""


def test_attempts_are_counted_across_processes_exactly(tmp_path):
    """Two processes at once, eight attempts each, on a site of their own: five are heard, and eleven refused."""
    environment = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "tests.settings"}
    subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], env=environment, check=True)
    runs = [
        subprocess.Popen([sys.executable, "-c", ATTEMPTS], env=environment, stdout=subprocess.PIPE, text=True)
        for _process in range(2)
    ]
    statuses = [status for run in runs for status in run.communicate()[0].split()]
    assert sorted(statuses) == ["200"] * 5 + ["429"] * 11


def test_attempts_are_kept_in_the_database():
    assert isinstance(cache._connections[cache._alias], DatabaseCache)


@pytest.mark.parametrize(("told", "address"), [("203.0.113.9", "203.0.113.9"), ("", "::"), ("unix:", "::")])
def test_there_is_always_an_address_to_count_by(told, address):
    assert get_adapter().get_client_ip(RequestFactory().get("/", REMOTE_ADDR=told)) == address


@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_signs_up(client, method):
    fields = {"username": "new", "password1": "a long new password", "password2": "a long new password"}
    response = getattr(client, method)("/account/sign-up/", fields)
    assert (response.status_code, User.objects.count()) == (404, 0)
    assert "Accounts are made by a manager of this site." in response.content.decode()


def test_account_without_staff_status_is_told_so(client):
    User.objects.create_user("reader", password=PASSWORD)
    assert sign_in(client, name="reader")["Location"] == "/admin/"
    response = client.get("/admin/", follow=True)
    assert response.status_code == 403
    assert "this account has no access to the admin" in response.content.decode()


@pytest.mark.parametrize(
    ("password", "error"),
    [
        ("eleven char", "This password is too short. It must contain at least 12 characters."),
        ("qwerty123456", "This password is too common."),
        ("editoreditor", None),
        ("829104756301", "This password is entirely numeric."),
        ("a new long password", None),
    ],
)
def test_rules_of_passwords(client, editor, password, error):
    sign_in(client)
    fields = {"oldpassword": PASSWORD, "password1": password, "password2": password}
    response = client.post("/account/password/", fields)
    if error:
        assert error in response.context["form"].errors["password1"]
    editor.refresh_from_db()
    assert editor.check_password(PASSWORD if error else password)


def test_admin_s_own_change_of_password_leads_here(client, editor):
    sign_in(client)
    assert client.get("/admin/password_change/")["Location"] == "/account/password/"


def test_sign_out_everywhere_ends_the_other_session_and_not_this_one(editor):
    here, elsewhere = Client(), Client()
    sign_in(here)
    sign_in(elsewhere)
    assert elsewhere.get("/admin/").status_code == 200
    assert here.get("/account/sessions/").content.decode().count("<strong>(here)</strong>") == 1
    assert here.post("/account/sessions/")["Location"] == "/account/confirm/?next=%2Faccount%2Fsessions%2F"
    assert elsewhere.get("/admin/").status_code == 200
    here.post("/account/confirm/", {"password": PASSWORD, "next": "/account/sessions/"})
    assert elsewhere.get("/admin/").status_code == 302
    assert here.get("/admin/").status_code == 200
    assert UserSession.objects.count() == 1


def test_sessions_of_others_are_not_shown(client, editor, admin_user):
    other = Client()
    other.post(SIGN_IN, {"login": "admin", "password": "password"}, headers={"User-Agent": "Browser of the manager"})
    sign_in(client)
    assert "Browser of the manager" not in client.get("/account/sessions/").content.decode()
    client.post("/account/sessions/")
    assert other.get("/admin/").status_code == 200


def test_without_mail_a_lost_password_is_a_matter_for_managers(client):
    assert client.get("/account/lost-password/").status_code == 404
    assert "A manager of this site gives you a new one." in client.get(SIGN_IN).content.decode()


def read_addresses_anew():
    for module in (sign_in_urls, urls):
        reload(module)
    clear_url_caches()


@pytest.fixture
def _mail(settings):
    """The addresses of a site with mail."""
    settings.MAIL = {"EMAIL_HOST": "mail.example"}
    settings.DEFAULT_FROM_EMAIL = "desk@forum.example"
    read_addresses_anew()
    yield
    settings.MAIL = {}
    read_addresses_anew()


@pytest.mark.usefixtures("_mail")
def test_password_is_reset_by_mail(client, editor):
    editor.email = "editor@forum.example"
    editor.save()
    assert "A manager of this site" not in client.get(SIGN_IN).content.decode()
    client.post("/account/lost-password/", {"email": "editor@forum.example"})
    (message,) = mail.outbox
    assert (message.to, message.from_email) == (["editor@forum.example"], "desk@forum.example")
    page = client.get(re.search(r"http://testserver(\S+)", message.body)[1], follow=True)
    action = page.context["action_url"]
    client.post(action, {"password1": "a new long password", "password2": "a new long password"})
    assert not signed_in(client)
    assert sign_in(client, password="a new long password").status_code == 302


@pytest.mark.usefixtures("_mail")
def test_lost_password_is_answered_alike_for_known_and_unknown_addresses(editor):
    editor.email = "editor@forum.example"
    editor.save()
    answers = []
    for address in ("editor@forum.example", "nobody@forum.example"):
        response = Client().post("/account/lost-password/", {"email": address}, follow=True)
        answers.append((response.redirect_chain, without_token(response)))
    assert answers[0] == answers[1]
    assert [message.to for message in mail.outbox] == [["editor@forum.example"], ["nobody@forum.example"]]
    assert "sign-up" not in mail.outbox[1].body


def test_pages_of_signing_in_are_kept_from_frames_robots_and_caches(client, editor):
    response = client.get(SIGN_IN)
    assert "no-store" in response["Cache-Control"]
    assert "frame-ancestors 'none'" in response["Content-Security-Policy"]
    assert '<meta name="robots" content="NONE,NOARCHIVE">' in response.content.decode()
    assert "Disallow: /account/" in client.get("/robots.txt").content.decode()
    assert reverse("account_login") == SIGN_IN
