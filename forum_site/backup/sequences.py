"""Which keys were given already: after a restore, none is given a second time, not even one whose row is long deleted.

An event's short address is its key, for good.
"""

from django.db import connection, models

from forum_site.backup.rows import backed_up_models


def counted_models():
    """Return the models whose keys the database counts."""
    return {
        label: model
        for label, model in backed_up_models().items()
        if isinstance(model._meta.pk, models.AutoField | models.SmallAutoField | models.BigAutoField)
    }


def given():
    """Return the highest key that was given, by label."""
    with connection.cursor() as cursor:
        return {label: last_given(cursor, model) for label, model in counted_models().items()}


def last_given(cursor, model):
    table, column = model._meta.db_table, model._meta.pk.column
    if connection.vendor == "sqlite":
        cursor.execute("SELECT max(seq) FROM sqlite_sequence WHERE name = %s", [table])
    else:
        cursor.execute("SELECT pg_sequence_last_value(pg_get_serial_sequence(%s, %s)::regclass)", [table, column])
    return cursor.fetchone()[0] or 0


def go_on_after(keys):
    """See that the next key of each model is above `keys`, above those of its rows, and above those given here."""
    with connection.cursor() as cursor:
        for label, model in counted_models().items():
            highest = model._base_manager.aggregate(top=models.Max("pk"))["top"] or 0
            here = last_given(cursor, model)
            if (key := max(highest, keys.get(label, 0))) > here:
                set_last_given(cursor, model, key)


def set_last_given(cursor, model, key):
    table, column = model._meta.db_table, model._meta.pk.column
    if connection.vendor == "postgresql":
        cursor.execute("SELECT setval(pg_get_serial_sequence(%s, %s)::regclass, %s)", [table, column, key])
        return
    cursor.execute("UPDATE sqlite_sequence SET seq = %s WHERE name = %s", [key, table])
    if not cursor.rowcount:
        cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, key])
