import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("organizations", "0002_languages"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="OrganizationMerge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("gone_key", models.BigIntegerField()),
                ("gone_name", models.CharField(max_length=300, verbose_name="given up")),
                ("gone_slug", models.CharField(max_length=100, verbose_name="address")),
                ("kept_key", models.BigIntegerField()),
                ("kept_name", models.CharField(max_length=300, verbose_name="merged into")),
                ("merged_at", models.DateTimeField(auto_now_add=True, verbose_name="merged")),
                ("undone_at", models.DateTimeField(null=True, verbose_name="undone")),
                ("rows", models.JSONField()),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                (
                    "undone_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "merged organization",
                "verbose_name_plural": "merged organizations",
                "ordering": ["-merged_at", "-id"],
                "default_permissions": (),
            },
        ),
    ]
