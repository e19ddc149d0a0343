"""What a migration must not do while the release before still runs, and what may be excused with a reason.

`REASONS = {"index": "why it is safe here"}` in the module of a migration excuses what breaks the rule of that name.
"""

from importlib import import_module

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import connection, migrations, models

ON_ROWS = (migrations.RunPython, migrations.RunSQL)
RULES = {}


def rule(function):
    RULES[function.__name__] = function
    return function


class Change:
    """An operation of a migration, with the tables as they were before it; `known` are those that a release has."""

    def __init__(self, migration, operation, state, known):
        self.migration, self.operation, self.known = migration, operation, known
        self.models = state.models

    def is_of(self, *kinds):
        """Return whether it is one of these, on a table that the release before knows."""
        if not isinstance(self.operation, kinds):
            return False
        is_renamed = isinstance(self.operation, migrations.RenameModel)
        name = self.operation.old_name if is_renamed else getattr(self.operation, "model_name", None)
        name = name or self.operation.name
        return (self.migration.app_label, name.lower()) in self.known

    @property
    def field_before(self):
        """Return the field as it was, if it was there."""
        model = self.models[self.migration.app_label, self.operation.model_name_lower]
        return model.fields.get(self.operation.name)


@rule
def irreversible(change):
    """It can be undone, so that a site can go back."""
    return not change.operation.reversible


@rule
def not_null(change):
    """A new column is filled by the database itself: the release before does not name it when it adds a row."""
    if not change.is_of(migrations.AddField):
        return False
    field = change.operation.field
    is_filled = field.null or field.many_to_many or field.has_db_default() or getattr(field, "generated", False)
    return not is_filled


@rule
def removed(change):
    """What the release before reads stays, under its name. It goes with the release after: then nobody reads it."""
    return change.is_of(
        migrations.RemoveField,
        migrations.RenameField,
        migrations.DeleteModel,
        migrations.RenameModel,
        migrations.AlterModelTable,
    )


@rule
def narrowed(change):
    """A column takes all that it took, in the same type; it may only become longer."""
    if not change.is_of(migrations.AlterField):
        return False
    old, new = change.field_before, change.operation.field
    if old.many_to_many or new.many_to_many:
        return old.many_to_many != new.many_to_many
    is_same = old.db_parameters(connection)["type"] == new.db_parameters(connection)["type"]
    is_longer = type(old) is type(new) is models.CharField and (new.max_length or 0) >= (old.max_length or 0)
    loses_default = old.has_db_default() and not new.has_db_default()
    return not (is_same or is_longer) or (old.null and not new.null) or loses_default


@rule
def constrained(change):
    """Rows that are there, and those that the release before writes, fit whatever is asked of them."""
    if change.is_of(migrations.AddField, migrations.AlterField):
        return change.operation.field.unique and not (change.field_before and change.field_before.unique)
    return change.is_of(migrations.AddConstraint, migrations.AlterUniqueTogether)


@rule
def index(change):
    """An index of a table that has rows is built while others write, such as by Django's AddIndexConcurrently."""
    if change.is_of(migrations.AddField, migrations.AlterField):
        return change.operation.field.db_index and not (change.field_before and change.field_before.db_index)
    return change.is_of(migrations.AddIndex) and not isinstance(change.operation, AddIndexConcurrently)


@rule
def mixed(change):
    """Rows and tables change in two migrations: PostgreSQL changes no table whose triggers still have to run."""
    kinds = {isinstance(operation, ON_ROWS) for operation in change.migration.operations}
    return change.migration.atomic and len(kinds) == 2


@rule
def unseen(change):
    """What is done to the database is what is told to Django: of anything else these rules see nothing."""
    return isinstance(change.operation, migrations.SeparateDatabaseAndState)


def breaches(migration, state, known, format_errors=None):
    """Yield a sentence for each rule that a migration breaks without a reason; `state` is that before, and moves on."""
    format_errors = (
        format_errors if format_errors is not None else getattr(import_module(migration.__module__), "REASONS", {})
    )
    for name in format_errors.keys() - RULES.keys():
        yield f"{migration}: there is no rule “{name}”; there are {', '.join(RULES)}."
    for operation in migration.operations:
        change = Change(migration, operation, state, known)
        for name, is_broken in RULES.items():
            if is_broken(change) and not format_errors.get(name):
                yield f"{migration}: {operation.describe()}. The rule “{name}”: {is_broken.__doc__}"
        operation.state_forwards(migration.app_label, state)
