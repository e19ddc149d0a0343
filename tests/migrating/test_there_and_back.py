"""The first tables are filled, left for today's, come back to and left again, one migration after the other."""

from collections import Counter

import pytest
from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from forum_site import environment
from tests.load.site import Site
from tests.migrating.filling import ROWS, fill

ALIAS = "there_and_back"
OURS = ("events", "organizations", "forum_site", "sign_in", "links")
FIRST = {"organizations": "0001_initial", "events": "0002_editors"}
TABLES = ("events_", "organizations_", "links_", "auth_user")


@pytest.fixture
def database(django_db_blocker, tmp_path):
    """A database of its own, of the kind that is tested, which does not know any table."""
    with django_db_blocker.unblock():
        settings = environment.database(Site(tmp_path).environment["DATABASE_URL"])
        connections.databases[ALIAS] = connections.configure_settings({"default": {}, ALIAS: settings})[ALIAS]
        yield connections[ALIAS]
        connections[ALIAS].close()
        del connections[ALIAS], connections.databases[ALIAS]


def leaves():
    """Return the newest migration of each app, in all apps."""
    return dict(MigrationLoader(None).graph.leaf_nodes())


def migrate(database, targets):
    """Lead the tables of our apps to the migrations of `targets`, as an operator does."""
    for app in OURS:
        if app in targets or (app, "0001") in {(label, name[:4]) for label, name in applied(database)}:
            call_command("migrate", app, targets.get(app, "zero"), database=ALIAS, verbosity=0)


def applied(database):
    return MigrationLoader(database).applied_migrations


def migrate_back(database, targets):
    """Undo all that came after `targets`, one migration after the other, and each with what follows a `migrate`."""
    executor = MigrationExecutor(database)
    nodes = [(app, targets.get(app)) for app in OURS]
    for migration, is_backwards in executor.migration_plan(nodes):
        assert is_backwards
        before = [name for app, name in migration.dependencies if app == migration.app_label]
        call_command("migrate", migration.app_label, *(before or ["zero"]), database=ALIAS, verbosity=0)


def models_at(targets):
    """Return the models as they were then."""
    others = {app: name for app, name in leaves().items() if app not in OURS}
    return MigrationLoader(None).project_state(list({**others, **targets}.items())).apps


def content(database):
    """Return all rows: by table and key, what is in each column."""
    rows = {}
    with database.cursor() as cursor:
        for table in database.introspection.table_names(cursor):
            if table.startswith(TABLES):
                cursor.execute(f"SELECT * FROM {database.ops.quote_name(table)}")
                columns = [column[0] for column in cursor.description]
                rows[table] = {row[0]: dict(zip(columns, row, strict=True)) for row in cursor.fetchall()}
    return rows


def lost(before, after):
    """Return what is not as it was, in tables and columns that are still there."""
    found = []
    for table in before.keys() & after.keys():
        there = set().union(*after[table].values())
        for key, row in before[table].items():
            if key not in after[table]:
                found.append(f"{table} {key} is gone")
                continue
            now = after[table][key]
            found += [
                f"{table} {key} {column}: {value!r} is now {now[column]!r}"
                for column, value in row.items()
                if column in there and now[column] != value
            ]
    return found


def shows(rows):
    carried_over = sum(row["shows_carried_over"] for row in rows["events_event"].values())
    return carried_over, Counter({key: row["shows"] for key, row in rows["events_showcount"].items()})


def test_first_tables_are_left_and_come_back_to(database):
    migrate(database, FIRST)
    assert fill(models_at(FIRST), ALIAS, first=0) >= 8 * ROWS
    first = content(database)
    migrate(database, leaves())
    assert lost(first, content(database)) == []
    assert shows(content(database)) == shows(first)
    assert fill(models_at(leaves()), ALIAS, first=1000) >= 8 * ROWS
    today = content(database)
    migrate_back(database, FIRST)
    back = content(database)
    assert lost(today, back) == []
    migrate(database, leaves())
    assert lost(back, content(database)) == []
    assert shows(content(database)) == shows(today)
