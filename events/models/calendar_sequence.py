"""SEQUENCE of calendar files: how often a change of an event mattered to those who plan to come (RFC 5545, 3.8.7.4).

The database itself raises it, in the statement that makes the change, so that no way of saving (the admin, `save()`,
`update()`, `bulk_update()`, an import, psql) can forget to, and it never falls: not by a stale object that is saved.
`install_triggers()` sees to it after each `migrate`, because SQLite loses the triggers of a table that it rebuilds.
"""

from django.db import connections

from events.models import Event

# Where and when it is, and whether it is: what a mended text or title changes is none of it.
PLANS = (
    *("starts_on", "ends_on", "starts_at", "ends_at", "time_zone"),
    *("venue", "city", "country", "attendance", "online_url", "status"),
)

POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION events_raise_calendar_sequence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.calendar_sequence := GREATEST(OLD.calendar_sequence, NEW.calendar_sequence)
        + CASE WHEN ROW({new}) IS DISTINCT FROM ROW({old}) THEN 1 ELSE 0 END;
    RETURN NEW;
END $$
"""
POSTGRESQL_TRIGGER = """
CREATE TRIGGER raise_calendar_sequence BEFORE UPDATE ON events_event
FOR EACH ROW EXECUTE FUNCTION events_raise_calendar_sequence()
"""
# What the trigger updates does not start it again: SQLite's triggers are not recursive unless they are told to be.
SQLITE_TRIGGER = """
CREATE TRIGGER IF NOT EXISTS events_raise_calendar_sequence AFTER UPDATE OF calendar_sequence, {columns} ON events_event
WHEN ({new}) IS NOT ({old}) OR new.calendar_sequence < old.calendar_sequence
BEGIN
    UPDATE events_event
    SET calendar_sequence = max(old.calendar_sequence, new.calendar_sequence) + (({new}) IS NOT ({old}))
    WHERE id = new.id;
END
"""


def install_triggers(using, **kwargs):
    """After `migrate`: see that the table of events has its trigger."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if not _has_sequence(connection, cursor):
            return
        names = {name: ", ".join(f"{name}.{column}" for column in PLANS) for name in ("old", "new")}
        if connection.vendor == "postgresql":
            cursor.execute(POSTGRESQL_FUNCTION.format(**names))
            cursor.execute("SELECT 1 FROM pg_trigger WHERE tgname = 'raise_calendar_sequence'")
            if cursor.fetchone() is None:
                cursor.execute(POSTGRESQL_TRIGGER)
        else:
            cursor.execute(SQLITE_TRIGGER.format(columns=", ".join(PLANS), **names))


def _has_sequence(connection, cursor):
    table = Event._meta.db_table
    if table not in connection.introspection.table_names(cursor):
        return False
    columns = connection.introspection.get_table_description(cursor, table)
    return "calendar_sequence" in {column.name for column in columns}
