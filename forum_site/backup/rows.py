"""The rows of the database as lines of JSON, and back, with the very values that are stored.

A line is the list of a row's values, in the order of `fields_of()`. Rows are read and written past the models' own
saving: what would be set at each save (who, when, which sequence, cleaned texts) is content here.
"""

import hashlib
import json
from contextlib import contextmanager
from types import SimpleNamespace

from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management.color import no_style
from django.db import connection, models, transaction

from forum_site.backup.archive import InvalidArchiveError
from forum_site.core.fields.rich_text import RichTextField, clean_rich_text
from forum_site.core.fields.text import NormalizedField

# Who is signed in ends with the machine, and the search is made anew.
NOT_BACKED_UP = {
    "sessions.session",
    "usersessions.usersession",
    "search.searchentry",
    "search.searchposting",
    "search.searchspelling",
    "forum_admin.submission",
}
# Its name must never come back: see forum_site/pagecache/models.py.
LEFT_ALONE = {"pagecache.contentversion"}
READ_AT_ONCE = 200
WRITTEN_AT_ONCE = 500


def stored_models():
    """Return the models that have a table of their own, those behind many-to-many fields included."""
    found = apps.get_models(include_auto_created=True)
    return [model for model in found if model._meta.managed and not model._meta.proxy]


def backed_up_models():
    """Return the models that are backed up, by their labels. Their order does not matter: keys are checked last."""
    return {
        model._meta.label_lower: model
        for model in stored_models()
        if model._meta.label_lower not in NOT_BACKED_UP | LEFT_ALONE
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


def digest_of(model):
    digest = hashlib.sha256()
    for line in lines(model):
        digest.update(line)
    return digest.hexdigest()


def row_of(model, line):
    """Return the values of a line as Python has them, by their columns' names."""
    fields, name = fields_of(model), ""
    try:
        values = json.loads(line.decode("utf-8", "surrogatepass"))
        if not isinstance(values, list) or len(values) != len(fields):
            raise InvalidArchiveError(f"A row of {model._meta.label} has not the fields that it should have.")
        row = {}
        for field, value in zip(fields, values, strict=True):
            name = field.attname
            row[name] = stored(field, value)
        return row
    except InvalidArchiveError:
        raise
    except Exception as error:  # Fields raise what they like on what is none of theirs.
        reason = " ".join(error.messages) if isinstance(error, ValidationError) else str(error) or type(error).__name__
        where = f"{name}: " if name else ""
        raise InvalidArchiveError(f"A row of {model._meta.label} cannot be read: {where}{reason.strip()}") from error


def stored(field, value):
    """Return a value as its field stores it; raise an error where it, or this database, would not."""
    if isinstance(field, models.JSONField):
        return models.Value(None, field) if value is None and not field.null else value
    if value is None:
        if not field.null:
            raise ValueError("there is nothing")
        return None
    if isinstance(field, RichTextField):
        # Its field cleans every text that is written; here it tells in time what it would refuse.
        value = clean_rich_text(value)
    elif isinstance(field, models.FileField) and not isinstance(value, str):
        raise ValueError("it is no name of a file")
    else:
        if isinstance(field, NormalizedField):
            refuse_unfit(field, value)  # Before what is wrong with it is taken away.
        value = field.to_python(value)
    refuse_unfit(field.target_field if field.is_relation else field, value)
    return value


def refuse_unfit(field, value):
    """Refuse what the columns of this database have no room for."""
    if isinstance(value, int) and isinstance(field, models.IntegerField):
        least, most = connection.ops.integer_field_range(field.get_internal_type())
        if not (least is None or value >= least) or not (most is None or value <= most):
            raise ValueError("it is out of range")
    if isinstance(value, str):
        value.encode()  # Which refuses half characters.
        if connection.vendor == "postgresql":
            if "\0" in value:
                raise ValueError("it has a NUL, which PostgreSQL does not store")
            if isinstance(field, models.CharField | models.FileField) and len(value) > (field.max_length or len(value)):
                raise ValueError(f"it is longer than {field.max_length} characters")


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
