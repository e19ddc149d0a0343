"""Editions of the site: what all public pages print between one change and the next.

`PageVersion` is one row whose `name` the database itself replaces, in the same transaction, whenever a row changes that
a page may print: triggers do it, so that no way of saving (the admin, `update()`, an import, `loaddata`, psql) can
forget to. `install_triggers()` puts them on every table after each `migrate`; a model whose rows no page prints says
`printed = False`.

Time changes pages too. An `Edition` is the version together with the moment at which it ends by the clock alone: the
next scheduled publication or its end, midnight, or what `next_turn()` of a model tells of clocks that its rows have of
their own. Two equal editions print the same pages, whoever asks, in every
process.
"""

import datetime
import uuid
from typing import NamedTuple

from django.apps import apps
from django.conf import settings
from django.db import connections, models
from django.utils import timezone

from forum_site.core.db.publishing import Published, next_turns


class Edition(NamedTuple):
    version: uuid.UUID
    until: datetime.datetime

    @classmethod
    def current(cls):
        """Return the edition that pages show now, with one statement, unless it is the first one after a turn."""
        now = timezone.now()
        row = PageVersion.objects.annotate(**next_turns()).values().first()
        if row is None:  # Somebody emptied the database.
            PageVersion.objects.get_or_create(pk=1)
            return cls.current()
        version = row.pop("name")
        turns = [moment for name, moment in row.items() if name != "id" and moment]
        return cls(version, min([own_turn(version, now), *turns]))


def next_midnight(zone=None, now=None):
    """Return when the day ends in a time zone, the site's unless given; in UTC."""
    zone = zone or timezone.get_current_timezone()
    tomorrow = (now or timezone.now()).astimezone(zone).date() + datetime.timedelta(days=1)
    return datetime.datetime.combine(tomorrow, datetime.time.min, zone).astimezone(datetime.UTC)


_turns = {}  # Of the version that was asked for last: a new one has another name.


def own_turn(version, now):
    """Return the next turn by the clocks of site and rows. The rows stay as they are as long as the version does."""
    turn = _turns.get(version)
    if turn is None or turn <= now:
        models_with_clocks = [model for model in apps.get_models() if issubclass(model, Published)]
        turns = [next_midnight(now=now), *(model.objects.next_turn(now) for model in models_with_clocks)]
        turn = min(moment for moment in turns if moment)
        _turns.clear()
        _turns[version] = turn
    return turn


class PageVersion(models.Model):
    """A random name, never used twice: a copy or an older backup of the site cannot be taken for this edition."""

    name = models.UUIDField(default=uuid.uuid4)

    printed = False

    def __str__(self):
        return str(self.name)


POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION forum_site_change_edition() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF {needed} THEN
        UPDATE forum_site_pageversion SET name = gen_random_uuid();
        PERFORM set_config('forum_site.edition_of', pg_current_xact_id()::text, true);
    END IF;
    RETURN NULL;
END $$
"""
# One name for each transaction: an import of thousands of rows needs no more.
ONCE = "current_setting('forum_site.edition_of', true) IS DISTINCT FROM pg_current_xact_id()::text"
# Deferred to the commit: two editors who save for a minute do not wait for each other's one row.
POSTGRESQL_TRIGGERS = """
CREATE CONSTRAINT TRIGGER change_edition AFTER INSERT OR UPDATE OR DELETE ON {table}
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION forum_site_change_edition();
DROP TRIGGER IF EXISTS change_edition_emptied ON {table};
CREATE TRIGGER change_edition_emptied AFTER TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION forum_site_change_edition()
"""
SQLITE_TRIGGER = """
CREATE TRIGGER IF NOT EXISTS {table}_change_edition_{operation} AFTER {operation} ON {table}
BEGIN UPDATE forum_site_pageversion SET name = lower(hex(randomblob(16))); END
"""


def printed_models():
    """Return the models of this project, those behind many-to-many fields included, whose rows a page may print."""
    ours = [apps.get_app_config(label) for label in settings.PRINTED_APPS]
    return [
        model
        for app in ours
        for model in app.get_models(include_auto_created=True)
        if getattr(model, "printed", True) and model._meta.managed and not model._meta.proxy
    ]


def install_triggers(using, **kwargs):
    """After `migrate`: see that every printed table has its triggers, and that a new edition begins."""
    connection = connections[using]
    existing = set(connection.introspection.table_names())
    if PageVersion._meta.db_table not in existing:
        return
    tables = {model._meta.db_table for model in printed_models()} & existing
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(POSTGRESQL_FUNCTION.format(needed=ONCE))
            for table in sorted(tables - tables_with_triggers(cursor)):
                cursor.execute(POSTGRESQL_TRIGGERS.format(table=table))
        else:
            # Each time: SQLite changes a table by replacing it, and its triggers go with it.
            for table in sorted(tables):
                for operation in ("INSERT", "UPDATE", "DELETE"):
                    cursor.execute(SQLITE_TRIGGER.format(table=table, operation=operation))
    PageVersion.objects.using(using).update_or_create(pk=1, defaults={"name": uuid.uuid4()})


def tables_with_triggers(cursor):
    cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'change_edition'")
    return {table for (table,) in cursor.fetchall()}
