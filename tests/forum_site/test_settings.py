"""Settings are read in a process of their own, with the environment that each test gives them."""

import ast
import os
import subprocess
import sys

import pytest

from tests.test_pins import ROOT

pytestmark = pytest.mark.one_database

LIVE = {"SITE_URL": "https://forum.example"}
BUCKET = {
    "MEDIA_S3_BUCKET": "forum-media",
    "MEDIA_S3_ENDPOINT": "https://s3.example",
    "MEDIA_S3_KEY": "key",
    "MEDIA_S3_SECRET": "secret",
}
EXTRAS = ["obstore", "prometheus_client", "sentry_sdk"]


def read_settings(tmp_path, expression="'ok'", without=(), **environment):
    """Return what `expression` on the settings is, or the last line of the error.

    `without` names packages that are then not installed.
    """
    away = f"import sys; sys.modules.update(dict.fromkeys({list(without)}))"
    run = subprocess.run(
        [sys.executable, "-c", f"{away}; from forum_site import settings; print(({expression}))"],
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


LIMITS = "{n: o[n] for n in sorted(o) if n != 'options'}"


def connection_options(tmp_path, url):
    """Return host, port, and all options of the connection but those of the session."""
    expression = f"(d['HOST'], d['PORT'], (o := d['OPTIONS']) and {LIMITS})"
    found = read_settings(tmp_path, f"[{expression} for d in [settings.DATABASES['default']]][0]", DATABASE_URL=url)
    return ast.literal_eval(found)


NETWORK = {
    "connect_timeout": 2,
    "keepalives_count": 3,
    "keepalives_idle": 2,
    "keepalives_interval": 2,
    "tcp_user_timeout": 5000,
}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://u:p@db.example/forum", ("db.example", "", NETWORK)),
        ("postgresql://u:p@[fd00::7]:6000/forum", ("fd00::7", 6000, NETWORK)),
        (
            "postgresql://u:p@db.example/forum?tcp_user_timeout=9000&connect_timeout=10&sslmode=require",
            ("db.example", "", {**NETWORK, "tcp_user_timeout": 9000, "connect_timeout": 10, "sslmode": "require"}),
        ),
        ("postgresql://forum@/forum?host=/run/pg", ("", "", {"connect_timeout": 5, "host": "/run/pg"})),
        ("postgresql:///forum", ("", "", {"connect_timeout": 5})),
    ],
)
def test_waiting_for_a_network_host_is_limited(tmp_path, url, expected):
    assert connection_options(tmp_path, url) == expected


@pytest.mark.parametrize(
    ("hosts", "expected"),
    [
        ("a.example:5432,b.example:5433", ("a.example,b.example", "5432,5433")),
        ("a.example:6000,b.example", ("a.example,b.example", "6000,5432")),
        ("a.example,b.example:6000,c.example", ("a.example,b.example,c.example", "5432,6000,5432")),
        ("[fd00::1]:6000,[fd00::2],10.0.0.3", ("fd00::1,fd00::2,10.0.0.3", "6000,5432,5432")),
    ],
)
def test_several_hosts_are_tried_for_the_one_that_takes_changes(tmp_path, hosts, expected):
    options = {**NETWORK, "target_session_attrs": "read-write"}
    assert connection_options(tmp_path, f"postgresql://u:p@{hosts}/forum") == (*expected, options)
    url = f"postgresql://u:p@{hosts}/forum?target_session_attrs=primary"
    assert connection_options(tmp_path, url) == (*expected, {**options, "target_session_attrs": "primary"})


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
        ({"DATABASE_URL": "postgresql://u:p@a:5432,b:port/x"}, "DATABASE_URL must look like postgresql://"),
        ({"DATABASE_URL": "postgresql://u:p@a,,b/x"}, "DATABASE_URL must look like postgresql://"),
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
        ({"MEDIA_S3_BUCKET": "forum-media"}, "need MEDIA_S3_ENDPOINT and MEDIA_S3_KEY and MEDIA_S3_SECRET, too."),
        ({**BUCKET, "MEDIA_S3_SECRET": ""}, "Media in a bucket need MEDIA_S3_SECRET, too."),
        ({"MEDIA_S3_REGION": "eu"}, "Media in a bucket need MEDIA_S3_BUCKET and"),
        (
            {**BUCKET, "MEDIA_S3_REGON": "x"},
            "MEDIA_S3_REGON is not a setting of this site: did you mean MEDIA_S3_REGION?",
        ),
        ({**BUCKET, "MEDIA_S3_ACCESS_KEY": "x"}, "MEDIA_S3_ACCESS_KEY is not a setting of this site"),
        ({**BUCKET, "MEDIA_S3_BUCKET": "Forum Media"}, "MEDIA_S3_BUCKET must be the name of a bucket"),
        ({**BUCKET, "MEDIA_S3_ENDPOINT": "s3.example"}, "MEDIA_S3_ENDPOINT must look like https://s3."),
        ({**BUCKET, "MEDIA_S3_ENDPOINT": "https://s3.example:port"}, "MEDIA_S3_ENDPOINT must look like https://s3."),
        ({**BUCKET, "MEDIA_S3_ENDPOINT": "http://s3.example"}, "MEDIA_S3_ENDPOINT must begin with https:// unless"),
        ({"METRICS_TOKEN": "short"}, "METRICS_TOKEN must have at least 32 random characters, without spaces."),
        ({"SENTRY_DSN": "sentry.example"}, "SENTRY_DSN must look like https://key@sentry.example/1."),
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


def test_media_lie_in_a_folder_or_in_a_bucket(tmp_path):
    assert (
        read_settings(tmp_path, "settings.STORAGES['default']")
        == "{'BACKEND': 'forum_site.media.storage.AtomicStorage'}"
    )
    options = "sorted(settings.STORAGES['default']['OPTIONS'].items())"
    assert read_settings(tmp_path, options, **BUCKET) == (
        "[('bucket', 'forum-media'), ('endpoint', 'https://s3.example'), ('key', 'key'), ('region', 'us-east-1'), "
        "('secret', 'secret')]"
    )


@pytest.mark.parametrize(
    ("environment", "name", "extra"),
    [
        (BUCKET, "MEDIA_S3_BUCKET", "s3"),
        ({"METRICS_TOKEN": "0123456789" * 4}, "METRICS_TOKEN", "observe"),
        ({"SENTRY_DSN": "https://key@sentry.example/1"}, "SENTRY_DSN", "observe"),
    ],
)
def test_extra_that_is_not_installed_is_asked_for_in_one_sentence(tmp_path, environment, name, extra):
    refusal = read_settings(tmp_path, without=EXTRAS, **environment)
    assert f"{name} needs the extra “{extra}”: .venv/bin/python -m pip install --require-hashes" in refusal
    assert read_settings(tmp_path, **environment) == "ok"


def test_site_needs_no_extra_and_loads_none(tmp_path):
    """Every module of the site is read where no extra is installed, but those that are extras themselves."""
    modules = [
        str(path.relative_to(ROOT).with_suffix("")).replace("/", ".").removesuffix(".__init__")
        for package in ("forum_site", "organizations", "events")
        for path in sorted((ROOT / package).rglob("*.py"))
        if path.stem not in ("s3", "sentry", "__main__")
    ]
    loaded = (
        "__import__('django').setup() or [__import__('importlib').import_module(name) for name in "
        f"{modules}] and [name for name in {EXTRAS} if sys.modules.get(name)]"
    )
    assert len(modules) > 150
    environment = {"DJANGO_SETTINGS_MODULE": "forum_site.settings"}
    assert read_settings(tmp_path, loaded, without=EXTRAS, **environment) == "[]"
    assert read_settings(tmp_path, loaded, **environment) == "[]"


@pytest.mark.parametrize(
    ("umask", "folder", "file"),
    [(0o022, 0o700, 0o600), (0o002, 0o700, 0o600), (0o000, 0o700, 0o600), (0o027, 0o750, 0o640), (0o077, 0o700, 0o600)],
)
def test_files_are_for_their_owner_unless_a_stricter_umask_is_set(tmp_path, umask, folder, file):
    """Of the site as `make run` makes it: the folder, the database and what lies beside it while it is written to."""
    var = tmp_path / "var"
    environment = {"PATH": os.environ["PATH"], "VAR_DIR": str(var)}
    look = (
        "from pathlib import Path; from django.db import connection; "
        "connection.cursor().execute('CREATE TABLE a (b)'); "
        "folder = Path(connection.settings_dict['NAME']).parent; "
        "print(*(f'{path.name}:{path.stat().st_mode & 0o777:o}' for path in folder.iterdir()))"
    )
    run = subprocess.run(
        [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", look],
        cwd=ROOT,
        env=environment,
        umask=umask,
        capture_output=True,
        text=True,
        check=True,
    )
    modes = dict(line.split(":") for line in run.stdout.split())
    assert var.stat().st_mode & 0o777 == folder
    assert modes.pop("secret_key") == "600"
    assert modes == dict.fromkeys(("db.sqlite3", "db.sqlite3-wal", "db.sqlite3-shm"), f"{file:o}")
