"""Each of our system checks, seen to fire; and a good configuration, of which none has anything to say."""

import os
import subprocess
import sys
from copy import deepcopy

import pytest
from django.core.files.storage import default_storage
from django.http import HttpResponse
from django.urls import path

from forum_site.ops import checks
from tests.test_pins import ROOT

pytestmark = pytest.mark.one_database

urlpatterns = [path("media/<path:path>", lambda request, path: HttpResponse("anything"))]


def ids(check):
    return [problem.id for problem in check(None)]


@pytest.fixture
def policy(settings):
    settings.CONTENT_SECURITY_POLICY = deepcopy(settings.CONTENT_SECURITY_POLICY)
    return settings.CONTENT_SECURITY_POLICY


@pytest.fixture
def public(settings):
    """The settings of a site that others reach."""
    settings.SITE_URL, settings.SITE_HOST = "https://forum.example", "forum.example"
    settings.ALLOWED_HOSTS = ["forum.example"]
    settings.SECRET_KEY = "0123456789abcdef" * 4
    settings.IS_LOCAL, settings.HTTPS, settings.BEHIND_PROXY = False, True, True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert ids(checks.settings_are_safe) == ids(checks.doctor_finds_nothing) == []
    return settings


@pytest.mark.parametrize("source", ["'unsafe-inline'", "'unsafe-eval'", "data:", "https:", "*"])
def test_scripts_from_elsewhere(policy, source):
    assert ids(checks.policies_are_strict) == []
    policy["DIRECTIVES"]["script-src"].append(source)
    assert ids(checks.policies_are_strict) == ["forum_site.E002"]


def test_no_policy_for_scripts_at_all(policy):
    del policy["DIRECTIVES"]["script-src"]
    assert ids(checks.policies_are_strict) == []  # Then none is admitted.
    del policy["DIRECTIVES"]["default-src"]
    assert ids(checks.policies_are_strict) == ["forum_site.E002"]


def test_addresses_left_out_of_the_policy(policy):
    policy["EXCLUDE_URL_PREFIXES"] = ["/admin/"]
    assert ids(checks.policies_are_strict) == ["forum_site.E002"]


@pytest.mark.parametrize("directive", ["frame-ancestors", "form-action", "base-uri", "object-src"])
def test_what_scripts_are_not_needed_for(policy, directive):
    policy["DIRECTIVES"][directive] = ["https://forum.example"]
    assert ids(checks.policies_are_strict) == ["forum_site.E003"]


def test_policies_behind_what_answers_by_itself(settings):
    first, *names, last = settings.MIDDLEWARE
    settings.MIDDLEWARE = [name for name in (first, *names) if "csp" not in name] + [
        "csp.middleware.CSPMiddleware",
        last,
    ]
    assert ids(checks.policies_are_strict) == ["forum_site.E004"]
    settings.MIDDLEWARE = [first, last]
    assert ids(checks.policies_are_strict) == ["forum_site.E004"]


def test_media_without_a_sandbox(settings, monkeypatch):
    monkeypatch.setattr(default_storage, "answer", None)  # A bucket that hangs keeps no command waiting.
    assert ids(checks.media_can_do_nothing) == []
    settings.ROOT_URLCONF = "tests.forum_site.test_checks"
    assert ids(checks.media_can_do_nothing) == ["forum_site.E005"]
    settings.MEDIA_URL = "https://pictures.example/"  # Another origin: what is there can do nothing here.
    assert ids(checks.media_can_do_nothing) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SESSION_COOKIE_HTTPONLY", False),
        ("CSRF_COOKIE_HTTPONLY", False),
        ("SESSION_COOKIE_SAMESITE", "None"),
        ("CSRF_COOKIE_SAMESITE", None),
    ],
)
def test_cookies(settings, name, value):
    assert ids(checks.cookies_are_kept_from_others) == []
    setattr(settings, name, value)
    assert ids(checks.cookies_are_kept_from_others) == ["forum_site.E006"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", True),
        ("ALLOWED_HOSTS", ["*"]),
        ("SITE_URL", "http://forum.example"),
        ("SECRET_KEY", "django-insecure-" + "0123456789abcdef" * 4),
        ("SECRET_KEY", "short"),
    ],
)
def test_settings_that_the_environment_would_be_refused(public, name, value):
    setattr(public, name, value)
    assert ids(checks.settings_are_safe) == ["forum_site.E007"]


def test_what_clients_say_of_themselves(public):
    assert ids(checks.proxies_are_believed_as_told) == []
    public.BEHIND_PROXY = False
    assert ids(checks.proxies_are_believed_as_told) == ["forum_site.E008"]
    public.BEHIND_PROXY = public.USE_X_FORWARDED_HOST = True
    assert ids(checks.proxies_are_believed_as_told) == ["forum_site.E008"]


def test_what_the_doctor_would_find(public, tmp_path, monkeypatch):
    monkeypatch.delenv("SECRET_KEY", raising=False)
    public.VAR_DIR = tmp_path
    (tmp_path / "secret_key").write_text("a key")
    (tmp_path / "secret_key").chmod(0o644)
    public.DEBUG, public.BEHIND_PROXY, public.ALLOWED_HOSTS = True, False, ["other.example"]
    assert ids(checks.doctor_finds_nothing) == [f"forum_site.W00{number}" for number in range(1, 5)]


def deploy(tmp_path, **environment):
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        env={"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


def test_good_configuration_is_told_nothing(tmp_path):
    good = {"SITE_URL": "https://forum.example", "BEHIND_PROXY": "true"}
    run = deploy(tmp_path, **good)
    assert (run.returncode, run.stderr) == (0, ""), run.stderr
