"""What has outlived its use goes, when it has, and nothing else does."""

import datetime
import errno
import io
import os
import time
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from events.models import Event, PreviewLink, Revision
from forum_site.backup import retention
from forum_site.backup.checks import restores_are_complete
from forum_site.backup.management.commands import backup
from forum_site.backup.media import STAGING, staged
from forum_site.linkcheck.models import CheckedLink, LinkSource
from forum_site.ops import purge
from forum_site.ops.checks.disk import expired_rows_are_purged
from tests.archives import digests, files
from tests.factories import make_event, make_shows

pytestmark = pytest.mark.django_db


def ago(days):
    return timezone.now() - timedelta(days=days)


def run(check):
    return check(None, databases=["default"])


def run_purge(**options):
    out = io.StringIO()
    call_command("purge", stdout=out, **options)
    return dict(line.split(": ") for line in out.getvalue().splitlines() if line.count(": ") == 1)


def make_line(person, days):
    LogEntry.objects.log_actions(person.pk, [person], CHANGE, "", single_object=True)
    line = LogEntry.objects.latest("pk")
    LogEntry.objects.filter(pk=line.pk).update(action_time=ago(days))
    return line


def make_session(person, key, days_until_end, is_listed=True, is_there=True):
    if is_there:
        Session.objects.create(session_key=key, session_data="", expire_date=ago(-days_until_end))
    if is_listed:
        listed = UserSession.objects.create(user=person, session_key=key, ip="192.0.2.7", user_agent="a browser")
        UserSession.objects.filter(pk=listed.pk).update(last_seen_at=ago(14 - days_until_end))


def test_lines_of_the_desk_go_when_they_are_older_than_is_said(editor, settings):
    young, old = make_line(editor, 1094.9), make_line(editor, 1095.1)
    assert run_purge(dry_run=True)["Audit log entries"] == "1"
    assert set(LogEntry.objects.all()) == {young, old}
    run_purge()
    assert set(LogEntry.objects.all()) == {young}
    settings.KEEP_AUDIT_DAYS = 30
    run_purge()
    assert not LogEntry.objects.exists()


def test_lines_of_the_desk_are_kept_for_good_where_that_is_said(editor, settings):
    settings.KEEP_AUDIT_DAYS = None
    make_line(editor, 30_000)
    run_purge()
    assert LogEntry.objects.count() == 1


def test_sessions_go_when_they_have_ended_and_their_addresses_with_them(editor):
    make_session(editor, "alive", 1)
    make_session(editor, "ended", -1)
    make_session(editor, "signed-out", -1, is_there=False)
    told = run_purge()
    assert (told["Sessions that ended"], told["Addresses and browsers of sessions that ended"]) == ("1", "2")
    assert list(Session.objects.values_list("session_key", flat=True)) == ["alive"]
    assert list(UserSession.objects.values_list("session_key", flat=True)) == ["alive"]


def test_attempts_to_sign_in_go_when_they_count_no_more():
    cache.set("young", 1, timeout=60)
    cache.set("old", 1, timeout=-60)
    cache.set("for_good", 1, timeout=None)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE sign_in_attempts SET expires = '2020-01-01 00:00:00' WHERE cache_key LIKE %s", ["%old"])
        cursor.execute("SELECT COUNT(*) FROM sign_in_attempts")
        before = cursor.fetchone()[0]
        assert run_purge(dry_run=True)["Login attempts"] == str(before - 2)
        run_purge()
        cursor.execute("SELECT COUNT(*) FROM sign_in_attempts")
        assert cursor.fetchone()[0] == 2
    assert (cache.get("young"), cache.get("for_good")) == (1, 1)


def test_preview_links_go_a_while_after_their_end(event, settings):
    for days in (-5, 29, 31):
        PreviewLink.objects.create(event=event, expires_at=ago(days), recipient=f"{days}")
    assert run_purge()["Preview links"] == "1"
    assert set(PreviewLink.objects.values_list("recipient", flat=True)) == {"-5", "29"}
    settings.KEEP_PREVIEW_DAYS = None
    assert run_purge()["Preview links"] == "0"


def test_links_go_when_nobody_has_asked_them_for_long(settings):
    for days in (179, 181):
        link = CheckedLink.objects.create(address=f"https://{days}.example/", digest=str(days), checked_at=ago(days))
        LinkSource.objects.create(link=link, model="events.event", row=1, field="body", raw_url="")
    run_purge()
    assert list(CheckedLink.objects.values_list("digest", flat=True)) == ["179"]
    assert LinkSource.objects.count() == 1
    settings.KEEP_LINK_DAYS = None
    CheckedLink.objects.update(checked_at=ago(9999))
    run_purge()
    assert CheckedLink.objects.count() == 1


def test_renditions_that_nothing_asks_for_go_and_pictures_stay(settings):
    folder = settings.MEDIA_ROOT / "pictures"
    folder.mkdir(parents=True)
    kept = [
        "a-1000x800.jpg",
        "a-1000x800.400.avif",
        "a-1000x800.1000.jpg",
        "gone-1000x800.333.jpg",
        "a.333.pdf",
        "x.jpg",
    ]
    gone = ["a-1000x800.333.avif", "a-1000x800.1920.jpg", "a-1000x800.400.gif"]
    drafts = ["." + "0" * 32, "." + "1" * 32]
    for name in [*kept, *gone, *drafts]:
        (folder / name).write_bytes(b"")
    os.utime(folder / drafts[0], (time.time() - 100_000,) * 2)
    assert run_purge(dry_run=True)["Files of renditions"] == "4"
    run_purge()
    assert sorted(path.name for path in folder.iterdir()) == sorted([*kept, drafts[1]])


def test_content_is_never_touched(editor, settings):
    """However old: events, their versions, shows of long ago, files that no row names."""
    settings.KEEP_AUDIT_DAYS = settings.KEEP_PREVIEW_DAYS = settings.KEEP_LINK_DAYS = 1
    event = make_event(publication_status="trashed")
    Event.objects.filter(pk=event.pk).update(updated_at=ago(9999))
    make_shows(event, 7, day=datetime.date(1999, 1, 1))
    Revision.objects.create(event=event, number=1, action="saved", content={"events.event": [{"id": event.pk}]})
    Revision.objects.update(created_at=ago(9999))
    settings.MEDIA_ROOT.mkdir()
    (settings.MEDIA_ROOT / "nobody-names-it.pdf").write_bytes(b"%PDF-")
    before, files_before = digests(), files(settings)
    run_purge()
    assert (digests(), files(settings)) == (before, files_before)


def test_much_is_deleted_a_part_at_a_time(editor, monkeypatch):
    monkeypatch.setattr(purge, "AT_ONCE", 2)
    for _line in range(5):
        make_line(editor, 2000)
    rows = purge.everything()[0]
    assert list(rows.remove(timezone.now())) == [2, 2, 1]


def test_check_reports_what_was_not_purged(editor, settings):
    settings.KEEP_AUDIT_DAYS = 30
    make_line(editor, 37)
    assert run(expired_rows_are_purged) == []  # A timer may have missed a week.
    make_line(editor, 39)
    make_session(editor, "ended", -9)
    (found,) = run(expired_rows_are_purged)
    assert "Audit log entries: 1" in found.msg
    assert "Sessions that ended: 1" in found.msg
    run_purge()
    assert run(expired_rows_are_purged) == []


def test_check_reports_a_restore_that_was_broken_off(settings):
    settings.MEDIA_ROOT.mkdir()
    assert run(restores_are_complete) == []
    (settings.MEDIA_ROOT / f"{STAGING}abc").mkdir()
    assert f"{STAGING}abc" in run(restores_are_complete)[0].msg


def test_check_reports_a_restore_into_a_bucket_that_was_broken_off(settings, tmp_path):
    settings.MEDIA_BUCKET, settings.VAR_DIR = "s3://forum", tmp_path
    with staged(1) as folder:
        assert folder.name in run(restores_are_complete)[0].msg
    assert run(restores_are_complete) == []


# Backups


@pytest.fixture
def folder(settings, tmp_path):
    settings.VAR_DIR, settings.KEEP_BACKUPS = tmp_path, 3
    (tmp_path / "backups").mkdir()
    return tmp_path / "backups"


OTHERS = ["site.tar", "forum-site-20200101-000000.tar.gpg", "forum-site-2020.tar", "before-the-update.tar", "notes.txt"]


def make_backups(folder, days, names=OTHERS):
    for day in range(1, days + 1):
        (folder / f"forum-site-202001{day:02}-021500.tar").write_bytes(b"")
    for name in names:
        (folder / name).write_bytes(b"")


def names_in(folder):
    return {path.name for path in folder.iterdir()}


@pytest.mark.django_db(transaction=True)
def test_backup_keeps_as_many_as_it_is_told_and_leaves_what_is_not_its_own(folder):
    make_backups(folder, 5)
    (folder / "forum-site-20190101-000000.tar").symlink_to(folder / "site.tar")
    (folder / "forum-site-20180101-000000.tar").mkdir()
    told = io.StringIO()
    call_command("backup", stderr=told)
    newest = max(names_in(folder), key=lambda name: name if name.startswith("forum-site-20") else "")
    own = {newest, "forum-site-20200105-021500.tar", "forum-site-20200104-021500.tar"}
    odd = {"forum-site-20190101-000000.tar", "forum-site-20180101-000000.tar"}
    assert names_in(folder) == own | odd | set(OTHERS)
    assert "Deleted, as newer ones are there: forum-site-20200103-021500.tar" in told.getvalue()
    assert newest.startswith(f"forum-site-{timezone.now():%Y%m}")
    (folder / newest).unlink()
    call_command("backup", keep=1, stderr=io.StringIO())
    assert len(names_in(folder)) == 1 + len(odd) + len(OTHERS)


@pytest.mark.django_db(transaction=True)
def test_all_backups_are_kept_where_that_is_said(folder, settings):
    make_backups(folder, 5, [])
    call_command("backup", keep="all", stderr=io.StringIO())
    settings.KEEP_BACKUPS = None
    time.sleep(1)  # Its name is that of its second.
    call_command("backup", stderr=io.StringIO())
    assert len(names_in(folder)) == 7


@pytest.mark.django_db(transaction=True)
def test_failed_backup_removes_nothing(folder, monkeypatch):
    make_backups(folder, 5)
    before = names_in(folder)

    def fail(*arguments, **options):
        raise OSError("No space left on device")

    monkeypatch.setattr("forum_site.backup.management.commands.backup.back_up", fail)
    with pytest.raises(CommandError, match="No space left"):
        call_command("backup", keep=1)
    assert names_in(folder) == before


@pytest.mark.django_db(transaction=True)
def test_backup_elsewhere_deletes_nothing(folder, tmp_path):
    make_backups(folder, 5)
    before = names_in(folder)
    call_command("backup", to=str(tmp_path / "elsewhere.tar"), stderr=io.StringIO())
    with pytest.raises(CommandError, match="leave --to out"):
        call_command("backup", to=str(tmp_path / "another.tar"), keep=2)
    assert names_in(folder) == before


def test_newest_backup_is_never_deleted(folder):
    make_backups(folder, 1, [])
    with pytest.raises(ValueError, match="never"):
        retention.remove_old(0)
    assert retention.remove_old(1) == []
    for wrong in ("0", "-1", "x", "1.5", "²", "9" * 20):
        with pytest.raises(CommandError, match="whole number"):
            call_command("backup", f"--keep={wrong}")


def test_drafts_of_killed_backups_go_after_a_day(folder):
    (folder / ".forum-site-20200101-021500.tar.123").write_bytes(b"")
    (folder / ".forum-site-20200102-021500.tar.124").write_bytes(b"")
    (folder / ".forum-site-20200102-021500.tar.x").write_bytes(b"")
    os.utime(folder / ".forum-site-20200101-021500.tar.123", (time.time() - 100_000,) * 2)
    retention.remove_old(1)
    assert names_in(folder) == {".forum-site-20200102-021500.tar.124", ".forum-site-20200102-021500.tar.x"}


def test_what_the_timer_runs_is_there():
    units = Path(__file__).resolve().parents[2] / "deploy" / "systemd"
    assert "Unit=forum-command@purge.service" in (units / "forum-purge.timer").read_text()


class Disk:
    """A disk of `size` bytes that holds the folder of backups and nothing else."""

    def __init__(self, folder, size):
        self.folder, self.size = folder, size

    def free(self):
        return self.size - sum(path.stat().st_size for path in self.folder.iterdir())

    def usage(self, path):
        return SimpleNamespace(free=self.free())


def make_large_backups(folder, days, size=1_000_000):
    make_backups(folder, days, [])
    for path in retention.own():
        path.write_bytes(b"x" * size)
    return [path.name for path in retention.own()]


@pytest.fixture
def small_disk(folder, monkeypatch, settings):
    settings.KEEP_BACKUPS = 10
    small_disk = Disk(folder, 0)
    settings.MIN_FREE_BYTES = 500_000
    monkeypatch.setattr(retention.shutil, "disk_usage", small_disk.usage)
    return small_disk


@pytest.mark.django_db(transaction=True)
def test_oldest_backups_give_way_where_there_is_no_room(folder, small_disk):
    names = make_large_backups(folder, 6)
    small_disk.size = 6_000_000  # Of which a new one needs 1.5, so that four may stay.
    told = io.StringIO()
    call_command("backup", stderr=told)
    assert [path.name for path in retention.own()][1:] == names[:4]
    assert f"Deleted to make room for the new backup: {names[4]}" in told.getvalue()
    assert f"Deleted to make room for the new backup: {names[5]}" in told.getvalue()


@pytest.mark.django_db(transaction=True)
def test_backup_that_finds_room_deletes_none(folder, small_disk):
    names = make_large_backups(folder, 6)
    small_disk.size = 7_600_000
    call_command("backup", stderr=io.StringIO())
    assert [path.name for path in retention.own()][1:] == names


@pytest.mark.django_db(transaction=True)
def test_newest_two_backups_stay_when_even_that_is_not_enough(folder, small_disk):
    names = make_large_backups(folder, 4)
    small_disk.size = 3_000_000
    for _ in range(2):
        with pytest.raises(CommandError, match=r"There is no backup: about .* are needed .* --to"):
            call_command("backup", stderr=io.StringIO())
        assert [path.name for path in retention.own()] == names[:2]


@pytest.mark.django_db(transaction=True)
def test_no_backup_gives_way_where_all_are_kept(folder, small_disk):
    names = make_large_backups(folder, 4)
    small_disk.size = 4_100_000
    with pytest.raises(CommandError, match="There is no backup"):
        call_command("backup", keep="all", stderr=io.StringIO())
    assert [path.name for path in retention.own()] == names


@pytest.mark.django_db(transaction=True)
def test_backup_that_becomes_larger_than_was_thought_takes_the_place_of_the_oldest(folder, small_disk, monkeypatch):
    names = make_large_backups(folder, 5)
    small_disk.size = 9_000_000
    back_up = backup.back_up

    def write(stream, note):
        if len(retention.own()) > 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        return back_up(stream, note)

    monkeypatch.setattr(backup, "back_up", write)
    call_command("backup", stderr=io.StringIO())
    assert [path.name for path in retention.own()][1:] == names[:3]
