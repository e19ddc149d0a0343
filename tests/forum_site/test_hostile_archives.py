"""What is damaged or forged is refused in a sentence, with nothing touched, and costs little memory."""

import errno
import gzip
import json
import os
import random
import subprocess
import sys
import tarfile
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, OperationalError, connection, transaction

from forum_site.backup import archive, media, rows, verify
from forum_site.backup import chunks as packing
from forum_site.backup import restore as restoring
from tests.archives import assert_refused, damaged, digests, files, forged, restore

pytestmark = pytest.mark.django_db(transaction=True)
MB = 1024 * 1024
ESCAPE = "\x1b]0;owned\x07\u202e"


def contents(path):
    """Yield the position and the size of the content of each member of an archive."""
    with tarfile.open(path) as archive:
        yield from ((info.offset_data, info.size) for info in archive if info.size)


def test_flipped_bit_in_any_content_is_refused(kept):
    content, chance = bytearray(kept.read_bytes()), random.Random(0)
    before, tried = digests(), 0
    for start, size in contents(kept):
        tried += 1
        place, bit = start + chance.randrange(size), 1 << chance.randrange(8)
        content[place] ^= bit
        with damaged(kept, content).open("rb") as file, pytest.raises(archive.InvalidArchiveError):
            verify.check(file)  # Else, byte `place` was changed and nobody noticed.
        content[place] ^= bit
    assert tried > 20
    assert digests() == before


def test_archive_cut_off_in_any_part_is_refused(kept):
    content, chance = kept.read_bytes(), random.Random(1)
    for start, size in contents(kept):
        for place in (start, start + chance.randrange(size)):
            with damaged(kept, content[:place]).open("rb") as file, pytest.raises(archive.InvalidArchiveError):
                verify.check(file)


HOSTILE = [
    *(b"1" * 5000, b"1e999", b"-1e999", b"NaN", b"Infinity", b"9" * 30, b"-" + b"9" * 30, b"1.5", b"true", b"null"),
    *(b"[" * 100_000, b"[" * 900 + b"]" * 900, b'{"a":' * 900 + b"1" + b"}" * 900, b'{"a":1,"a":2}', b"[]", b"{}"),
    *(b'"\\ud800"', b'"\\u0000"', b'"' + b"x" * 40_000 + b'"', b'"9999-99-99"', b'"0001-01-01T00:00:00+23:59"'),
    *(b'"\xff"', b"", b"'", b'"' + ESCAPE.encode("unicode_escape").replace(b"\\x", b"\\u00") + b'"', b'"../../x"'),
]


def with_value(line, column, value):
    """Return a row in which one column says something else, as the bytes that are given."""
    texts = [json.dumps(each, ensure_ascii=False, separators=(",", ":")).encode() for each in json.loads(line)]
    texts[column] = value
    return b"[" + b",".join(texts) + b"]\n"


@pytest.mark.parametrize(
    "label", ["events.event", "mfa.authenticator", "auth.user", "events.revision", "events.showcount"]
)
def test_hostile_value_in_any_column_is_refused_or_can_be_stored(site, label):
    """Whatever passes the proof, such as a strange text where any may stand, fails at most as the database says it."""
    model = rows.backed_up_models()[label]
    line = next(rows.lines(model))
    passed = 0
    for column in range(len(rows.fields_of(model))):
        for value in HOSTILE:
            try:
                row = rows.row_of(model, with_value(line, column, value))
            except archive.InvalidArchiveError:
                continue
            passed += 1
            with transaction.atomic():
                model._base_manager.all()._raw_delete(model._base_manager.db)
                try:
                    with transaction.atomic():
                        restoring.store(model, [row])
                except (archive.InvalidArchiveError, DatabaseError):
                    continue
                finally:
                    transaction.set_rollback(True)
    assert passed < len(rows.fields_of(model)) * len(HOSTILE) / 2


def test_what_postgresql_cannot_store_is_told_by_the_proof(kept, settings, monkeypatch):
    monkeypatch.setattr(connection, "vendor", "postgresql")
    with kept.open("rb") as file:
        verify.check(file)
    event = rows.backed_up_models()["events.event"]
    column = [field.name for field in rows.fields_of(event)].index("title")
    line = next(rows.lines(event))
    for value, told in [(b'"a\\u0000b"', "title: it has a NUL"), (b'"' + b"x" * 400 + b'"', "longer than 300")]:
        with pytest.raises(archive.InvalidArchiveError, match=told):
            rows.row_of(event, with_value(line, column, value))


def test_nothing_of_an_archive_reaches_the_terminal_as_it_is(kept, settings):
    """An escape sequence in a name, a setting, a migration or a member would act on the terminal of who restores."""

    def change(members, manifest):
        manifest["site"]["name"] = manifest["made_at"] = ESCAPE
        manifest["settings"] = {"SITE_NAME": ESCAPE, ESCAPE: ESCAPE}
        manifest["missing"] = [ESCAPE, *manifest["missing"]]

    path = forged(kept, change)
    told = restore(path, check=True) + restore(path, replace=True, yes=True)
    assert all(line.isprintable() for line in told.split("\n"))
    assert told.count(r"\x1b]0;owned\x07\u202e") >= 7
    assert_refused(forged(kept, lambda members, manifest: manifest.update(migrations=[[ESCAPE, ESCAPE]])), settings)
    assert_refused(forged(kept, lambda members, manifest: manifest.update(format=ESCAPE)), settings)
    named = [(f"media/../{ESCAPE}", b""), (f"database/{ESCAPE}/1", b""), (f"{ESCAPE}/x", b"")]
    for member in named:
        assert_refused(forged(kept, lambda members, manifest, member=member: [*members, member]), settings)


@pytest.mark.parametrize(
    "change",
    [
        lambda manifest: manifest.update(tables=[[[]]]),
        lambda manifest: manifest.update(settings=3),
        lambda manifest: manifest.update(settings={"SITE_NAME": 3}),
        lambda manifest: manifest.update(site="x"),
        lambda manifest: manifest.update(missing=[{}]),
        lambda manifest: manifest.update(missing=None),
        lambda manifest: manifest.update(made_at=[]),
        lambda manifest: manifest.update(migrations=[[1, 2], ["a", "b"]]),
        lambda manifest: manifest.update(migrations=[[]]),
        lambda manifest: manifest.update(format={"a": []}),
        lambda manifest: manifest.update(keys={"events.event": 2**70}),
        lambda manifest: manifest.update(keys={"events.event": 1.5}),
        lambda manifest: manifest.update(keys=[]),
    ],
)
def test_manifest_of_other_types_is_refused(kept, settings, change):
    assert_refused(forged(kept, lambda members, manifest: change(manifest)), settings)


def test_name_of_a_file_and_a_folder_is_refused(kept, settings):
    assert_refused(
        forged(kept, lambda members, manifest: [*members, ("media/a", b""), ("media/a/b/c", b"")]),
        settings,
        "of a file and of a folder",
    )


def test_names_that_are_one_to_this_disk_are_refused(kept, settings, monkeypatch):
    """Where large and small letters are the same, the second file does not take the place of the first."""
    path = forged(kept, lambda members, manifest: [*members, ("media/aA", b"1"), ("media/Aa", b"2")])
    stage = media.stage
    monkeypatch.setattr(
        media,
        "stage",
        lambda folder, member: stage(folder, SimpleNamespace(name=member.name.lower(), chunks=member.chunks)),
    )
    assert_refused(path, settings, "File exists")


def tar_header(kind, **fields):
    info = tarfile.TarInfo("media/x")
    info.type, info.mode = kind, 0o600
    for name, value in fields.items():
        setattr(info, name, value)
    return info


@pytest.mark.parametrize(
    ("head", "told"),
    [
        (tar_header(tarfile.GNUTYPE_SPARSE).tobuf(tarfile.GNU_FORMAT), "not a file that a backup writes"),
        (tar_header(tarfile.BLKTYPE, devmajor=8).tobuf(tarfile.GNU_FORMAT), "not a file that a backup writes"),
        (tar_header(tarfile.SYMTYPE, linkname="/etc/x").tobuf(tarfile.GNU_FORMAT), "not a file that a backup writes"),
        (tar_header(tarfile.DIRTYPE).tobuf(tarfile.GNU_FORMAT), "not a file that a backup writes"),
        (tar_header(tarfile.REGTYPE, name="/etc/x").tobuf(tarfile.GNU_FORMAT), "leads out of"),
        (tar_header(tarfile.REGTYPE, name="media/../x").tobuf(tarfile.GNU_FORMAT), "leads out of"),
    ],
)
def test_odd_member_is_refused(kept, settings, head, told):
    assert_refused(damaged(kept, head + kept.read_bytes()), settings, told)


def test_bomb_of_rows_is_refused_with_little_memory(kept, tmp_path):
    """Each of these is a few megabytes, whole by all its hashes, and would be gigabytes once it is read."""
    name = "database/events.event/000001.jsonl.gz"
    zeros = gzip.compress(bytes(MB), 1) * 4096  # Each a stream of its own: a reader that goes on has four gigabytes.
    one_line = tmp_path / "line.gz"
    with gzip.open(one_line, "wb", 1) as file:
        for _megabyte in range(600):
            file.write(bytes(MB))
    many_lines = packing.pack([b"[]\n" * (20 * MB)])
    paths = []
    for number, bomb in enumerate((zeros, one_line.read_bytes(), many_lines)):
        path = forged(
            kept, lambda members, manifest, bomb=bomb: [(each, bomb if each == name else it) for each, it in members]
        )
        paths.append(path.rename(path.with_name(f"bomb-{number}.tar")))
        assert paths[-1].stat().st_size < 30 * MB
    refused, memory = proving(paths)
    assert refused == len(paths)
    assert memory < 300 * MB


PROVE = """
import pathlib, re, sys, django
django.setup()
from forum_site.backup import archive, verify
refused = 0
for path in sys.argv[1:]:
    try:
        verify.check(open(path, "rb"))
    except archive.InvalidArchiveError:
        refused += 1
# Its own peak; what getrusage() tells begins with that of the process which started this one.
print(refused, int(re.search(r"VmHWM:\\s*(\\d+) kB", pathlib.Path("/proc/self/status").read_text())[1]) * 1024)
"""


def proving(paths):
    """Return how many of these archives are refused, and the most bytes that this took."""
    done = subprocess.run([sys.executable, "-c", PROVE, *paths], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return tuple(map(int, done.stdout.split()))


@pytest.mark.parametrize("kept_moves", [0, 1, 2, 3])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES])
def test_files_are_put_back_when_one_cannot_be_moved(kept, settings, monkeypatch, code, kept_moves):
    (settings.MEDIA_ROOT / "empty.bin").write_bytes(b"something of now")
    (settings.MEDIA_ROOT / ("long-" * 40)).unlink()
    moves, rename = [], os.rename

    def fail(source, target):
        moves.append(source)
        if len(moves) == kept_moves + 1:
            raise OSError(code, os.strerror(code), str(target))
        rename(source, target)

    monkeypatch.setattr(media.os, "rename", fail)
    assert_refused(kept, settings, os.strerror(code))
    assert len(moves) == 1 + 2 * kept_moves
    assert not [path for path in settings.MEDIA_ROOT.iterdir() if path.name.startswith(media.STAGING)]


def test_folders_that_were_made_are_gone_again(kept, settings, monkeypatch):
    path = forged(kept, lambda members, manifest: [*members, ("media/a/b/c", b"1"), ("media/z", b"1")])
    (settings.MEDIA_ROOT / "z").mkdir()
    (settings.MEDIA_ROOT / "z" / "stays").write_bytes(b"")
    assert_refused(path, settings, "is a folder here")


def test_files_are_put_back_when_the_last_moment_fails(kept, settings, monkeypatch):
    """The commit is the one step after the files have moved."""
    (settings.MEDIA_ROOT / "empty.bin").write_bytes(b"something of now")
    put_in_place = media.MediaSwap.put_in_place

    def and_fail_to_commit(exchange, folder):
        moved = put_in_place(exchange, folder)
        connection.commit = lambda: (_ for _ in ()).throw(OperationalError("the server went away"))
        return moved

    monkeypatch.setattr(media.MediaSwap, "put_in_place", and_fail_to_commit)
    try:
        with pytest.raises(CommandError, match="went away"):
            restore(kept, replace=True, yes=True)
    finally:
        del connection.commit
    assert files(settings)["empty.bin"] == b"something of now"


def test_what_cannot_be_moved_back_is_kept_and_told(kept, settings, monkeypatch):
    (settings.MEDIA_ROOT / "empty.bin").write_bytes(b"something of now")
    rename = os.rename

    def once(source, target):
        if str(target).endswith("empty.bin") and media.STAGING in str(source):
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(target))
        rename(source, target)

    monkeypatch.setattr(media.os, "rename", once)
    with pytest.raises(CommandError, match="could be moved back"):
        restore(kept, replace=True, yes=True)
    (staging,) = [path for path in settings.MEDIA_ROOT.iterdir() if path.name.startswith(media.STAGING)]
    assert (staging / media.STAGING / "empty.bin").read_bytes() == b"something of now"


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
def test_row_too_long_to_come_back_is_told_by_the_backup(site, tmp_path, monkeypatch):
    monkeypatch.setattr(packing, "MAX_LINE_BYTES", 100)
    with pytest.raises(CommandError, match=r"is larger"):
        call_command("backup", to=str(tmp_path / "kept.tar"))
    assert not (tmp_path / "kept.tar").exists()
