"""A backup is the whole site, proves itself, and comes back on either database."""

import io
import json
import os
import subprocess
import sys
import tarfile
import time
from threading import Event as Signal
from threading import Thread

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from events.models import Event, EventDocument, Panel, Picture, ShowTotal
from forum_site.backup import archive, dump, media, rows, sequences, verify
from forum_site.backup import restore as restoring
from forum_site.pagecache.models import ContentVersion
from forum_site.search.rebuild import differences
from tests.archives import LONG_AGO, assert_refused, damaged, digests, files, forged, forged_rows, restore, wipe
from tests.factories import make_event

pytestmark = pytest.mark.django_db(transaction=True)


def test_restore_gives_back_every_row_and_file(site, kept, settings):
    before, media_before, given = digests(), files(settings), sequences.given()
    site_version = ContentVersion.objects.get().token
    wipe(settings)
    assert digests() != before
    assert "Restored" in restore(kept)
    assert digests() == before
    assert files(settings) == media_before
    event = Event.objects.get(slug="kept")
    assert (event.calendar_sequence, event.updated_at, event.show_count) == (41, LONG_AGO, 586)
    assert ShowTotal.objects.total() == 586
    assert sequences.given() == given
    assert make_event().pk == given["events.event"] + 1  # Not the key of the deleted event, nor one that is there.
    assert ContentVersion.objects.get().token != site_version
    assert not [entry for _done, entries in differences() for entry in entries]
    call_command("check_counts", stdout=io.StringIO())


def test_keys_of_deleted_rows_are_not_given_again(site, kept, settings):
    highest = sequences.given()["events.event"]
    assert highest > Event.objects.order_by("-pk").values_list("pk", flat=True)[0]
    wipe(settings)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM sqlite_sequence")
    else:
        with connection.cursor() as cursor:
            cursor.execute("ALTER SEQUENCE events_event_id_seq RESTART WITH 1")
    restore(kept)
    assert sequences.given()["events.event"] == highest


def test_restore_refuses_content_unless_told(site, kept, monkeypatch):
    before = digests()
    with pytest.raises(CommandError, match="has content"):
        restore(kept)
    monkeypatch.setattr("builtins.input", lambda question: "yes")
    with pytest.raises(CommandError, match="Nothing was changed"):
        restore(kept, replace=True)
    assert digests() == before
    Event.objects.all().delete()
    monkeypatch.setattr("builtins.input", lambda question: "replace")
    restore(kept, replace=True)
    assert digests() == before
    Event.objects.all().delete()
    restore(kept, replace=True, yes=True)
    assert digests() == before


def test_check_changes_nothing(site, kept, settings):
    wipe(settings)
    before = digests()
    assert "is whole" in restore(kept, check=True)
    assert digests() == before
    assert files(settings) == {}


def test_backup_has_no_secrets_and_nobody_else_reads_it(site, tmp_path, settings, monkeypatch):
    for name, value in {"SECRET_KEY": "s3cret-key", "EMAIL_URL": "smtp://u:s3cret@m", "SITE_NAME": "A house"}.items():
        monkeypatch.setenv(name, value)
    path = tmp_path / "kept.tar"
    call_command("backup", to=str(path), stderr=io.StringIO())
    with tarfile.open(path) as tar:
        manifest = json.load(tar.extractfile(archive.MANIFEST))
    assert manifest["settings"]["SITE_NAME"] == "A house"
    assert "s3cret" not in json.dumps(manifest)
    assert settings.SECRET_KEY.encode() not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0


def test_backup_is_an_ordinary_tar(kept, settings):
    with tarfile.open(kept) as tar:
        stored = {m.name.removeprefix("media/"): tar.extractfile(m).read() for m in tar if m.name.startswith("media/")}
    assert stored == files(settings)


def test_backup_never_replaces_a_file(kept):
    with pytest.raises(CommandError, match="there already"):
        call_command("backup", to=str(kept))
    assert [path.name for path in kept.parent.iterdir() if path.name.startswith(".kept")] == []


def test_backup_tells_what_is_missing_and_left_out(site, settings, tmp_path):
    settings.MEDIA_ROOT.joinpath(site.cover.name).unlink()
    settings.MEDIA_ROOT.joinpath("elsewhere").symlink_to(tmp_path, target_is_directory=True)
    os.mkfifo(settings.MEDIA_ROOT / "pipe")
    (settings.MEDIA_ROOT / os.fsdecode(b"bad-\xff")).write_bytes(b"x")
    told = io.StringIO()
    call_command("backup", to=str(tmp_path / "kept.tar"), stderr=told)
    assert f"Missing, though a row names it: {site.cover.name}" in told.getvalue()
    missing = 1 + Picture.objects.count() + EventDocument.objects.count()  # Those of the factories have no file.
    assert f"Files missing: {missing}, left out: 3." in told.getvalue()
    restore(tmp_path / "kept.tar", check=True)


def test_file_that_vanishes_is_told(site, settings, monkeypatch, tmp_path):
    found = [*media.names(), "gone.png"]
    monkeypatch.setattr(media, "names", lambda: iter(found))
    with (tmp_path / "kept.tar").open("wb") as file:
        assert dump.back_up(file).left_out == {"gone.png": "it was deleted meanwhile"}
    restore(tmp_path / "kept.tar", check=True)


@pytest.mark.parametrize("left", [0, 1, 512, 5000, -1025, -3000])
def test_cut_end_is_refused(kept, settings, left):
    assert_refused(damaged(kept, kept.read_bytes()[:left]), settings)


def test_forged_archive_that_changes_nothing_is_taken(kept):
    assert "is whole" in restore(forged(kept, lambda members, manifest: None), check=True)


@pytest.mark.parametrize(
    "name", ["media/../x", "/etc/x", "media//etc/x", "media/./x", "media/", "x", "media/a\\b", "media/.restoring-a/x"]
)
def test_name_that_leads_elsewhere_is_refused(kept, settings, name):
    path = forged(kept, lambda members, manifest: [*members, (name, b"x")])
    assert_refused(path, settings, "leads out of|no backup")


def test_swapped_members_are_refused(kept, settings):
    with kept.open("rb") as file:
        found = [(member.name, member.content()) for member in archive.members(file)]
    with kept.with_name("swapped.tar").open("wb") as file:
        writer = archive.Writer(file)
        for name, content in [found[1], found[0], *found[2:]]:
            writer.add(name, content)
        file.write(bytes(1024))
    assert_refused(kept.with_name("swapped.tar"), settings, "not as it was written")


def test_huge_declared_size_is_refused(kept, settings):
    for size in (2**40, 2**70):
        path = damaged(kept, archive.header("media/huge", size) + kept.read_bytes())
        assert_refused(path, settings, "cut off")


@pytest.mark.parametrize(
    "change",
    [
        lambda members, manifest: manifest.update(tables={}),
        lambda members, manifest: manifest.update(format=2),
        lambda members, manifest: manifest.update(migrations=3),
        lambda members, manifest: manifest.update(keys={"events.event": "1; DROP TABLE"}),
        lambda members, manifest: manifest.update(members=None),
        lambda members, manifest: manifest.pop("keys") and None,
        lambda members, manifest: members[1:],
        lambda members, manifest: [*members, ("database/events.secret/000001.jsonl.gz", b"")],
        lambda members, manifest: [*members, ("database/", b"")],
        lambda members, manifest: [*members, members[0]],
    ],
)
def test_manifest_that_does_not_agree_is_refused(kept, settings, change):
    assert_refused(forged(kept, change), settings)


def test_other_release_is_refused_and_names_what_differs(kept, settings):
    def change(members, manifest):
        manifest["migrations"] = [*manifest["migrations"][1:], ["events", "9999_from_tomorrow"]]

    assert_refused(forged(kept, change), settings, r"events\.9999_from_tomorrow.*account\.0001_initial")


def test_failure_while_restoring_leaves_all_as_it_was(kept, settings, monkeypatch):
    monkeypatch.setattr(
        media.MediaSwap, "put_in_place", lambda exchange, folder: (_ for _ in ()).throw(OSError("disk full"))
    )
    assert_refused(kept, settings, "disk full")
    monkeypatch.undo()
    monkeypatch.setattr(rows, "stored", lambda field, value: None if field.name == "title" else field.to_python(value))
    assert_refused(kept, settings)


@pytest.mark.parametrize("loss", ["a row", "a value"])
def test_rows_that_the_database_stores_otherwise_are_refused(kept, settings, monkeypatch, loss):
    write = restoring.write

    def write_otherwise(model, some):
        if model is Panel:
            some = some[1:] if loss == "a row" else [{**row, "room": "elsewhere"} for row in some]
        write(model, some)

    monkeypatch.setattr(restoring, "write", write_otherwise)
    assert_refused(kept, settings, "did not store the rows of events.panel")


@pytest.mark.parametrize("change", ["a row", "a file"])
def test_archive_that_changes_after_its_check_is_refused(site, kept, settings, change):
    """Each of the two archives is whole: only what the check saw tells one from the other."""

    def exchange_file(members, _manifest):
        return [(name, content[::-1] if name == f"media/{site.cover.name}" else content) for name, content in members]

    def exchange_row(lines):
        return [line.replace(b"Panel", b"Penal") for line in lines]

    other = forged(kept, exchange_file) if change == "a file" else forged_rows(kept, "events.panel", exchange_row)
    with kept.open("rb") as first:
        checked = verify.check(first)
    assert other.read_bytes() != kept.read_bytes()
    before, media_before = digests(), files(settings)
    with (
        other.open("rb") as second,
        pytest.raises(archive.InvalidArchiveError, match="changed while it was being read"),
    ):
        restoring.restore(second, checked)
    assert (digests(), files(settings)) == (before, media_before)


def test_full_disk_is_told_before_anything_is_touched(kept, settings, monkeypatch):
    monkeypatch.setattr(media, "TO_SPARE", 2**60)
    assert_refused(kept, settings, "are free")


def test_texts_of_a_forged_archive_are_cleaned(kept):
    def evil(lines):
        return [line.replace(b"<p>Text", b"<script>alert(1)</script><p>Text") for line in lines]

    assert "cleaned by the rules of today: 1" in restore(
        forged_rows(kept, "events.event", evil), replace=True, yes=True
    )
    assert Event.objects.get(slug="kept").body == "<p>Text &amp; more</p>"


def test_backup_is_of_one_moment_while_others_write(site, tmp_path, monkeypatch):
    """Events come with one panel each, in one transaction; a backup has as many of either."""
    Event.objects.all().delete()
    stop, failed, saved = Signal(), [], []
    add_table = dump.add_table

    def write():
        try:
            while not stop.is_set():
                with transaction.atomic():
                    event = make_event()
                    Panel.objects.create(event=event, title="One each")
                saved.append(event.pk)
                time.sleep(0.001)
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    def add_table_after_another_save(*arguments):
        before, patience = len(saved), time.monotonic() + 20
        while len(saved) == before and writer.is_alive() and time.monotonic() < patience:
            time.sleep(0.001)
        written.append(len(saved) > before)
        return add_table(*arguments)

    written = []
    monkeypatch.setattr(dump, "add_table", add_table_after_another_save)
    writer = Thread(target=write)
    writer.start()
    try:
        with (tmp_path / "kept.tar").open("w+b") as file:
            dump.back_up(file)
            file.flush()
            tables = verify.check(file).manifest["tables"]
    finally:
        stop.set()
        writer.join()
    assert failed == []
    assert all(written)  # The backup kept nobody from saving.
    assert tables["events.event"]["rows"] == tables["events.panel"]["rows"]


def manage(*arguments, **environment):
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "forum_site.settings", "SECRET_KEY": "x" * 20, **environment},
        capture_output=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def test_backup_crosses_to_an_empty_sqlite_and_back(site, kept, settings, tmp_path):
    """On PostgreSQL, this is the way there and back; the file goes through a pipe."""
    before, media_before = digests(), files(settings)
    other = {"VAR_DIR": str(tmp_path / "other"), "DATABASE_URL": f"sqlite:///{tmp_path}/other/db.sqlite3"}
    assert b"Restored" in manage("restore", str(kept), **other)
    back = tmp_path / "back.tar"
    back.write_bytes(manage("backup", "--to", "-", **other))
    wipe(settings)
    restore(back)
    assert digests() == before
    assert files(settings) == media_before
