"""A whole event as data: its own row, and the rows that belong to it, as they are in the database.

A snapshot is `{"events.event": [row], "events.panel": [row, …], …}`, each row a dict of its columns by field name, in
JSON's own types, so that equal snapshots are equal events. The parts follow from the models: all that is deleted with
the event, and with its parts. Not part of it are its shows, which no edit touches, its addresses, of which none is ever
given up, links to its preview, and its versions.
"""

import hashlib
import json
from contextlib import contextmanager
from functools import cache
from typing import NamedTuple

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import connection, models, transaction

from events.revisions import compatibility, pictures
from forum_site.admin.base import format_errors
from forum_site.search.indexing import batch_indexing

EVENT = "events.event"
NOT_PARTS = {"oldeventslug", "importedshows", "previewlink", "showcorrection", "showcount", "showtotal", "revision"}
# What is written by itself at each save, or once for all: it says nothing of the event. And the number of shows carried
# over, which no version brings back: it changes by lines of ImportedShows alone.
OWN_PACE = {
    *("updated_at", "calendar_sequence", "utc_start", "utc_end", "created_by", "updated_by", "in_review_since"),
    "imported_shows",
}


class Part(NamedTuple):
    """A model whose rows belong to an event: to those of `parent`, the label of a part before, by `fk_name`."""

    label: str
    parent: str | None
    fk_name: str | None

    @property
    def model(self):
        return apps.get_model(self.label)

    @property
    def fields(self):
        return [field for field in self.model._meta.concrete_fields if field.name not in OWN_PACE]

    def rows(self, keys):
        """Return the rows that belong to these rows of the parent; of the event itself, the one with this key."""
        fk_name = f"{self.fk_name}__in" if self.fk_name else "pk__in"
        return self.model._base_manager.filter(**{fk_name: keys}).order_by("pk")


@cache
def parts():
    """Return the parts of an event, itself first, each after the one that it belongs to."""
    found = [Part(EVENT, None, None)]
    for part in found:  # It grows while it is read.
        for relation in part.model._meta.get_fields(include_hidden=True):
            is_owned = relation.auto_created and not relation.concrete and (relation.one_to_many or relation.one_to_one)
            if not is_owned or relation.on_delete is not models.CASCADE:
                continue
            label = relation.related_model._meta.label_lower
            if relation.related_model._meta.model_name not in NOT_PARTS and label not in {each.label for each in found}:
                found.append(Part(label, part.label, relation.field.name))
    return found


def take_snapshot(key):
    """Return the event with this key as data."""
    return take_snapshots([key])[key]


def take_snapshots(keys):
    """Return the events with these keys as data, by their keys, in as many statements as for one."""
    contents = {key: {part.label: [] for part in parts()} for key in keys}
    events = {None: {key: key for key in keys}}  # for each part, of which event its rows are
    for part in parts():
        mine = events[part.label] = {}
        fk_name = part.model._meta.get_field(part.fk_name).attname if part.fk_name else "pk"
        for row in part.rows(events[part.parent]):
            event = mine[row.pk] = events[part.parent][getattr(row, fk_name)]
            contents[event][part.label].append({field.name: plain(field, row) for field in part.fields})
    return contents


def plain(field, row):
    """Return the value of a field as JSON has it."""
    value = field.value_from_object(row)
    return value if isinstance(value, bool | int | float | str | None) else field.value_to_string(row)


def event_of(content):
    """Return the event's own row of a snapshot."""
    return content[EVENT][0]


def event_as(content):
    """Return the event as the snapshot has it, not saved."""
    event = apps.get_model(EVENT)._base_manager.get(pk=event_of(content)["id"])
    fill(event, parts()[0], event_of(content))
    return event


def fingerprint(content):
    """Return a short text by which a form knows again the state that it was drawn from."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]


def unknown(content):
    """Return `(label, field name)` of what another release has put into the snapshot, and this one does not know."""
    return compatibility.unknown(content, parts())


def known(content):
    """Return the snapshot without what this release does not know."""
    return compatibility.known(content, parts())


def fit(content, now):
    """Return the snapshot without that, and with what it does not tell, being older, as it is `now`."""
    return compatibility.fit(content, now, parts())


def missing_references(content, stored=None):
    """Return `(label, row, field name)` for each row of a snapshot that leads to a row which is not there any more.

    `stored` has the rows that it leads to by model and key, where they have been loaded.
    """
    found = []
    labels = [part.label for part in parts()]
    for part in parts():
        for field in part.fields:
            target = field.related_model
            if target is None or target._meta.label_lower in labels:
                continue
            rows = [row for row in content.get(part.label, []) if row.get(field.name) is not None]
            there = stored[target] if stored is not None else keys_there(target, {row[field.name] for row in rows})
            found += [(part.label, row, field.name) for row in rows if row[field.name] not in there]
    return found


def keys_there(model, keys):
    return set(model._base_manager.filter(pk__in=keys).values_list("pk", flat=True))


def without_missing_references(content, stored=None):
    """Return the snapshot without what can no longer be: a row that leads nowhere goes, or its field is emptied."""
    content = {label: [dict(row) for row in rows] for label, rows in content.items()}
    gone = {}
    for label, row, name in missing_references(content, stored):
        field = apps.get_model(label)._meta.get_field(name)
        if field.null:
            row[name] = None
        else:
            gone.setdefault(label, set()).add(row["id"])
    for part in parts():
        lost = gone.get(part.parent, set())
        mine = gone.setdefault(part.label, set())
        mine |= {row["id"] for row in content.get(part.label, []) if part.fk_name and row.get(part.fk_name) in lost}
        content[part.label] = [row for row in content.get(part.label, []) if row["id"] not in mine]
    return content


def with_free_address(content):
    """Return the snapshot; where another event has its address by now, with the address that the event has."""
    event = event_of(content)
    events = apps.get_model(EVENT)._base_manager
    if not events.filter(slug=event.get("slug")).exclude(pk=event["id"]).exists():
        return content
    current = events.values_list("slug", flat=True).get(pk=event["id"])
    return {**content, EVENT: [{**event, "slug": current}]}


def with_state(content, publication_status):
    """Return the snapshot in this state of publication.

    A working draft has no state of its own: the event may have been taken back, or published, since it was begun.
    """
    return {**content, EVENT: [{**event_of(content), "publication_status": publication_status}]}


def restore(content):
    """Make the event in the database what the snapshot says, all or nothing; shows and addresses stay.

    What leads to rows that are gone is left out: ask `missing_references()` first. A key that a row of another event
    has by now is not taken from it: the row gets a new one.
    """
    key = event_of(content)["id"]
    with transaction.atomic(), batch_indexing():
        current = take_snapshot(key)
        content = without_missing_references(fit(content, current))
        _restore_event(content, current)
        _remove(content, current)
        _add(content, key)
        pictures.generate_renditions(content, current, parts())


def _restore_event(content, current):
    if current[EVENT] == content[EVENT]:
        return
    event_as(content).save()


def _remove(content, current):
    """Delete the rows that the snapshot has not, or has otherwise; those that belong to them go along."""
    for part in reversed(parts()[1:]):
        kept = {row["id"]: row for row in content[part.label]}
        gone = [row["id"] for row in current[part.label] if kept.get(row["id"]) != row]
        if gone:
            part.model._base_manager.filter(pk__in=gone).delete()


def _add(content, key):
    keys, moved = {None: [key], EVENT: [key]}, {}
    for part in parts()[1:]:
        there = set(part.rows(keys[part.parent]).values_list("pk", flat=True))
        wanted = [row for row in content[part.label] if row["id"] not in there]
        apply_changes = set(
            part.model._base_manager.filter(pk__in=[row["id"] for row in wanted]).values_list("pk", flat=True)
        )
        added = []
        for row in wanted:
            instance = part.model()
            fill(instance, part, row)
            parent_key = moved.get((part.parent, row[part.fk_name]), row[part.fk_name])
            setattr(instance, part.model._meta.get_field(part.fk_name).attname, parent_key)
            if row["id"] in apply_changes:
                instance.pk = None
            added.append(instance)
        part.model._default_manager.bulk_create(added)
        moved |= {
            (part.label, row["id"]): new.pk for row, new in zip(wanted, added, strict=True) if row["id"] != new.pk
        }
        keys[part.label] = [*there, *(row.pk for row in added)]


def fill(instance, part, row):
    for field in part.fields:
        if field.name in row:  # Of a row that came back, a field that is newer than the snapshot is as in a new one.
            value = row[field.name]
            # Past the descriptors: that of a picture would open the file, which may be gone.
            instance.__dict__[field.attname] = value if field.is_relation else field.to_python(value)


@contextmanager
def supposed(content=None):
    """A stretch in which the event is what the snapshot says, or as it is; what is saved within has not happened after.

    Keys that were given to new rows within are not given again, so that a snapshot taken within can be restored later.
    """
    given = {}
    with transaction.atomic():
        if content is not None:
            restore(with_free_address(content))
        yield
        if connection.vendor == "sqlite":
            given = {
                part.model._meta.db_table: part.model._base_manager.aggregate(top=models.Max("pk"))["top"]
                for part in parts()
            }
        transaction.set_rollback(True)
    # PostgreSQL's sequences never go back; SQLite's do.
    for table, top in given.items():
        with connection.cursor() as cursor:
            cursor.execute("UPDATE sqlite_sequence SET seq = max(seq, %s) WHERE name = %s", [top or 0, table])
            if not cursor.rowcount:
                cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, top or 0])


def equal(one, other):
    """Return whether two snapshots are of the same event in the same state, however they came by."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def problems(key):
    """Return what the rules of the models say against the event as it is in the database, in lines for a person."""
    found, keys = [], {None: [key]}
    for part in parts():
        rows = list(part.rows(keys[part.parent]))
        keys[part.label] = [row.pk for row in rows]
        for row in rows:
            try:
                row.full_clean()
            except ValidationError as error:
                found.append(f"{row}: {format_errors(part.model, error.message_dict)}")
    return found
