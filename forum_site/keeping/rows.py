"""The rows of the database as lines of JSON, and back, with the very values that are stored.

A line is the list of a row's values, in the order of `fields_of()`. Rows are read and written past the models' own
saving: what would be set at each save (who, when, which sequence, cleaned texts) is content here.
"""

import gzip
import hashlib
import json
import zlib
from contextlib import contextmanager
from types import SimpleNamespace

from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management.color import no_style
from django.db import connection, models, transaction

from forum_site.keeping.archive import CHUNK, DamagedError
from forum_site.richtext import RichTextField, clean_rich_text

# Who is signed in ends with the machine, and the search is made anew.
EMPTIED = {
    "sessions.session",
    "usersessions.usersession",
    "forum_site.searchentry",
    "forum_site.searchposting",
    "forum_site.searchspelling",
}
# Its name must never come back: see forum_site/editions.py.
LEFT_ALONE = {"forum_site.pageversion"}
READ_AT_ONCE = 200
WRITTEN_AT_ONCE = 500
LARGEST_PART = 1024 * CHUNK  # unpacked; a part is one chunk, or a single row that is larger


def stored_models():
    """Return the models that have a table of their own, those behind many-to-many fields included."""
    found = apps.get_models(include_auto_created=True)
    return [model for model in found if model._meta.managed and not model._meta.proxy]


def kept_models():
    """Return the models that are backed up, by their labels. Their order does not matter: keys are checked last."""
    return {
        model._meta.label_lower: model
        for model in stored_models()
        if model._meta.label_lower not in EMPTIED | LEFT_ALONE
    }


def fields_of(model):
    return model._meta.local_concrete_fields


@contextmanager
def snapshot():
    """A stretch in which all that is read is of one moment, while others go on writing."""
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        usual, connection.transaction_mode = connection.transaction_mode, "DEFERRED"  # Else it would be the writer.
        try:
            with transaction.atomic(durable=True):
                yield
        finally:
            connection.transaction_mode = usual
        return
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        lift_limits()
        yield


def lift_limits():
    """Until the end of the transaction, let a statement take as long as it needs: the limits are for pages."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")


def lines(model):
    """Yield the rows of a model, by their keys, as bytes."""
    rows = model._base_manager.order_by("pk").values_list(*[field.attname for field in fields_of(model)])
    for row in rows.iterator(chunk_size=READ_AT_ONCE):
        yield line_of(row)


def line_of(row):
    text = json.dumps(list(row), ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=plain)
    return text.encode("utf-8", "surrogatepass") + b"\n"


def plain(value):
    if isinstance(value, bytes | memoryview):
        raise TypeError("A backup cannot hold a field of bytes.")
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def parts(model, digest):
    """Yield the rows of a model packed, about a chunk at a time, and their number; `digest` is given all of them."""
    waiting, size = [], 0
    for line in lines(model):
        digest.update(line)
        waiting.append(line)
        size += len(line)
        if size >= CHUNK:
            yield gzip.compress(b"".join(waiting), mtime=0), len(waiting)
            waiting, size = [], 0
    if waiting:
        yield gzip.compress(b"".join(waiting), mtime=0), len(waiting)


def digest_of(model):
    digest = hashlib.sha256()
    for line in lines(model):
        digest.update(line)
    return digest.hexdigest()


def unpacked(part):
    """Return the lines of a packed part."""
    unpacking = zlib.decompressobj(wbits=31)
    try:
        text = unpacking.decompress(part, LARGEST_PART)
    except zlib.error as error:
        raise DamagedError(f"Rows in it cannot be unpacked: {error}.") from error
    if not unpacking.eof or unpacking.unused_data or not text.endswith(b"\n"):
        raise DamagedError("Rows in it are too large, or not packed as a backup packs them.")
    return [line + b"\n" for line in text.removesuffix(b"\n").split(b"\n")]


def row_of(model, line):
    """Return the values of a line as Python has them, by their columns' names."""
    fields = fields_of(model)
    try:
        values = json.loads(line.decode("utf-8", "surrogatepass"))
        if not isinstance(values, list) or len(values) != len(fields):
            raise DamagedError(f"A row of {model._meta.label} has not the fields that it should have.")
        return {field.attname: stored(field, value) for field, value in zip(fields, values, strict=True)}
    except (ValidationError, ValueError, TypeError, RecursionError) as error:
        raise DamagedError(f"A row of {model._meta.label} cannot be read: {error}") from error


def stored(field, value):
    if isinstance(field, models.JSONField):
        return models.Value(None, field) if value is None and not field.null else value
    # Its field cleans every text that is written; here it tells in time what it would refuse.
    return clean_rich_text(value) if isinstance(field, RichTextField) else field.to_python(value)


def write(model, rows):
    """Add rows as they are: no `save()`, no signals, no `pre_save()` of the fields."""
    fields = fields_of(model)
    size = min(WRITTEN_AT_ONCE, connection.ops.bulk_batch_size(fields, rows))
    for at in range(0, len(rows), size):
        batch = [SimpleNamespace(**row) for row in rows[at : at + size]]
        model._base_manager._insert(batch, fields=fields, using=connection.alias, raw=True)


def empty():
    """Delete all rows of what is backed up, and of what is made anew."""
    tables = [model._meta.db_table for model in stored_models() if model._meta.label_lower not in LEFT_ALONE]
    statements = connection.ops.sql_flush(no_style(), tables, reset_sequences=False, allow_cascade=False)
    connection.ops.execute_sql_flush(statements)
