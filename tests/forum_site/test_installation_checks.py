"""Each check of an installation, provoked once; and a site in which nothing is wrong."""

import io
import os
import re
import time
import zoneinfo
from datetime import timedelta
from types import SimpleNamespace

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.core import checks as django_checks
from django.core.checks import ERROR, INFO, WARNING
from django.core.management import CommandError, call_command
from django.db import NotSupportedError, OperationalError, connection
from django.utils import timezone

from forum_site.accounts import checks as accounts
from forum_site.backup import checks as backup
from forum_site.core.checks import installation_check
from forum_site.media import checks as media
from forum_site.ops import health
from forum_site.ops.checks import database, disk, mail
from forum_site.ops.checks import settings as configuration
from forum_site.search import checks as search
from forum_site.search.models import SearchEntry
from tests.factories import make_event, make_shows


@pytest.fixture(autouse=True)
def sound(settings, tmp_path, monkeypatch):
    """A site in which nothing is wrong."""
    monkeypatch.delenv("SECRET_KEY", raising=False)
    settings.VAR_DIR, settings.STATIC_ROOT = tmp_path, tmp_path / "static"
    settings.STATICFILES_DIRS = [tmp_path / "sources"]
    settings.DEBUG, settings.IS_LOCAL, settings.SECOND_FACTOR_REQUIRED = False, True, True
    settings.SITE_HOST, settings.ALLOWED_HOSTS = "forum.example", ["forum.example"]
    settings.HTTPS = settings.BEHIND_PROXY = True
    settings.MAIL = {"EMAIL_HOST": "mail.example"}
    for folder in ("static", "sources"):
        (tmp_path / folder).mkdir()
    (tmp_path / "sources" / "site.css").write_text("")
    (tmp_path / "static" / "staticfiles.json").write_text("{}")
    (tmp_path / "secret_key").write_text("a key")
    (tmp_path / "secret_key").chmod(0o600)
    settings.MIN_FREE_BYTES = 0
    monkeypatch.setattr(mail, "get_connection", lambda backend: SimpleNamespace(open=int, close=int))
    return tmp_path


@pytest.fixture
def keeper(db):
    user = User.objects.create_superuser("keeper", password="a long password")
    Authenticator.objects.create(user=user, type="totp", data={})
    return user


def run(check):
    """Return what a check reports, as `check --deploy --database default` runs it."""
    return check(None, databases=["default"])


def finding(check, level, *texts):
    (found,) = run(check)
    assert found.level == level
    assert all(text in found.msg for text in texts), found.msg
    assert found.hint
    assert found.id
    return found


def test_sound_site_passes_all_checks(keeper, settings):
    settings.SITE_URL, settings.SECRET_KEY = "https://forum.example", "0123456789abcdef" * 4
    make_shows(make_event(), 3)
    found = django_checks.run_checks(include_deployment_checks=True, databases=["default"])
    assert [message for message in found if message.id.startswith("forum_site.")] == []


def test_checks_of_the_installation_need_a_database(keeper, monkeypatch):
    User.objects.update(is_active=False)
    assert "forum_site.E015" in {each.id for each in django_checks.run_checks(None, None, True, ["default"])}
    monkeypatch.setattr(health, "database_answers", away)
    monkeypatch.setattr(health, "disk_has_room", away)
    ids = {each.id for each in django_checks.run_checks(None, None, include_deployment_checks=True)}
    assert not {each for each in ids if each.startswith("forum_site.E01")}


def test_ids_are_unique(request):
    folder = request.config.rootpath / "forum_site"
    text = "".join(path.read_text() for path in folder.rglob("checks*/**/*.py")) + "".join(
        path.read_text() for path in folder.rglob("checks.py")
    )
    ids = re.findall(r'id="(forum_site[.][A-Z][0-9]+)"', text)
    assert len(ids) == len(set(ids)) > 30


def test_debug(settings):
    settings.DEBUG = True
    finding(configuration.debug_is_off, INFO, "DEBUG")
    settings.IS_LOCAL = False
    finding(configuration.debug_is_off, WARNING, "DEBUG")


def test_key(settings, sound, monkeypatch):
    settings.IS_LOCAL = False
    finding(configuration.secret_key_is_set, INFO, "generated")
    (sound / "secret_key").chmod(0o644)
    finding(configuration.secret_key_is_private, WARNING, "Others")
    monkeypatch.setenv("SECRET_KEY", "one of its own")
    assert run(configuration.secret_key_is_private) == []


@pytest.mark.parametrize("mode", [0o755, 0o701, 0o704, 0o777])
def test_folder_that_others_may_look_into(sound, mode):
    assert run(configuration.var_dir_is_private) == []
    sound.chmod(mode)
    finding(configuration.var_dir_is_private, ERROR, "Others on this machine can look into")
    for private in (0o700, 0o710, 0o750, 0o2750):
        sound.chmod(private)
        assert run(configuration.var_dir_is_private) == []


def test_hosts(settings):
    settings.ALLOWED_HOSTS = [".example"]
    assert run(configuration.own_host_is_allowed) == []
    settings.ALLOWED_HOSTS = ["other.example"]
    finding(configuration.own_host_is_allowed, WARNING, "forum.example")


def test_https_and_proxies(settings):
    settings.BEHIND_PROXY = False
    finding(configuration.https_matches_proxy, WARNING, "redirects to itself")
    settings.HTTPS, settings.BEHIND_PROXY = False, True
    finding(configuration.https_matches_proxy, WARNING, "unencrypted")


def test_time_zones(settings, monkeypatch):
    six_hours = zoneinfo.ZoneInfo("Etc/GMT-6")
    monkeypatch.setattr(configuration.zoneinfo, "ZoneInfo", lambda name: six_hours)
    finding(configuration.time_zones_are_current, WARNING, "2024")
    monkeypatch.undo()
    settings.TIME_ZONE = "Nowhere/Else"
    finding(configuration.time_zones_are_current, ERROR, "Nowhere/Else")


def test_media(settings, sound):
    settings.MEDIA_ROOT = sound / "secret_key" / "media"
    finding(media.uploads_can_be_stored, ERROR, "cannot be stored")


def test_room(settings):
    settings.MIN_FREE_BYTES = 2**62
    finding(disk.disk_has_room, ERROR, "nearly full")


def test_static_files(sound):
    os.utime(sound / "sources" / "site.css", (time.time() + 60,) * 2)
    finding(disk.static_files_are_collected, WARNING, "newer")
    (sound / "static" / "staticfiles.json").unlink()
    finding(disk.static_files_are_collected, ERROR, "not collected")


def test_backups(sound, settings):
    assert run(backup.backups_are_recent) == []
    settings.IS_LOCAL = False
    finding(backup.backups_are_recent, INFO, "no backup")
    (sound / "backups").mkdir()
    for days in (9, 30):
        (sound / "backups" / f"{days}.tar").touch()
        os.utime(sound / "backups" / f"{days}.tar", (time.time() - days * 86400,) * 2)
    finding(backup.backups_are_recent, WARNING, "9 days")
    (sound / "backups" / "today.tar").touch()
    assert run(backup.backups_are_recent) == []


def test_mail(settings, monkeypatch):
    def refuse():
        raise ConnectionRefusedError("refused")

    monkeypatch.setattr(mail, "get_connection", lambda backend: SimpleNamespace(open=refuse))
    finding(mail.mail_can_be_sent, WARNING, "refused")
    settings.MAIL = {}
    finding(mail.mail_can_be_sent, INFO, "not set up")


def away():
    raise OperationalError("no route to host")


def test_database_that_is_away(db, monkeypatch):
    monkeypatch.setattr(health, "database_answers", away)
    out = io.StringIO()
    with pytest.raises(CommandError, match="database cannot be used: no route to host"):
        call_command("check", deploy=True, databases=["default"], stdout=out, stderr=out)


def test_database_that_is_read_only(monkeypatch):
    monkeypatch.setattr(health, "database_answers", lambda: "it is a standby")
    finding(database.database_can_be_used, ERROR, "standby")


def test_check_that_fails_itself_is_an_error():
    failing = installation_check(away)
    django_checks.registry.registry.deployment_checks.discard(failing)
    finding(failing, ERROR, "away failed: no route to host")


def test_version(monkeypatch):
    def refuse():
        raise NotSupportedError("PostgreSQL 14 or later is required")

    monkeypatch.setattr(health, "database_answers", refuse)
    finding(database.database_can_be_used, ERROR, "14 or later")


def test_encoding(monkeypatch):
    monkeypatch.setattr(database, "value_of", lambda statement: "SQL_ASCII")
    finding(database.encoding_is_unicode, ERROR, "SQL_ASCII")


def test_migrations(db, monkeypatch):
    monkeypatch.setattr(health, "migrations_are_applied", lambda: "1 migrations are not applied")
    finding(database.migrations_are_applied, ERROR, "1 migrations")


def test_journal(monkeypatch):
    monkeypatch.setattr(connection, "vendor", "sqlite")
    monkeypatch.setattr(database, "value_of", lambda statement: "delete")
    finding(database.sqlite_uses_write_ahead_log, ERROR, "delete")


def test_network_file_system(monkeypatch, sound):
    monkeypatch.setattr(connection, "vendor", "sqlite")
    monkeypatch.setattr(database, "MOUNTS", sound / "mounts")
    monkeypatch.setitem(connection.settings_dict, "NAME", "/srv/a share/db.sqlite3")
    (sound / "mounts").write_text("a / ext4 rw 0 0\nb /srv/a\\040share nfs4 rw 0 0\nc /srv/a\\040sh cifs rw 0 0\n")
    finding(database.sqlite_is_on_a_local_disk, ERROR, "nfs4")
    (sound / "mounts").write_text("a / ext4 rw 0 0\n")
    assert run(database.sqlite_is_on_a_local_disk) == []


def test_clocks(monkeypatch):
    monkeypatch.setattr(connection, "vendor", "postgresql")
    monkeypatch.setattr(database, "value_of", lambda statement: timezone.now() - timedelta(minutes=2))
    finding(database.clocks_agree, WARNING, "120 seconds")


def test_nobody_may_do_everything(keeper):
    User.objects.update(is_active=False)
    finding(accounts.there_is_a_superuser, ERROR, "superuser")


def test_second_factors(keeper, author, settings):
    Authenticator.objects.update(type="recovery_codes")
    finding(accounts.staff_have_second_factors, WARNING, "2 (author, keeper)")
    settings.SECOND_FACTOR_REQUIRED = False
    assert run(accounts.staff_have_second_factors) == []


def test_search(event):
    SearchEntry.objects.all().delete()
    finding(search.index_is_filled, WARNING, "empty")
