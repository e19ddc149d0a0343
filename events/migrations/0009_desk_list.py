from django.db import migrations, models
from django.db.models import F
from django.db.models.functions import Upper


class Migration(migrations.Migration):
    dependencies = [("events", "0008_calendar_sequence")]

    operations = [
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                fields=["-starts_on", "-id", "publication", "standing", "kind", "country"], name="events_event_on_desk"
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                Upper("title"), F("starts_on").desc(), F("id").desc(), "title", name="events_event_by_title"
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                Upper("city"), F("starts_on").desc(), F("id").desc(), "city", name="events_event_by_place"
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(Upper("theme"), "id", "theme", name="events_event_by_motto"),
        ),
        # What they answered, those above answer as well.
        migrations.RemoveIndex(model_name="event", name="events_event_by_date"),
        migrations.RemoveIndex(model_name="event", name="events_event_by_words"),
        migrations.RemoveIndex(model_name="event", name="events_event_by_city"),
    ]
