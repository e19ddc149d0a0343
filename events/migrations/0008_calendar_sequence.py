from django.db import migrations

from events.calendar_sequence import remove_triggers


def remove(apps, schema_editor):
    remove_triggers(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("events", "0007_finding")]

    # Undone, the trigger goes before its column; done, `install_triggers()` makes it after all migrations.
    operations = [migrations.RunPython(migrations.RunPython.noop, remove)]
