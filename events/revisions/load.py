"""An event as a snapshot has it, in memory: its page and its form are made of it, and nothing is written or locked."""

from collections import defaultdict

from django.db import connection
from django.utils import timezone

from events.revisions.snapshot import (
    EVENT,
    event_of,
    fill,
    fit,
    parts,
    take_snapshot,
    with_free_address,
    without_missing_references,
)

# What pages print of rows that a part leads to: whom an organization belongs to.
BEYOND = {"organizations.organization": ["parent"]}


def load(content):
    """Return the event of a snapshot with all that belongs to it, as if it had been prefetched.

    What the snapshot leads to and is gone is left out, as `restore()` leaves it out.
    """
    if not is_complete(content):
        content = fit(content, take_snapshot(event_of(content)["id"]))
    content = with_free_address(content)
    found = rows_outside(content)
    content = without_missing_references(content, found)
    rows = {part.label: {row["id"]: instance_of(part, row) for row in content[part.label]} for part in parts()}
    for part in parts():
        for field in outward_fields(part):
            for row in rows[part.label].values():
                if (key := getattr(row, field.attname)) is not None:
                    field.set_cached_value(row, found[field.related_model][key])
    for part in parts()[1:]:
        prefetch(part, rows, found)
    return rows[EVENT][event_of(content)["id"]]


def is_complete(content):
    """Return whether the snapshot tells every field that this release knows."""
    return all(
        part.label in content and all(len(row) == len(part.fields) for row in content[part.label]) for part in parts()
    )


def outward_fields(part):
    """Return the fields by which the rows of a part lead to rows that do not belong to the event."""
    own = {part.label for part in parts()}
    return [field for field in part.fields if field.is_relation and field.related_model._meta.label_lower not in own]


def rows_outside(content):
    """Return the rows that the snapshot leads to, by model and key, in their order: one statement for each model."""
    keys = defaultdict(set)
    for part in parts():
        for field in outward_fields(part):
            keys[field.related_model] |= {row[field.name] for row in content[part.label]} - {None}
    return {
        model: {row.pk: row for row in stored_rows(model).filter(pk__in=wanted)} if wanted else {}
        for model, wanted in keys.items()
    }


def stored_rows(model):
    return model._base_manager.select_related(*BEYOND.get(model._meta.label_lower, []))


def instance_of(part, row):
    if part.label == EVENT:  # What a snapshot does not have, such as when it was entered, is as it is stored.
        instance = part.model._base_manager.filter(pk=row["id"]).first() or part.model(created_at=timezone.now())
    else:
        instance = part.model()
    fill(instance, part, row)
    instance._state.adding, instance._state.db = False, connection.alias
    return instance


def prefetch(part, rows, found):
    """Hang the rows of a part on those that they belong to, in their order; and what they join to those."""
    fk_name = part.model._meta.get_field(part.fk_name)
    children = {key: [] for key in rows[part.parent]}
    order = part.model._meta.ordering or ["id"]
    for row in sorted(rows[part.label].values(), key=lambda row: [getattr(row, name) for name in order]):
        parent = rows[part.parent][getattr(row, fk_name.attname)]
        fk_name.set_cached_value(row, parent)
        children[parent.pk].append(row)
    joined = [field for field in fk_name.related_model._meta.many_to_many if field.remote_field.through is part.model]
    for key, own in children.items():
        parent = rows[part.parent][key]
        if not fk_name.remote_field.hidden:
            keep(parent, fk_name.remote_field.get_accessor_name(), own)
        for field in joined:
            other = part.model._meta.get_field(field.m2m_reverse_field_name())
            chosen = {getattr(row, other.attname) for row in own}
            keep(parent, field.name, [row for pk, row in found[other.related_model].items() if pk in chosen])


def keep(instance, name, rows):
    queryset = getattr(instance, name).get_queryset()  # Its own: what is filtered further is asked of this row alone.
    queryset._result_cache, queryset._prefetch_done = rows, True
    instance.__dict__.setdefault("_prefetched_objects_cache", {})[name] = queryset
