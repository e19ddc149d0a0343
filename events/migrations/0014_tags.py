from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0013_managers_audit"),
    ]

    operations = [
        migrations.CreateModel(
            name="Tag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "name",
                    models.CharField(
                        error_messages={"unique": "There is a tag of this name already: choose that one."},
                        help_text="A topic in one or two words, such as: water.",
                        max_length=60,
                        unique=True,
                        verbose_name="name",
                    ),
                ),
                ("slug", models.CharField(editable=False, max_length=100, unique=True, verbose_name="address")),
            ],
            options={
                "verbose_name": "tag",
                "verbose_name_plural": "tags",
                "ordering": ["name"],
            },
        ),
        migrations.AddField(
            model_name="event",
            name="tags",
            field=models.ManyToManyField(
                blank=True,
                related_name="events",
                to="events.tag",
                verbose_name="tags",
            ),
        ),
    ]
