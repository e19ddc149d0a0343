from datetime import UTC, datetime

from django.db import migrations, models

NEVER = datetime(1000, 1, 1, tzinfo=UTC)
BATCH = 500
REASONS = {
    "index": "Nothing has been released yet, so that nobody saves an event meanwhile.",
    "mixed": "The rows come last: no table is changed after them.",
}


def store_moments(apps, schema_editor):
    from events.models.clock import SCHEDULE_FIELDS, utc_span

    events = apps.get_model("events", "Event").objects.using(schema_editor.connection.alias)
    last = 0
    while found := list(events.filter(pk__gt=last).order_by("pk").only(*SCHEDULE_FIELDS)[:BATCH]):
        for event in found:
            event.utc_start, event.utc_end = utc_span(event)
        events.bulk_update(found, ["utc_start", "utc_end"])
        last = found[-1].pk


class Migration(migrations.Migration):
    dependencies = [("events", "0026_files_and_imported_shows")]

    operations = [
        migrations.AddField("event", "utc_start", models.DateTimeField(db_default=NEVER, editable=False)),
        migrations.AddField("event", "utc_end", models.DateTimeField(db_default=NEVER, editable=False)),
        migrations.AddIndex(
            "event",
            models.Index(
                fields=["publication", "utc_end", "starts_on", "id", "publish_at", "unpublish_at"],
                name="events_event_public_coming",
            ),
        ),
        migrations.RunPython(store_moments, migrations.RunPython.noop),
    ]
