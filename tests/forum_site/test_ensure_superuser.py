import re

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_account_in_the_environment(monkeypatch):
    monkeypatch.delenv("DJANGO_SUPERUSER_USERNAME", raising=False)
    monkeypatch.delenv("DJANGO_SUPERUSER_PASSWORD", raising=False)


def test_first_account_is_made_and_its_password_told_once(capsys):
    call_command("ensure_superuser")
    password = re.search(r"Password, shown only now: (\S+)", capsys.readouterr().out)[1]
    account = User.objects.get()
    assert (account.username, account.is_superuser, account.check_password(password)) == ("admin", True, True)
    call_command("ensure_superuser")
    assert capsys.readouterr().out == ""
    assert User.objects.count() == 1


def test_password_of_the_environment_is_not_told(capsys, monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_USERNAME", "chief")
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "a long password")
    call_command("ensure_superuser")
    assert User.objects.get(username="chief").check_password("a long password")
    assert "a long password" not in capsys.readouterr().out


def test_account_that_may_not_enter_is_left_and_named(capsys):
    User.objects.create_user("admin", is_staff=True, is_active=False)
    call_command("ensure_superuser")
    assert "Nobody may enter the admin: admin is there" in capsys.readouterr().out
    assert User.objects.count() == 1
