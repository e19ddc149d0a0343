"""The rules of tests/migrating/rules.py: that each says no to what breaks it, and that our migrations keep them."""

import pytest
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState
from django.db.models import F, Q

from tests.migrating.rules import RULES, breaches

OURS = {"events", "organizations", "pagecache", "search", "forum_admin", "accounts", "links"}


def test_migrations_keep_the_rules():
    """All that come after the first of each app, whose tables may have rows by then."""
    loader = MigrationLoader(None)
    nodes = {}
    for leaf in sorted(loader.graph.leaf_nodes()):
        nodes |= dict.fromkeys(loader.graph.forwards_plan(leaf))
    first = [node for node in nodes if node[1] == "0001_initial"]
    known = set(loader.project_state(first).models)
    state, broken = ProjectState(), []
    for node in nodes:
        migration = loader.graph.nodes[node]
        if node[0] in OURS and node not in first:
            broken += breaches(migration, state, known)
        else:
            state = migration.mutate_state(state)
    assert broken == []


BROKEN = {
    "irreversible": [
        migrations.RunPython(print),
        migrations.RunSQL("SELECT 1"),
    ],
    "not_null": [migrations.AddField("house", "rooms", models.IntegerField(default=1))],
    "removed": [
        migrations.RemoveField("house", "name"),
        migrations.RenameField("house", "name", "title"),
        migrations.DeleteModel("House"),
        migrations.RenameModel("House", "Home"),
        migrations.AlterModelTable("House", "homes"),
    ],
    "narrowed": [
        migrations.AlterField("house", "name", models.CharField(max_length=19)),
        migrations.AlterField("house", "name", models.TextField()),
        migrations.AlterField("house", "built", models.IntegerField()),
        migrations.AlterField("house", "floors", models.IntegerField(default=1)),
    ],
    "constrained": [
        migrations.AddConstraint("house", models.CheckConstraint(condition=Q(built__gt=0), name="built")),
        migrations.AddConstraint("house", models.UniqueConstraint(F("name"), name="once")),
        migrations.AlterUniqueTogether("house", {("name", "built")}),
        migrations.AlterField("house", "name", models.CharField(max_length=20, unique=True)),
        migrations.AddField("house", "number", models.IntegerField(null=True, unique=True)),
    ],
    "index": [
        migrations.AddIndex("house", models.Index(fields=["name"], name="house_by_name")),
        migrations.AddField("house", "owner", models.ForeignKey("self", models.CASCADE, null=True)),
        migrations.AlterField("house", "name", models.CharField(max_length=20, db_index=True)),
    ],
    "unseen": [migrations.SeparateDatabaseAndState([], [])],
}
KEPT = [
    migrations.AddField("house", "rooms", models.IntegerField(default=1, db_default=1)),
    migrations.AddField("house", "owner", models.ForeignKey("self", models.CASCADE, null=True, db_index=False)),
    migrations.AlterField("house", "name", models.CharField(max_length=21, help_text="Longer.")),
    migrations.AlterField("house", "built", models.IntegerField(null=True, verbose_name="built in")),
    migrations.AlterModelOptions("House", {"ordering": ["name"]}),
    migrations.RemoveIndex("house", "house_by_name"),
    migrations.RunPython(migrations.RunPython.noop, migrations.RunPython.noop),
]


def told(*operations, known=frozenset({("city", "house")}), format_errors=None, **attributes):
    """Return the names of the rules that a migration of a city breaks."""
    fields = {
        "name": models.CharField(max_length=20),
        "built": models.IntegerField(null=True),
        "floors": models.IntegerField(default=1, db_default=1),
    }
    options = {"indexes": [models.Index(fields=["built", "name"], name="house_by_name")]}
    state = ProjectState()
    state.add_model(ModelState("city", "House", [("id", models.AutoField(primary_key=True)), *fields.items()], options))
    migration = type("Migration", (migrations.Migration,), {"operations": operations, **attributes})("0002", "city")
    return {text.split("“")[1].split("”")[0] for text in breaches(migration, state, known, format_errors or {})}


@pytest.mark.parametrize("operation", KEPT, ids=lambda operation: operation.describe())
def test_what_keeps_the_rules_passes(operation):
    assert told(operation) == set()


@pytest.mark.parametrize(
    ("name", "operation"),
    [(name, one) for name, some in BROKEN.items() for one in some],
    ids=lambda value: str(value)[:60],
)
def test_what_breaks_a_rule_is_told_unless_there_is_a_reason(name, operation):
    assert told(operation) == {name}
    assert told(operation, format_errors={name: "Nobody lives there yet."}) == set()
    assert told(operation, format_errors={name: ""}) == {name}


def test_every_rule_has_something_that_breaks_it():
    assert BROKEN.keys() | {"mixed"} == RULES.keys()


def test_table_that_no_release_knows_is_free():
    everything = [one for name in ("not_null", "constrained", "index") for one in BROKEN[name]]
    assert all(told(operation, known=set()) == set() for operation in everything)


def test_rows_and_tables_are_two_migrations():
    rows = migrations.RunPython(migrations.RunPython.noop, migrations.RunPython.noop)
    assert told(rows, KEPT[0]) == {"mixed"}
    assert told(rows, rows) == set()


def test_index_is_built_beside_work():
    build = AddIndexConcurrently("house", models.Index(fields=["built"], name="house_by_year"))
    assert told(build, atomic=False) == set()


def test_reason_for_no_rule_is_told():
    assert told(KEPT[0], format_errors={"indexes": "Misspelt."}) == {"indexes"}
