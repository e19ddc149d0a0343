"""What a deleted row takes along, told to the database too, for a release that does not know of all of it.

While a site is updated, the release before runs on the new tables for a while, and again when the update is taken back.
Django deletes what hangs on a row by itself, as far as the code knows of it: rows of a newer table would keep the event
from being deleted, with an error. So triggers do for each foreign key of `PRINTED_APPS` what its `on_delete` says, for
`CASCADE` and `SET_NULL`; for the code of today nothing is left to do by then. `install_triggers()` sees to them after
each `migrate`.
"""

from collections import defaultdict

from django.apps import apps
from django.conf import settings
from django.db import connections, models

POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    {statements}
    RETURN OLD;
END $$
"""
POSTGRESQL_TRIGGER = """
CREATE TRIGGER take_along BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()
"""
SQLITE_TRIGGER = "CREATE TRIGGER {name} BEFORE DELETE ON {table} BEGIN {statements} END"
STATEMENTS = {
    models.CASCADE: "DELETE FROM {table} WHERE {column} = OLD.{key};",
    models.SET_NULL: "UPDATE {table} SET {column} = NULL WHERE {column} = OLD.{key};",
}


def statements_by_table(connection):
    """Return what to do before a row of a table is deleted, by the table's name, as far as tables and columns exist."""
    found = defaultdict(list)
    with connection.cursor() as cursor:
        existing = set(connection.introspection.table_names(cursor))
        columns = {
            model: {column.name for column in connection.introspection.get_table_description(cursor, table)}
            for model in our_models()
            if (table := model._meta.db_table) in existing
        }
    for model, there in columns.items():
        for field in model._meta.concrete_fields:
            kind = field.remote_field and STATEMENTS.get(field.remote_field.on_delete)
            if kind and field.column in there:
                other = field.target_field
                statement = kind.format(table=model._meta.db_table, column=field.column, key=other.column)
                found[other.model._meta.db_table].append(statement)
    return {table: sorted(statements) for table, statements in found.items() if table in existing}


def our_models():
    ours = [apps.get_app_config(label) for label in settings.PRINTED_APPS]
    return [
        model
        for app in ours
        for model in app.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
    ]


def install_triggers(using, **kwargs):
    """After `migrate`: see that each row takes along what it should."""
    connection = connections[using]
    statements = statements_by_table(connection)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            _install_on_postgresql(cursor, statements)
            return
        remove_triggers(using)
        for table, some in sorted(statements.items()):
            name = f"{table}_take_along"
            cursor.execute(SQLITE_TRIGGER.format(name=name, table=table, statements=" ".join(some)))


def _install_on_postgresql(cursor, statements):
    """Without a lock on tables that have their trigger already: only what it does is told anew."""
    cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'take_along'")
    there = {table for (table,) in cursor.fetchall()}
    for table in sorted(there - statements.keys()):
        cursor.execute(f"DROP FUNCTION {table}_take_along() CASCADE")
    for table, some in sorted(statements.items()):
        function = f"{table}_take_along"
        cursor.execute(POSTGRESQL_FUNCTION.format(function=function, statements="\n    ".join(some)))
        if table not in there:
            cursor.execute(POSTGRESQL_TRIGGER.format(table=table, function=function))


def remove_triggers(using, **kwargs):
    """Before `migrate`: SQLite lets no table be renamed that a trigger of another one names."""
    connection = connections[using]
    if connection.vendor == "postgresql":
        return  # There a function names them, which is read when it runs.
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%_take_along'")
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {connection.ops.quote_name(name)}")
