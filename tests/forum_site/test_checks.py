"""Each of our system checks, seen to fire; and a good configuration, of which none has anything to say."""

import os
import subprocess
import sys
from copy import deepcopy

import pytest
from django.core.checks import WARNING
from django.core.files.storage import default_storage
from django.http import HttpResponse
from django.urls import path

from forum_site.ops.checks import http
from forum_site.ops.checks import settings as settings_checks
from tests.test_pins import ROOT

pytestmark = pytest.mark.one_database

urlpatterns = [path("media/<path:path>", lambda request, path: HttpResponse("anything"))]


def ids(check):
    return [problem.id for problem in check(None)]


def deploy_ids():
    of_settings = [
        *(settings_checks.debug_is_off, settings_checks.secret_key_is_private),
        *(settings_checks.own_host_is_allowed, settings_checks.https_matches_proxy),
    ]
    return [problem.id for check in of_settings for problem in check(None) if problem.level >= WARNING]


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
    assert [*ids(settings_checks.settings_are_safe), *deploy_ids()] == []
    return settings


@pytest.mark.parametrize("source", ["'unsafe-inline'", "'unsafe-eval'", "data:", "https:", "*"])
def test_scripts_from_elsewhere(policy, source):
    assert ids(http.policies_are_strict) == []
    policy["DIRECTIVES"]["script-src"].append(source)
    assert ids(http.policies_are_strict) == ["forum_site.E002"]


def test_no_policy_for_scripts_at_all(policy):
    del policy["DIRECTIVES"]["script-src"]
    assert ids(http.policies_are_strict) == []  # Then none is admitted.
    del policy["DIRECTIVES"]["default-src"]
    assert ids(http.policies_are_strict) == ["forum_site.E002"]


def test_addresses_left_out_of_the_policy(policy):
    policy["EXCLUDE_URL_PREFIXES"] = ["/admin/"]
    assert ids(http.policies_are_strict) == ["forum_site.E002"]


@pytest.mark.parametrize("directive", ["frame-ancestors", "form-action", "base-uri", "object-src"])
def test_what_scripts_are_not_needed_for(policy, directive):
    policy["DIRECTIVES"][directive] = ["https://forum.example"]
    assert ids(http.policies_are_strict) == ["forum_site.E003"]


def test_policies_behind_what_answers_by_itself(settings):
    first, *names, last = settings.MIDDLEWARE
    settings.MIDDLEWARE = [name for name in (first, *names) if "csp" not in name] + [
        "csp.middleware.CSPMiddleware",
        last,
    ]
    assert ids(http.policies_are_strict) == ["forum_site.E004"]
    settings.MIDDLEWARE = [first, last]
    assert ids(http.policies_are_strict) == ["forum_site.E004"]


def test_media_without_a_sandbox(settings, monkeypatch):
    monkeypatch.setattr(default_storage, "answer", None)  # A bucket that hangs keeps no command waiting.
    assert ids(http.media_can_do_nothing) == []
    settings.ROOT_URLCONF = "tests.forum_site.test_checks"
    assert ids(http.media_can_do_nothing) == ["forum_site.E005"]
    settings.MEDIA_URL = "https://pictures.example/"  # Another origin: what is there can do nothing here.
    assert ids(http.media_can_do_nothing) == []


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
    assert ids(http.cookies_are_kept_from_others) == []
    setattr(settings, name, value)
    assert ids(http.cookies_are_kept_from_others) == ["forum_site.E006"]


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
    assert ids(settings_checks.settings_are_safe) == ["forum_site.E007"]


def test_what_clients_say_of_themselves(public):
    assert ids(settings_checks.forwarded_headers_are_trusted_as_set) == []
    public.BEHIND_PROXY = False
    assert ids(settings_checks.forwarded_headers_are_trusted_as_set) == ["forum_site.E008"]
    public.BEHIND_PROXY = public.USE_X_FORWARDED_HOST = True
    assert ids(settings_checks.forwarded_headers_are_trusted_as_set) == ["forum_site.E008"]


def test_warnings_of_a_deployment(public, tmp_path, monkeypatch):
    monkeypatch.delenv("SECRET_KEY", raising=False)
    public.VAR_DIR = tmp_path
    (tmp_path / "secret_key").write_text("a key")
    (tmp_path / "secret_key").chmod(0o644)
    public.DEBUG, public.BEHIND_PROXY, public.ALLOWED_HOSTS = True, False, ["other.example"]
    assert deploy_ids() == [f"forum_site.W00{number}" for number in range(1, 5)]


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
