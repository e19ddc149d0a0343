"""Each finding of the doctor, provoked once; and a site in which nothing is wrong."""

import io
import os
import time
import zoneinfo
from datetime import timedelta
from types import SimpleNamespace

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import NotSupportedError, OperationalError, connection
from django.utils import timezone

from events.models import ShowTotal
from forum_site.ops import health
from forum_site.ops.doctor import configuration, content, database, disk, neighbours, people
from forum_site.ops.doctor.examination import THOROUGH, WITH_DATABASE, WITH_TABLES, WITHOUT_DATABASE, examine, outcome
from forum_site.ops.doctor.finding import Severity
from forum_site.search.models import SearchEntry, SearchPosting
from tests.factories import make_event, make_shows

NOTE, WARNING, SERIOUS = Severity


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
    monkeypatch.setattr(neighbours, "get_connection", lambda backend: SimpleNamespace(open=int, close=int))
    return tmp_path


@pytest.fixture
def keeper(db):
    user = User.objects.create_superuser("keeper", password="a long password")
    Authenticator.objects.create(user=user, type="totp", data={})
    return user


def finding(check, severity, *texts):
    found = outcome(check)
    assert found.severity == severity
    assert all(text in found.text for text in texts), found.text
    assert found.mend
    return found


def test_sound_site_has_no_findings(keeper):
    make_shows(make_event(), 3)
    outcomes = list(examine(thorough=True))
    assert [(check.__name__, found) for check, found in outcomes if found] == []
    assert len(outcomes) == len(WITHOUT_DATABASE + WITH_DATABASE + WITH_TABLES + THOROUGH) + 1
    out = io.StringIO()
    call_command("doctor", stdout=out)
    assert f"Checks: {len(outcomes) - 2}. All is well in {len(outcomes) - 2}; serious: 0." in out.getvalue()


def test_debug(settings):
    settings.DEBUG = True
    finding(configuration.debug_is_off, NOTE, "DEBUG")
    settings.IS_LOCAL = False
    finding(configuration.debug_is_off, SERIOUS, "DEBUG")


def test_key(settings, sound, monkeypatch):
    settings.IS_LOCAL = False
    finding(configuration.key_is_kept, NOTE, "made up")
    (sound / "secret_key").chmod(0o644)
    finding(configuration.key_is_kept, SERIOUS, "Others")
    monkeypatch.setenv("SECRET_KEY", "one of its own")
    assert configuration.key_is_kept() is None


@pytest.mark.parametrize("mode", [0o755, 0o701, 0o704, 0o777])
def test_folder_that_others_may_look_into(sound, mode):
    assert configuration.others_cannot_read() is None
    sound.chmod(mode)
    finding(configuration.others_cannot_read, SERIOUS, "Others on this machine may look into")
    for private in (0o700, 0o710, 0o750, 0o2750):
        sound.chmod(private)
        assert configuration.others_cannot_read() is None


def test_hosts(settings):
    settings.ALLOWED_HOSTS = [".example"]
    assert configuration.own_host_is_answered() is None
    settings.ALLOWED_HOSTS = ["other.example"]
    finding(configuration.own_host_is_answered, SERIOUS, "forum.example")


def test_https_and_proxies(settings):
    settings.BEHIND_PROXY = False
    finding(configuration.https_fits_the_proxy, WARNING, "redirects to itself")
    settings.HTTPS, settings.BEHIND_PROXY = False, True
    finding(configuration.https_fits_the_proxy, WARNING, "in the open")


def test_time_zones(settings, monkeypatch):
    six_hours = zoneinfo.ZoneInfo("Etc/GMT-6")
    monkeypatch.setattr(configuration.zoneinfo, "ZoneInfo", lambda name: six_hours)
    finding(configuration.time_zones_are_known, WARNING, "2024")
    monkeypatch.undo()
    settings.TIME_ZONE = "Nowhere/Else"
    finding(configuration.time_zones_are_known, SERIOUS, "Nowhere/Else")


def test_media(settings, sound):
    settings.MEDIA_ROOT = sound / "secret_key" / "media"
    finding(disk.media_can_be_written, SERIOUS, "cannot be stored")


def test_room(settings):
    settings.MIN_FREE_BYTES = 2**62
    finding(disk.disk_has_room, SERIOUS, "nearly full")


def test_static_files(sound):
    os.utime(sound / "sources" / "site.css", (time.time() + 60,) * 2)
    finding(disk.static_files_are_collected, WARNING, "newer")
    (sound / "static" / "staticfiles.json").unlink()
    finding(disk.static_files_are_collected, SERIOUS, "not collected")


def test_backups(sound, settings):
    assert disk.backups_are_young() is None
    settings.IS_LOCAL = False
    finding(disk.backups_are_young, NOTE, "no backup")
    (sound / "backups").mkdir()
    for days in (9, 30):
        (sound / "backups" / f"{days}.tar").touch()
        os.utime(sound / "backups" / f"{days}.tar", (time.time() - days * 86400,) * 2)
    finding(disk.backups_are_young, WARNING, "9 days")
    (sound / "backups" / "today.tar").touch()
    assert disk.backups_are_young() is None


def test_mail(settings, monkeypatch):
    def refuse():
        raise ConnectionRefusedError("refused")

    monkeypatch.setattr(neighbours, "get_connection", lambda backend: SimpleNamespace(open=refuse))
    finding(neighbours.mail_can_be_sent, WARNING, "refused")
    settings.MAIL = {}
    finding(neighbours.mail_can_be_sent, NOTE, "not set up")


def away():
    raise OperationalError("no route to host")


def test_database_that_is_away(monkeypatch):
    monkeypatch.setattr(health, "database_answers", away)
    out = io.StringIO()
    with pytest.raises(CommandError, match="serious: 1"):
        call_command("doctor", stdout=out)
    assert "Serious: The database does not answer: no route to host\n    → Start it" in out.getvalue()


def test_check_that_fails_itself_is_a_finding():
    finding(away, SERIOUS, "away could not be examined: no route to host")


def test_version(monkeypatch):
    def refuse():
        raise NotSupportedError("PostgreSQL 14 or later is required")

    monkeypatch.setattr(connection, "check_database_version_supported", refuse)
    finding(database.version_is_supported, SERIOUS, "14 or later")


def test_encoding(monkeypatch):
    monkeypatch.setattr(database, "one_value", lambda question: "SQL_ASCII")
    finding(database.encoding_is_unicode, SERIOUS, "SQL_ASCII")


def test_migrations_and_what_cannot_be_asked_without_them(db, monkeypatch):
    monkeypatch.setattr(health, "migrations_are_applied", lambda: "1 migrations are not applied")
    finding(database.migrations_are_applied, SERIOUS, "1 migrations")
    assert not {check for check, _finding in examine(thorough=True)} & {*WITH_TABLES, *THOROUGH}


def test_journal(monkeypatch):
    monkeypatch.setattr(connection, "vendor", "sqlite")
    monkeypatch.setattr(database, "one_value", lambda question: "delete")
    finding(database.sqlite_writes_ahead, SERIOUS, "delete")


def test_network_file_system(monkeypatch, sound):
    monkeypatch.setattr(connection, "vendor", "sqlite")
    monkeypatch.setattr(database, "MOUNTS", sound / "mounts")
    monkeypatch.setitem(connection.settings_dict, "NAME", "/srv/a share/db.sqlite3")
    (sound / "mounts").write_text("a / ext4 rw 0 0\nb /srv/a\\040share nfs4 rw 0 0\nc /srv/a\\040sh cifs rw 0 0\n")
    finding(database.sqlite_is_on_a_local_disk, SERIOUS, "nfs4")
    (sound / "mounts").write_text("a / ext4 rw 0 0\n")
    assert database.sqlite_is_on_a_local_disk() is None


def test_clocks(monkeypatch):
    monkeypatch.setattr(connection, "vendor", "postgresql")
    monkeypatch.setattr(database, "one_value", lambda question: timezone.now() - timedelta(minutes=2))
    finding(database.clocks_agree, WARNING, "120 seconds")


def test_nobody_may_do_everything(keeper):
    User.objects.update(is_active=False)
    finding(people.somebody_may_do_everything, SERIOUS, "Nobody")


def test_second_factors(keeper, author, settings):
    Authenticator.objects.update(type="recovery_codes")
    finding(people.staff_have_second_factors, WARNING, "2 (author, keeper)")
    settings.SECOND_FACTOR_REQUIRED = False
    assert people.staff_have_second_factors() is None


def test_search(event):
    SearchPosting.objects.all().delete()
    finding(content.search_agrees, WARNING, "1 rows")
    SearchEntry.objects.all().delete()
    finding(content.search_is_there, WARNING, "empty")


def test_counts(event):
    make_shows(event, 3)
    ShowTotal.objects.update(shows=4)
    finding(content.counts_agree, SERIOUS, "do not agree")
