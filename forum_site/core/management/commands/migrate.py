"""Django's `migrate`, which does not keep readers waiting for a lock.

A statement that wants a table for itself stands in a queue, and everybody who comes later waits behind it. So it gives
up after `LOCK_TIMEOUT`, its migration is rolled back, and the command says to run it again.
"""

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connections
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import gettext as _

from forum_site.core.management.commands.makemigrations import Autodetector

LOCK_TIMEOUT = 5  # seconds
# The limits of the site's own statements do not hold for those of a migration.
LIMITS = {"lock_timeout": f"{LOCK_TIMEOUT}s", "statement_timeout": "0", "idle_in_transaction_session_timeout": "0"}
LOCK_NOT_AVAILABLE, DEADLOCK_DETECTED = "55P03", "40P01"


class Command(migrate.Command):
    autodetector = Autodetector

    def handle(self, *args, **options):
        connection = connections[options["database"]]
        refuse_development_database(connection)
        if connection.vendor != "postgresql":
            return super().handle(*args, **options)
        with connection.cursor() as cursor:
            for name, value in LIMITS.items():
                cursor.execute(f"SET {name} = %s", [value])
        try:
            return super().handle(*args, **options)
        except OperationalError as error:
            if getattr(error.__cause__, "pgcode", None) not in (LOCK_NOT_AVAILABLE, DEADLOCK_DETECTED):
                raise
            message = _("Another connection uses a table of the migration, which was rolled back. Run migrate again.")
            raise CommandError(message) from error
        finally:
            if connection.is_usable():
                with connection.cursor() as cursor:
                    for name in LIMITS:
                        cursor.execute(f"RESET {name}")


def refuse_development_database(connection):
    """Raise CommandError for a database from before the first release: its migrations, or its columns, are gone."""
    applied = MigrationRecorder(connection).applied_migrations()
    if ("forum_site", "0001_editions") in applied or has_former_columns(connection):
        raise CommandError(
            _(
                "This database was made by a development version and cannot be migrated. "
                "Name an empty database with DATABASE_URL, or an empty folder with VAR_DIR."
            )
        )


def has_former_columns(connection):
    with connection.cursor() as cursor:
        if "events_event" not in connection.introspection.table_names(cursor):
            return False
        columns = connection.introspection.get_table_description(cursor, "events_event")
    return "publication_status" not in {column.name for column in columns}
