"""Rows of every model at a migration, by its historical models: odd texts, empty values, the ends of every range."""

import datetime
import uuid

from django.db import models

ROWS = 60
TEXTS = [
    *("", "0", "Форум «Суша и море»", "中亚论坛", '\'; DROP TABLE "x" -- %s {} \\', "\u202eעברית", " two\nlines\t"),
    "🏛" * 400,  # Cut to the length of its column, which it then fills.
]
DAYS = [datetime.date(2023, 5, 17), datetime.date(1000, 1, 1), datetime.date(2999, 12, 31), datetime.date(2024, 2, 29)]
TIMES = [datetime.time(0, 0), datetime.time(23, 59, 59, 999999), None]
FILLED = ("auth.user", "organizations", "events", "links")


def event(n):
    begins, at = DAYS[n % len(DAYS)], TIMES[n % len(TIMES)]
    publish = moment(n) if n % 3 else None
    return {
        **{"slug": f"event-{n}", "starts_on": begins, "ends_on": begins, "starts_at": at, "ends_at": at},
        **{"publish_at": publish, "unpublish_at": publish and publish + datetime.timedelta(days=1)},
        **{"time_zone": "Asia/Almaty", "country": ["", "KZ"][n % 2], "online_url": ["", "https://x.example/й"][n % 2]},
    }


# What constraints ask for, by the model's label.
SPECIAL = {
    "events.event": event,
    "events.panel": lambda n: {"starts_at": TIMES[n % 3], "ends_at": TIMES[n % 3]},
    "events.agreement": lambda n: {"signed_on": DAYS[n % 4], "valid_until": DAYS[n % 4] if n % 3 else None},
    "events.showcount": lambda n: {"day": datetime.date(2020, 1, 1) + datetime.timedelta(days=n), "shows": n},
    "events.showcorrection": lambda n: {"shows": n + 1, "reason": "Because"},
    "events.version": lambda n: {"number": n + 1, "is_working": False, "whole": {"title": TEXTS[n % len(TEXTS)]}},
    "organizations.organization": lambda n: {
        "slug": f"house-{n}",
        "country": ["", "CN"][n % 2],
        "website": ["", "https://x.example/й"][n % 2],
    },
}


def fill(apps, alias, first):
    """Add `ROWS` rows of every model, numbered from `first`; return how many were added."""
    left = [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.label_lower == FILLED[0] or model._meta.app_label in FILLED[1:]
    ]
    made = {}
    while left:
        model = next(model for model in left if parents_of(model) <= made.keys())
        left.remove(model)
        rows = [row(model, n, made) for n in range(first, first + ROWS)]
        made[model._meta.label] = model._base_manager.using(alias).bulk_create(rows)
    return sum(len(rows) for rows in made.values())


def parents_of(model):
    fields = [field for field in model._meta.concrete_fields if field.remote_field]
    return {field.related_model._meta.label for field in fields} - {model._meta.label}


def row(model, n, made):
    special = SPECIAL.get(model._meta.label_lower, lambda n: {})(n)
    values = {}
    for field in model._meta.concrete_fields:
        if field.name in special:
            values[field.name] = special[field.name]
        elif field.remote_field:
            rows = made.get(field.related_model._meta.label)  # Not yet of itself: the first have no parent.
            values[field.name] = rows[n % ROWS] if rows and not (field.null and n % 3 == 0) else None
        elif not isinstance(field, models.AutoField):
            values[field.name] = value(field, n)
    for field in model._meta.concrete_fields:
        if isinstance(field, models.ImageField) and field.width_field:
            values |= {
                field.width_field: 640,
                field.height_field: 400,
            }  # Else Django would ask the file, which is none.
    return model(**values)


def value(field, n):
    if field.null and n % 3 == 0:
        return None
    if field.choices:
        return field.flatchoices[n % len(field.flatchoices)][0]
    match field:
        case models.CharField() | models.TextField() | models.FileField():
            text = f"{field.name}-{n}" if field.unique or not field.blank else TEXTS[n % len(TEXTS)]
            return text[: field.max_length]
        case models.BooleanField():
            return n % 2 == 0
        case models.DateTimeField():
            return moment(n)
        case models.DateField():
            return DAYS[n % len(DAYS)]
        case models.TimeField():
            return TIMES[n % 2]
        case models.UUIDField():
            return uuid.UUID(int=n)
        case models.JSONField():
            return [TEXTS[n % len(TEXTS)], n, None]
        case models.PositiveBigIntegerField() | models.BigIntegerField():
            return [0, 585, 2**62][n % 3]
        case models.IntegerField():
            return [0, 1, 32767][n % 3]
    raise NotImplementedError(f"Say in filling.py what a {type(field).__name__} may hold.")


def moment(n):
    return datetime.datetime(2024, 3, 31, 0, 59, 59, 999999, tzinfo=datetime.UTC) + datetime.timedelta(days=n)
