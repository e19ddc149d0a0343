"""`name__folded_contains="назарбаев"`: a part of a text, by the letters of `letters.fold()`, on each database alike.

`icontains` of SQLite knows the capitals of ASCII only, and that of PostgreSQL those of the database's locale.
"""

import re
from functools import lru_cache

from django.db import models
from django.db.backends.signals import connection_created

from forum_site.core.text.folding import pattern_of

MAX_PATTERN_LETTERS = 60  # of what is typed; more would be a pattern that PostgreSQL refuses


class FoldedContains(models.lookups.Contains):
    lookup_name = "folded_contains"
    prepare_rhs = True

    def process_rhs(self, compiler, connection):
        return "%s", [self.rhs[:MAX_PATTERN_LETTERS]]

    def as_sqlite(self, compiler, connection):
        column, parameters = self.process_lhs(compiler, connection)
        typed, values = self.process_rhs(compiler, connection)
        return f"folded_contains({column}, {typed})", [*parameters, *values]

    def as_postgresql(self, compiler, connection):
        column, parameters = self.process_lhs(compiler, connection)
        typed, (value,) = self.process_rhs(compiler, connection)
        return f"{column}::text ~ {typed}", [*parameters, pattern_of(value)]


@lru_cache(maxsize=100)
def _search(typed):
    return re.compile(pattern_of(typed)).search


def _folded_contains(text, typed):
    return None if text is None else _search(typed)(text) is not None


def add_function(sender, connection, **kwargs):
    if connection.vendor == "sqlite":
        connection.connection.create_function("folded_contains", 2, _folded_contains, deterministic=True)


def register():
    models.CharField.register_lookup(FoldedContains)
    models.TextField.register_lookup(FoldedContains)
    connection_created.connect(add_function)
