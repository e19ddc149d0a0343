"""Writes a backup: the database of one moment, then the files, then what proves both."""

import hashlib
import json
import os
from contextlib import closing
from typing import NamedTuple

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from forum_site.backup import media, sequences
from forum_site.backup.archive import Writer
from forum_site.backup.chunks import LineTooLongError, packed
from forum_site.backup.rows import backed_up_models, lines, snapshot

FORMAT = 1
ROWS = "database/"
# What a person sets anew on another machine. Passwords, keys and addresses that hold them stay out.
SETTINGS = (
    *("ALLOWED_HOSTS", "BEHIND_PROXY", "EMAIL_FROM", "LANGUAGE_CODE", "LOG_FORMAT"),
    *("MEDIA_S3_BUCKET", "MEDIA_S3_ENDPOINT", "MEDIA_S3_REGION", "SITE_NAME", "SITE_URL", "TIME_ZONE"),
)


class Done(NamedTuple):
    """What went into a backup, and which files did not: `{name: why}`, and names that rows have and no file."""

    rows: int
    files: int
    left_out: dict
    missing: list


def back_up(stream, note=lambda text: None):
    """Write the whole site to a stream, telling `note` how far it is; return what was `Done`."""
    writer, named = Writer(stream), set()
    with snapshot():
        made_at = timezone.now()  # Whatever is saved from here on is not in it.
        with_files = {label: media.file_fields(model) for label, model in backed_up_models().items()}
        tables = {label: add_table(writer, label, model) for label, model in backed_up_models().items()}
        note("database")
        for label, fields in with_files.items():
            for field in fields:
                values = backed_up_models()[label]._base_manager.values_list(field, flat=True).order_by()
                named.update(name for name in values.iterator() if name)
        facts = {
            "format": FORMAT,
            "made_at": made_at.isoformat(),
            "database": connection.vendor,
            "settings": {name: os.environ[name] for name in SETTINGS if name in os.environ},
            "site": {"name": settings.SITE_NAME, "url": settings.SITE_URL},
            "migrations": sorted(map(list, MigrationRecorder(connection).applied_migrations())),
            "keys": sequences.given(),
            "tables": tables,
        }
    left_out, files = {}, 0
    for name in media.names():
        if reason := media.add(writer, name):
            left_out[name] = reason
        else:
            files += 1
            named.discard(name)
            if files % 1000 == 0:
                note(f"files: {files}")
    facts["missing"] = sorted(named)
    # Names that cannot be written as text are told with a question mark.
    left_out = {name.encode(errors="replace").decode(): reason for name, reason in left_out.items()}
    manifest = {**facts, "left_out": left_out, "members": writer.members}
    writer.close(json.dumps(manifest, ensure_ascii=False, indent=0).encode())
    return Done(sum(table["rows"] for table in tables.values()), files, left_out, facts["missing"])


def add_table(writer, label, model):
    """Write the rows of a model; return how many they are, and their hash, which is the same on every database."""
    digest, rows = hashlib.sha256(), 0
    try:
        with closing(lines(model)) as found:  # Where this fails, PostgreSQL's cursor ends before its transaction does.
            for number, (part, count) in enumerate(packed(found, digest), 1):
                writer.add(f"{ROWS}{label}/{number:06}.jsonl.gz", part)
                rows += count
    except LineTooLongError as error:
        raise LineTooLongError(label) from error
    return {"rows": rows, "sha256": digest.hexdigest()}
