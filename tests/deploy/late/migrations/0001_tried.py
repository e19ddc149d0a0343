from django.db import migrations


class Migration(migrations.Migration):
    """As a release would bring it, whichever is the newest: a column of the table that everybody reads."""

    dependencies = [("events", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE events_event ADD COLUMN tried integer NULL", "ALTER TABLE events_event DROP COLUMN tried"
        )
    ]
