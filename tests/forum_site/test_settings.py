"""Settings are read in a process of their own, with the environment that each test gives them."""

import os
import subprocess
import sys

import pytest

LIVE = {"SITE_URL": "https://forum.example"}


def read_settings(tmp_path, expression="'ok'", **environment):
    """Return what `expression` on the settings is, or the last line of the error."""
    run = subprocess.run(
        [sys.executable, "-c", f"from forum_site import settings; print(({expression}))"],
        env={"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path / "var"), **environment},
        capture_output=True,
        text=True,
    )
    return (run.stdout or run.stderr).strip().splitlines()[-1]


def test_empty_environment_works(tmp_path):
    assert read_settings(tmp_path, "settings.DEBUG, settings.DATABASES['default']['ENGINE']") == (
        "(False, 'django.db.backends.sqlite3')"
    )


def test_sqlite_waits_its_turn(tmp_path):
    options = read_settings(tmp_path, "sorted(settings.DATABASES['default']['OPTIONS'].items())")
    assert "'timeout', 20" in options
    assert "'transaction_mode', 'IMMEDIATE'" in options
    assert "journal_mode=WAL" in options


def test_database_lies_in_the_folder_however_it_is_called(tmp_path):
    folder = tmp_path / "a #1 50%20?"
    path = read_settings(tmp_path, "settings.DATABASES['default']['NAME']", VAR_DIR=str(folder))
    assert path == str(folder / "db.sqlite3")


def test_postgresql_by_its_address(tmp_path):
    found = read_settings(
        tmp_path,
        "[settings.DATABASES['default'][n] for n in ('ENGINE','NAME','HOST','CONN_HEALTH_CHECKS')],"
        "settings.DATABASES['default']['OPTIONS']['options']",
        DATABASE_URL="postgresql://u:p@db.example:5433/forum",
    )
    assert "'django.db.backends.postgresql', 'forum', 'db.example', True" in found
    assert "lock_timeout" in found
    assert "statement_timeout" in found


def test_key_is_made_once_and_kept_from_others(tmp_path):
    first = read_settings(tmp_path, "settings.SECRET_KEY")
    assert read_settings(tmp_path, "settings.SECRET_KEY") == first
    assert len(first) >= 50
    assert (tmp_path / "var" / "secret_key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"DEBUG": "ture"}, "DEBUG must be true or false, not “ture”."),
        ({"DATABSE_URL": "x"}, "DATABSE_URL is not a setting of this site: did you mean DATABASE_URL?"),
        ({"TIME_ZONE": "Asia/Astana"}, "TIME_ZONE must be a name such as Asia/Almaty, not “Asia/Astana”."),
        ({"SITE_URL": "forum.example"}, "SITE_URL must look like https://forum.example, not “forum.example”."),
        ({"DATABASE_URL": "mysql://db/forum"}, "DATABASE_URL must name a postgresql or an sqlite database."),
        ({"DATABASE_URL": "postgresql://db:port/x"}, "DATABASE_URL must look like postgresql://"),
        ({"SITE_URL": "http://forum.example"}, "SITE_URL must begin with https://"),
        ({**LIVE, "DEBUG": "1"}, "DEBUG shows the site's secrets to everybody"),
        ({**LIVE, "ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS must name the hosts of the site"),
        ({**LIVE, "SECRET_KEY": "short"}, "SECRET_KEY must have at least 50 random characters"),
        ({"DATABASE_URI": "postgres://db/x"}, "did you mean DATABASE_URL?"),
        ({"site_url": "https://forum.example"}, "did you mean SITE_URL?"),
        ({"LANGUAGE_CODE": "xx"}, "LANGUAGE_CODE must be a language such as en or kk, not “xx”."),
        ({"SITE_URL": "https://user:secret@forum.example"}, "SITE_URL must look like"),
        ({"SITE_URL": "https://[bad"}, "SITE_URL must look like"),
        ({"SITE_URL": "http://127.0.0.1:port"}, "SITE_URL must look like"),
        ({"EMAIL_URL": "mail.example"}, "EMAIL_URL must look like smtp+tls://user:password@mail.example:587."),
        ({"EMAIL_URL": "smtp+tls://mail:port"}, "EMAIL_URL must look like smtp+tls://"),
        ({"EMAIL_FROM": "desk@forum.example"}, "EMAIL_URL must look like smtp+tls://"),
        ({"EMAIL_URL": "smtp://u:p@mail.example"}, "EMAIL_URL must begin with smtp+tls:// or smtps://"),
        ({"EMAIL_URL": "smtps://mail.example"}, "EMAIL_FROM must be an address such as desk@forum.example, not “”."),
        ({"SECURITY_CONTACT": "security"}, "SECURITY_CONTACT must be an address such as security@forum.example"),
        ({"SECURITY_CONTACT": "http://forum.example/report"}, "SECURITY_CONTACT must be an address"),
        ({"SECURITY_CONTACT": "https://forum.example/ x"}, "SECURITY_CONTACT must be an address"),
        ({"KEEP_AUDIT_DAYS": "0"}, "KEEP_AUDIT_DAYS must be a whole number from 1 to 36500, or all, not “0”."),
        ({"KEEP_BACKUPS": "²"}, "KEEP_BACKUPS must be a whole number from 1"),
        ({"KEEP_LINK_DAYS": "1" * 5000}, "KEEP_LINK_DAYS must be a whole number from 1"),
        ({"KEEP_AUDIT_DAY": "30"}, "did you mean KEEP_AUDIT_DAYS?"),
        ({"VAR_DIR": "/proc/forum"}, "Set SECRET_KEY, or point VAR_DIR to a folder that can be written"),
    ],
)
def test_what_is_unsafe_or_not_understood_is_refused(tmp_path, environment, sentence):
    assert sentence in read_settings(tmp_path, **environment)


def test_how_long_is_kept(tmp_path):
    expression = "settings.KEEP_AUDIT_DAYS, settings.KEEP_BACKUPS"
    assert read_settings(tmp_path, expression) == "(1095, 14)"
    assert read_settings(tmp_path, expression, KEEP_AUDIT_DAYS="all", KEEP_BACKUPS=" 3 ") == "(None, 3)"


def test_live_site_is_served_by_https_alone(tmp_path):
    assert (
        read_settings(
            tmp_path,
            "settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT, settings.SESSION_COOKIE_SECURE, settings.DEBUG",
            **LIVE,
        )
        == "(['localhost', '127.0.0.1', '[::1]', 'forum.example'], True, True, False)"
    )


@pytest.mark.parametrize(
    ("environment", "required"),
    [
        ({}, "False"),
        ({"DEBUG": "true"}, "False"),
        ({"SITE_URL": "http://localhost:8080"}, "False"),
        (LIVE, "True"),
        ({"ALLOWED_HOSTS": "localhost,forum.example", "SITE_URL": "https://localhost"}, "True"),
    ],
)
def test_second_factor_is_required_wherever_others_may_come(tmp_path, environment, required):
    assert read_settings(tmp_path, "settings.SECOND_FACTOR_REQUIRED", **environment) == required


def test_mail_by_its_address(tmp_path):
    names = ("HOST", "PORT", "HOST_USER", "HOST_PASSWORD", "USE_TLS", "USE_SSL")
    expression = f"[getattr(settings, 'EMAIL_' + name) for name in {names}], settings.DEFAULT_FROM_EMAIL"
    mail = {"EMAIL_URL": "smtp+tls://desk:p%40ss@mail.example", "EMAIL_FROM": "desk@forum.example"}
    assert read_settings(tmp_path, expression, **mail) == (
        "(['mail.example', 587, 'desk', 'p@ss', True, False], 'desk@forum.example')"
    )


@pytest.mark.parametrize(
    ("contact", "link"),
    [
        ("security@forum.example", "mailto:security@forum.example"),
        ("mailto:security@forum.example", "mailto:security@forum.example"),
        ("https://forum.example/report", "https://forum.example/report"),
        ("", ""),
    ],
)
def test_contact_for_holes_is_a_link(tmp_path, contact, link):
    assert read_settings(tmp_path, "settings.SECURITY_CONTACT,", SECURITY_CONTACT=contact) == f"('{link}',)"
