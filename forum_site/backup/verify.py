"""Proves an archive before anything is touched: its bytes, its rows, and that it belongs to this release."""

import hashlib
import json
from typing import NamedTuple

from django.db import connection
from django.db.migrations.loader import MigrationLoader

from forum_site.backup import media
from forum_site.backup.archive import (
    FOR_EACH_MEMBER,
    LARGEST_MANIFEST,
    MANIFEST,
    SEAL,
    InvalidArchiveError,
    checksum,
    members,
)
from forum_site.backup.chunks import unpacked
from forum_site.backup.dump import FORMAT, ROWS
from forum_site.backup.rows import backed_up_models, row_of

TOLD = 5  # migrations that are named
# What comes of reading a manifest as ours that is not.
NOT_OURS = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


class Checked(NamedTuple):
    """What a whole archive says of itself, and how many bytes its files have."""

    manifest: dict
    rows: int
    files: int
    bytes: int


def check(file):
    """Read all of an archive; return what it holds, or raise `InvalidArchiveError`. Nothing is changed."""
    manifest = checked_bytes(file)
    try:
        refuse_other_release(manifest)
        check_rows(file, manifest)
        files = [size for name, size, _digest in manifest["members"] if name.startswith(media.FOLDER)]
        rows = sum(table["rows"] for table in manifest["tables"].values())
        keys = all(isinstance(key, int) and 0 <= key < 2**63 for key in manifest["keys"].values())
        texts = [manifest["made_at"], manifest["site"]["name"], *manifest["settings"].values(), *manifest["missing"]]
        if not keys or not all(isinstance(text, str) for text in texts):
            raise InvalidArchiveError("Its manifest is not one that a backup writes.")
    except NOT_OURS as error:
        raise InvalidArchiveError("Its manifest is not one that a backup writes.") from error
    return Checked(manifest, rows, len(files), sum(files))


def checked_bytes(file):
    """Return the manifest of an archive whose every byte is as it was written."""
    found, manifest, closing = [], None, None
    for member in members(file):
        if closing is not None:
            raise InvalidArchiveError("Something stands after its end.")
        if manifest is not None:
            if member.name != SEAL or member.size > 1024:
                raise InvalidArchiveError("Its manifest is not followed by its seal.")
            closing = member.content()
        elif member.name == MANIFEST:
            if member.size > LARGEST_MANIFEST + FOR_EACH_MEMBER * len(found):
                raise InvalidArchiveError("Its manifest is too large.")
            manifest = member.content()
        else:
            refuse_name(member.name)
            for _chunk in member.chunks():
                pass
            found.append([member.name, member.size, member.digest.hexdigest()])
    if closing is None or closing != checksum(manifest):
        raise InvalidArchiveError("Its manifest is damaged or missing.")
    try:
        stated = json.loads(manifest)
        listed = stated["members"]
    except NOT_OURS as error:
        raise InvalidArchiveError("Its manifest is not one that a backup writes.") from error
    if listed != found:
        raise InvalidArchiveError(f"{first_difference(listed, found)} is not as it was written.")
    names = {name for name, _size, _digest in found}
    if len(names) != len(found):
        raise InvalidArchiveError("A name stands in it twice.")
    if not names.isdisjoint({folder for name in names for folder in folders_of(name)}):
        raise InvalidArchiveError("A name in it is that of a file and of a folder.")
    return stated


def folders_of(name):
    while name := name.rpartition("/")[0]:
        yield name


def refuse_name(name):
    plain = name.removeprefix(media.FOLDER)
    if not (plain != name and media.can_be_named(plain)) and not name.startswith(ROWS):
        raise InvalidArchiveError(
            f"The name {name!r} leads out of the folder of uploaded files, or is none of a backup."
        )


def first_difference(listed, found):
    pairs = zip(listed, found, strict=False) if isinstance(listed, list) else ()
    return next((there[0] for stated, there in pairs if stated != there), "The list of what is in it")


def refuse_other_release(manifest):
    """Rows fit the tables of the release that they were read from: say which migrations differ."""
    if manifest["format"] != FORMAT:
        raise InvalidArchiveError(f"Its format is {manifest['format']}; this release reads {FORMAT}.")
    theirs = set(map(tuple, manifest["migrations"]))
    ours = set(MigrationLoader(connection, ignore_no_migrations=True).disk_migrations)
    more, fewer = sorted(theirs - ours), sorted(ours - theirs)
    if more or fewer:
        raise InvalidArchiveError(
            "It was made by another release, whose tables differ: "
            + "; ".join(
                f"{which} {len(names)} ({', '.join(map('.'.join, names[:TOLD]))}{' …' if names[TOLD:] else ''})"
                for which, names in (("migrations that it has and this one has not:", more), ("lacking:", fewer))
                if names
            )
            + ". Restore it with the release that made it, and update that site afterwards."
        )


def check_rows(file, manifest):
    """Read every row as it would be stored."""
    models, found, digests = backed_up_models(), {}, {}
    for label, lines in rows_of(file):
        digest = digests.setdefault(label, hashlib.sha256())
        for line in lines:
            row_of(models[label], line)
            digest.update(line)
        found[label] = found.get(label, 0) + len(lines)
    nothing = hashlib.sha256()
    expected = {
        label: {"rows": found.get(label, 0), "sha256": digests.get(label, nothing).hexdigest()} for label in models
    }
    if manifest["tables"] != expected:
        raise InvalidArchiveError("Its rows are not those that its manifest lists.")


def rows_of(file):
    """Yield label and lines of each part of the database in an archive."""
    for member in members(file):
        if member.name.startswith(ROWS):
            label = member.name.split("/")[1]
            if label not in backed_up_models():
                raise InvalidArchiveError(f"It has rows of {label}, which this site has not.")
            yield label, unpacked(member.chunks())
