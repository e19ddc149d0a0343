from django.core.management import call_command
from django.db import migrations

TABLE = "sign_in_attempts"


def make_table(apps, schema_editor):
    """The table of the cache in which attempts to sign in are counted; left alone where it is."""
    call_command("createcachetable", TABLE, database=schema_editor.connection.alias, verbosity=0)


def drop_table(apps, schema_editor):
    schema_editor.execute(f"DROP TABLE {schema_editor.quote_name(TABLE)}")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [migrations.RunPython(make_table, drop_table)]
