"""Puts an archive that was checked into the database and the folder of files: all of it, or nothing."""

import hashlib
import json
from typing import NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

from forum_site.backup import media, sequences
from forum_site.backup.archive import InvalidArchiveError, members
from forum_site.backup.rows import backed_up_models, digest_of, empty, fields_of, lift_limits, line_of, row_of, write
from forum_site.backup.verify import rows_of
from forum_site.core.fields.rich_text import RichTextField
from forum_site.core.fields.text import NormalizedField

# Migrations write these into every new database.
MADE_BY_MIGRATIONS = {"contenttypes.contenttype", "auth.permission", "auth.group", "auth.group_permissions"}


class Restored(NamedTuple):
    rows: int
    files: int
    cleaned: int  # Rows whose texts today's rules clean further than those did by which they were saved.


def content_here():
    """Return the number of rows by label that a restore would delete, where there are any."""
    counts = {
        label: model._base_manager.count()
        for label, model in backed_up_models().items()
        if label not in MADE_BY_MIGRATIONS
    }
    return {label: count for label, count in counts.items() if count}


def restore(file, checked):
    """Make the site what the archive says; afterwards, the search has to be made anew."""
    with media.staged(checked.bytes) as folder:
        hashes = {name: digest for name, _size, digest in checked.manifest["members"]}
        for member in members(file):
            if member.name.startswith(media.FOLDER):
                media.stage(folder, member)
                refuse_change(member.digest.hexdigest() == hashes.get(member.name))
        # What has moved when the transaction fails, be it in its last moment, moves back.
        with media.MediaSwap() as exchange, transaction.atomic(durable=True):
            lift_limits()
            empty()
            expected, cleaned = write_rows(file, checked.manifest)
            connection.check_constraints()
            sequences.go_on_after(checked.manifest["keys"])
            for label, model in backed_up_models().items():
                if digest_of(model) != expected[label]:
                    raise InvalidArchiveError(
                        f"The database did not store the rows of {label} as they are in the archive."
                    )
            files = exchange.put_in_place(folder)
    ContentType.objects.clear_cache()
    return Restored(checked.rows, files, cleaned)


def write_rows(file, manifest):
    """Write all rows; return the hash that each table must have now, and how many rows were cleaned."""
    models, cleaned = backed_up_models(), 0
    as_read = {label: hashlib.sha256() for label in models}
    as_written = {label: hashlib.sha256() for label in models}
    for label, lines in rows_of(file):
        model = models[label]
        texts = [field.attname for field in fields_of(model) if isinstance(field, RichTextField | NormalizedField)]
        rows = [row_of(model, line) for line in lines]
        for line, row in zip(lines, rows, strict=True):
            as_read[label].update(line)
            values = (
                dict(zip((field.attname for field in fields_of(model)), json.loads(line), strict=True)) if texts else {}
            )
            changed = {name: row[name] for name in texts if row[name] != values[name]}
            cleaned += bool(changed)
            as_written[label].update(line_of((values | changed).values()) if changed else line)
        store(model, rows)
    refuse_change(all(as_read[label].hexdigest() == manifest["tables"][label]["sha256"] for label in models))
    return {label: digest.hexdigest() for label, digest in as_written.items()}, cleaned


def store(model, rows):
    try:
        write(model, rows)
    except (
        ArithmeticError,
        RecursionError,
        TypeError,
        ValueError,
    ) as error:  # A driver's, beside its errors of the database.
        raise InvalidArchiveError(f"Rows of {model._meta.label} cannot be stored: {error}") from error


def refuse_change(is_the_same):
    if not is_the_same:
        raise InvalidArchiveError("It changed while it was being read.")
