"""The index follows each save, in its transaction, whichever way it is made: `save()`, `delete()` and what goes with
it, `bulk_create()`, `update()`, `bulk_update()`, many-to-many fields, `loaddata`. SQL of one's own is the exception.

Every model that a `SearchIndex` reads is an `Indexed` with an `IndexedQuerySet`. A change of it reaches the entries
that read it: those of its own rows, those that have it among their many rows, and those that lead to it.
"""

from functools import cache
from typing import NamedTuple

from django.db import models, transaction
from django.db.models.signals import post_delete, post_save, pre_save

from forum_site.search.declaration import SearchIndex, registry
from forum_site.search.indexing import batch_indexing, index


class Reading(NamedTuple):
    """That the entries of `search_index` read `columns` of a model.

    `key` is the column with the key of the entry's row: its own, or that of the row which it belongs to. Without one,
    `way` leads from there to here.
    """

    search_index: SearchIndex
    columns: set
    key: str = ""
    way: str = ""

    def entries(self, rows):
        if self.key:
            keys = {row[self.key] for row in rows}
        else:
            leading_here = {f"{self.way}__in": {row["pk"] for row in rows}}
            keys = self.search_index.model._base_manager.filter(**leading_here).values_list("pk", flat=True)
        return {self.search_index.entry(key) for key in keys if key is not None}


@cache
def readings():
    """Return the `Reading`s of each model that is searched or read for it."""
    columns = {}
    for search_index in registry.values():
        for path in search_index.paths.values():
            model, way, key = search_index.model, "", search_index.model._meta.pk.attname
            if path.many:
                model, way, key = path.many.related_model, path.many.name, path.many.field.attname
                columns.setdefault((search_index, model, key, ""), set()).add(key)
            for hop in path.hops:
                columns.setdefault((search_index, model, key, way if not key else ""), set()).add(hop.attname)
                model, way, key = hop.related_model, f"{way}__{hop.name}".strip("_"), ""
            columns.setdefault((search_index, model, key, way if not key else ""), set()).add(path.field.attname)
    found = {}
    for (search_index, model, key, way), read in columns.items():
        found.setdefault(model, []).append(Reading(search_index, read, key, way))
    return found


@cache
def columns_read(model):
    return frozenset(column for reading in readings()[model] for column in reading.columns)


@cache
def keys_read(model):
    """Return the columns that say whose entries a row of `model` belongs to."""
    return frozenset(reading.key for reading in readings()[model] if reading.key) | {model._meta.pk.attname}


def index_readers(model, rows, columns, new=False):
    """Index the entries that read one of `columns` in these rows, given as dicts. To a new row, nothing leads yet."""
    entries = set()
    for reading in readings()[model]:
        if reading.columns & columns and (reading.key or not new):
            entries |= reading.entries(rows)
    index(entries)


def row_of(instance):
    return {"pk": instance.pk} | {name: getattr(instance, name) for name in keys_read(type(instance))}


class IndexedQuerySet(models.QuerySet):
    def update(self, **kwargs):
        fields = {self.model._meta.get_field(name) for name in kwargs if name != "pk"}
        columns = {field.attname for field in fields if hasattr(field, "attname")} & columns_read(self.model)
        if not columns:
            return super().update(**kwargs)
        with transaction.atomic():
            rows = list(self.order_by().values("pk", *keys_read(self.model)))
            updated = super().update(**kwargs)
            if columns & keys_read(self.model):
                after = self.model._base_manager.filter(pk__in=[row["pk"] for row in rows])
                rows += after.values("pk", *keys_read(self.model))
            index_readers(self.model, rows, columns)
        return updated

    update.alters_data = True

    def bulk_create(self, objs, batch_size=None, ignore_conflicts=False, **kwargs):
        objs = list(objs)
        if ignore_conflicts and hasattr(self.model, "search_index"):
            raise ValueError("Which rows are added has to be known, for the search: add them without ignore_conflicts.")
        with transaction.atomic():
            added = super().bulk_create(objs, batch_size, ignore_conflicts, **kwargs)
            is_new = not kwargs.get("update_conflicts")
            index_readers(self.model, [row_of(row) for row in added], columns_read(self.model), new=is_new)
        return added

    def delete(self):
        with batch_indexing():
            return super().delete()

    delete.alters_data = True
    delete.queryset_only = True


class Indexed(models.Model):
    """A model whose rows are searched, or read for it: a save and what it does to the index are one transaction."""

    class Meta:
        abstract = True

    def save(self, **kwargs):
        with transaction.atomic():
            super().save(**kwargs)

    def delete(self, **kwargs):
        with batch_indexing():
            return super().delete(**kwargs)


def remember(sender, instance, **kwargs):
    """Before a save: keep what the row says in what is read of it."""
    stored = sender._base_manager.filter(pk=instance.pk) if instance.pk is not None else sender._base_manager.none()
    instance._read_before = stored.values("pk", *columns_read(sender), *keys_read(sender)).first()


def follow_save(sender, instance, created, raw, update_fields=None, **kwargs):
    before = instance.__dict__.pop("_read_before", None)
    columns = columns_read(sender)
    if update_fields is not None:
        columns &= {sender._meta.get_field(name).attname for name in update_fields}
    if before:
        columns = {column for column in columns if before[column] != getattr(instance, column)}
    # Data that are loaded may lead to a row before it is there.
    index_readers(sender, [row_of(instance), *([before] if before else [])], columns, new=created and not raw)


def follow_delete(sender, instance, **kwargs):
    index_readers(sender, [row_of(instance)], columns_read(sender), new=True)


def connect():
    """Follow the models that are read, once all of them are known."""
    for model in readings():
        if not (issubclass(model, Indexed) and isinstance(model._default_manager.all(), IndexedQuerySet)):
            raise TypeError(f"The search reads {model.__name__}: it has to be InStep, with an InStepQuerySet.")
        pre_save.connect(remember, sender=model)
        post_save.connect(follow_save, sender=model)
        post_delete.connect(follow_delete, sender=model)
