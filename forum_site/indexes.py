from django.contrib.postgres.operations import AddIndexConcurrently
from django.db.migrations import AddIndex


class AddIndexBesideWork(AddIndexConcurrently):
    """Builds an index while rows of its table are written; `AddIndex` keeps writers waiting until it is built.

    Its migration says `atomic = False` and has no other operation: on PostgreSQL this is part of no transaction, and
    `migrate` tries it again. On SQLite it is `AddIndex`.
    """

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        kind = AddIndexConcurrently if schema_editor.connection.vendor == "postgresql" else AddIndex
        kind.database_forwards(self, app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        kind = AddIndexConcurrently if schema_editor.connection.vendor == "postgresql" else AddIndex
        kind.database_backwards(self, app_label, schema_editor, from_state, to_state)
