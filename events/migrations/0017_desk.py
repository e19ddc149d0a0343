import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0016_rights_on_links"),
        ("organizations", "0002_languages"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="event",
            name="changed_by",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="last changed by",
            ),
        ),
        migrations.AddField(
            model_name="event",
            name="entered_by",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="entered by",
            ),
        ),
        migrations.AddField(
            model_name="event",
            name="in_review_since",
            field=models.DateTimeField(editable=False, null=True, verbose_name="in review since"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["entered_by", "publication"], name="events_event_entered_by"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["changed_by", "publication"], name="events_event_changed_by"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("body", "")), fields=["-ends_on", "-id"], name="events_event_without_text"
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("cover_alt", ""), models.Q(("cover", ""), _negated=True)),
                fields=["-starts_on", "-id"],
                name="events_event_cover_untold",
            ),
        ),
    ]
