"""The rules of tests/migrating/rules.py: that each says no to what breaks it, and that our migrations keep them."""

import pytest
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState
from django.db.models import F, Q

from forum_site.indexes import AddIndexBesideWork
from tests.migrating.rules import RULES, breaches

OURS = {"events", "organizations", "forum_site", "sign_in", "links"}
BEFORE_THE_RULE = {"index": "It landed before the rule: whoever saves an event waits while it is built."}
# Their tables may have rows; what came later on other tables is free.
BASE = {
    "forum_site": "0002_search",
    "sign_in": "0001_attempts",
    "organizations": "0002_languages",
    "events": "0009_desk_list",
}
# Migrations that landed as they are, and are never edited.
LANDED = {
    ("events", "0017_desk"): BEFORE_THE_RULE,
    ("events", "0024_lists_without_the_bin"): {
        "index": "It landed before the rule. Since it drops indexes first, those who read events wait, too."
    },
}


def found(exceptions):
    """Return the rules that our migrations break, by migration: all of those that came after `BASE`."""
    loader = MigrationLoader(None)
    nodes = {}
    for leaf in sorted(loader.graph.leaf_nodes()):
        nodes |= dict.fromkeys(loader.graph.forwards_plan(leaf))
    before = list(BASE.items())
    released = {node for target in before for node in loader.graph.forwards_plan(target)}
    known = set(loader.project_state(before).models)
    state, broken = ProjectState(), {}
    for node in nodes:
        migration = loader.graph.nodes[node]
        if node[0] not in OURS:
            state = migration.mutate_state(state)
            continue
        texts = list(breaches(migration, state, known, exceptions.get(node)))
        broken[node] = [text for text in texts if node not in released or "“irreversible”" in text]
    return broken


def test_migrations_keep_the_rules():
    broken = found(LANDED)
    assert {node: texts for node, texts in broken.items() if texts} == {}
    assert len(broken) >= 31  # As many as there were when this was written.


def test_exceptions_are_needed():
    broken = {node: texts for node, texts in found({}).items() if texts}
    assert broken.keys() == LANDED.keys()
    assert all(
        any(f"“{name}”" in text for text in broken[node]) for node, reasons in LANDED.items() for name in reasons
    )


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


def told(*operations, known=frozenset({("city", "house")}), reasons=None, **attributes):
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
    return {text.split("“")[1].split("”")[0] for text in breaches(migration, state, known, reasons or {})}


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
    assert told(operation, reasons={name: "Nobody lives there yet."}) == set()
    assert told(operation, reasons={name: ""}) == {name}


def test_every_rule_has_something_that_breaks_it():
    assert BROKEN.keys() | {"mixed", "single"} == RULES.keys()


def test_table_that_no_release_knows_is_free():
    everything = [one for name in ("not_null", "constrained", "index") for one in BROKEN[name]]
    assert all(told(operation, known=set()) == set() for operation in everything)


def test_rows_and_tables_are_two_migrations():
    rows = migrations.RunPython(migrations.RunPython.noop, migrations.RunPython.noop)
    assert told(rows, KEPT[0]) == {"mixed"}
    assert told(rows, rows) == set()


def test_index_is_built_beside_work_in_a_migration_of_its_own():
    build = AddIndexBesideWork("house", models.Index(fields=["built"], name="house_by_year"))
    assert told(build, atomic=False) == set()
    assert told(build, KEPT[0], atomic=False) == {"single"}


def test_reason_for_no_rule_is_told():
    assert told(KEPT[0], reasons={"indexes": "Misspelt."}) == {"indexes"}
