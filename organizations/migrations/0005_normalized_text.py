"""Rows that were written before text was normalized on its way into the database."""

from django.db import migrations

from forum_site.letters import normalize_line

LINES = {"Organization": ["name", "short_name", "city"], "OrganizationMerge": ["gone_name", "kept_name"]}


def normalize(apps, schema_editor):
    """Normalize these fields; a required one that would become empty stays, since nobody can guess it."""
    for model_name, fields in LINES.items():
        model = apps.get_model("organizations", model_name)
        for key, *texts in model.objects.order_by("pk").values_list("pk", *fields).iterator():
            changed = {
                name: new
                for name, text in zip(fields, texts, strict=True)
                if (new := normalize_line(text)) != text and (new or model._meta.get_field(name).blank)
            }
            if changed:
                model.objects.filter(pk=key).update(**changed)


class Migration(migrations.Migration):
    dependencies = [("organizations", "0004_files")]

    operations = [migrations.RunPython(normalize, migrations.RunPython.noop)]
