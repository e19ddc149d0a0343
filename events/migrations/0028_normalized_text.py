"""Rows that were written before text was normalized on its way into the database."""

from django.db import migrations

from forum_site.letters import normalize_line, normalize_lines

LINES = {
    "Agreement": ["title", "moment"],
    "Event": ["title", "theme", "occasion", "summary", "venue", "city", "cover_alt", "cover_credit"],
    "EventDocument": ["title"],
    "EventPicture": ["caption"],
    "Panel": ["title", "room"],
    "Picture": ["title", "alt", "credit"],
    "ImportedShows": ["reason"],
    "PreviewLink": ["for_whom"],
    "Series": ["name"],
    "ShowCorrection": ["reason"],
    "Tag": ["name"],
    "Version": ["name", "comment"],
    "Visit": ["place", "city"],
}
UNIQUE = {"Series", "Tag"}


def normalize(apps, schema_editor):
    for name, fields in LINES.items():
        normalize_rows(apps.get_model("events", name), fields, normalize_line, is_unique=name in UNIQUE)
    normalize_rows(apps.get_model("events", "Agreement"), ["other_parties"], normalize_lines)


def normalize_rows(model, fields, normalized, is_unique=False):
    """Normalize these fields; a required one that would become empty stays, since nobody can guess it."""
    for key, *texts in model.objects.order_by("pk").values_list("pk", *fields).iterator():
        changed = {
            name: new
            for name, text in zip(fields, texts, strict=True)
            if (new := normalized(text)) != text and (new or model._meta.get_field(name).blank)
        }
        if not changed:
            continue
        if is_unique:
            changed["name"] = free_name(model, key, changed["name"])
        model.objects.filter(pk=key).update(**changed)


def free_name(model, key, name):
    """Return the name, with a number where another row has it: they were two before."""
    number, free = 1, name
    while model.objects.filter(name=free).exclude(pk=key).exists():
        number += 1
        free = f"{name[:50]} ({number})"
    return free


class Migration(migrations.Migration):
    dependencies = [("events", "0027_moments_in_utc")]

    operations = [migrations.RunPython(normalize, migrations.RunPython.noop)]
