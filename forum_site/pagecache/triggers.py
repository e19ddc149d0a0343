"""The triggers by which each change of a row that a page may print begins a new site version (models.py)."""

import uuid

from django.apps import apps
from django.conf import settings
from django.db import connections

from forum_site.pagecache.models import ContentVersion

POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION pagecache_change_site_version() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF {needed} THEN
        UPDATE pagecache_contentversion SET token = gen_random_uuid();
        PERFORM set_config('forum_site.site_version_of', pg_current_xact_id()::text, true);
    END IF;
    RETURN NULL;
END $$
"""
# One name for each transaction: an import of thousands of rows needs no more.
ONCE = "current_setting('forum_site.site_version_of', true) IS DISTINCT FROM pg_current_xact_id()::text"
# Deferred to the commit: two editors who save for a minute do not wait for each other's one row.
POSTGRESQL_TRIGGERS = """
CREATE CONSTRAINT TRIGGER change_site_version AFTER INSERT OR UPDATE OR DELETE ON {table}
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION pagecache_change_site_version();
DROP TRIGGER IF EXISTS change_site_version_emptied ON {table};
CREATE TRIGGER change_site_version_emptied AFTER TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION pagecache_change_site_version()
"""
SQLITE_TRIGGER = """
CREATE TRIGGER IF NOT EXISTS {table}_change_site_version_{operation} AFTER {operation} ON {table}
BEGIN UPDATE pagecache_contentversion SET token = lower(hex(randomblob(16))); END
"""


def models_on_public_pages():
    """Return the models of this project, those behind many-to-many fields included, whose rows a page may print."""
    ours = [apps.get_app_config(label) for label in settings.CONTENT_APPS]
    return [
        model
        for app in ours
        for model in app.get_models(include_auto_created=True)
        if getattr(model, "on_public_pages", True) and model._meta.managed and not model._meta.proxy
    ]


def install_triggers(using, **kwargs):
    """After `migrate`: see that every printed table has its triggers, and that a new site version begins."""
    connection = connections[using]
    existing = set(connection.introspection.table_names())
    if ContentVersion._meta.db_table not in existing:
        return
    tables = {model._meta.db_table for model in models_on_public_pages()} & existing
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
    ContentVersion.objects.using(using).update_or_create(pk=1, defaults={"token": uuid.uuid4()})


def tables_with_triggers(cursor):
    cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'change_site_version'")
    return {table for (table,) in cursor.fetchall()}
