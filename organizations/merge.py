"""Two organizations that are one: all that leads to the one given up leads to the other, for good, or until undone.

`Merge` tells what would move and does it; unmerge.py takes it back. What leads to an organization is read from
the models, so that whatever comes to point to one later is merged as well. A row that the other one has already, such
as the same role in the same event, is not kept twice. Everything is done, or nothing.
"""

import datetime
import json

from django.core import serializers
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.db.models import Exists, OuterRef
from django.db.models.deletion import Collector
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from forum_site.search.indexing import batch_indexing
from organizations.models import OldOrganizationSlug, Organization, OrganizationMerge

MAX_ROWS = 5000  # Each event that they stand in is made findable anew while the editor waits.
NOT_TAKEN_OVER = {"slug", "language"}
BATCH = 500


class CannotMergeError(Exception):
    """Tells in one sentence why nothing was done."""


class ExactEncoder(DjangoJSONEncoder):
    """Django's own cuts the last digits of a moment off."""

    def default(self, value):
        is_moment = isinstance(value, datetime.date | datetime.time)
        return value.isoformat() if is_moment else super().default(value)


def references():
    """Return the fields that lead to an organization, those of hidden relations included."""
    relations = Organization._meta.get_fields(include_hidden=True)
    return [each.field for each in relations if each.auto_created and (each.one_to_many or each.one_to_one)]


class Reference:
    """The rows that lead to `source` by one field: those that `target` takes over, and those that it has already."""

    def __init__(self, field, source, target):
        self.field, self.model = field, field.model
        self.rows = self.model._base_manager.filter(**{field.name: source}).order_by()
        self._target = target

    @property
    def name(self):
        return self.model._meta.verbose_name_plural

    @cached_property
    def doubled(self):
        """The keys of the rows whose like the kept organization has already, by the rules of their table."""
        return {key for rule in self._rules() for key in self._alike(*rule)}

    @cached_property
    def moved(self):
        keys = self.rows.values_list("pk", flat=True)[: MAX_ROWS + len(self.doubled) + 1]
        itself = {self._target.pk} if self.model is Organization else set()
        return sorted(set(keys) - self.doubled - itself)

    def _rules(self):
        meta = self.model._meta
        unique = [
            (rule.fields, rule.condition) for rule in meta.constraints if isinstance(rule, models.UniqueConstraint)
        ]
        unique += [(names, None) for names in meta.unique_together]
        unique += [((self.field.name,), None)] if self.field.unique else []
        return [(names, condition) for names, condition in unique if self.field.name in names]

    def _alike(self, names, condition):
        others = {name: OuterRef(name) for name in names if name != self.field.name}
        rows, target = self.rows, self.model._base_manager.filter(**{self.field.name: self._target}, **others)
        if condition is not None:
            rows, target = rows.filter(condition), target.filter(condition)
        return rows.filter(Exists(target)).values_list("pk", flat=True)


class Merge:
    """That `source` is given up for `target`; nothing is written before `save()`."""

    def __init__(self, source, target):
        self.source, self.target = source, target

    @cached_property
    def references(self):
        return [Reference(field, self.source, self.target) for field in references()]

    @property
    def is_too_much(self):
        return sum(len(each.moved) for each in self.references) > MAX_ROWS

    @property
    def taken_over(self):
        """What the kept organization has left empty and gets from the other one, by the names of its fields."""
        taken = {}
        for field in Organization._meta.concrete_fields:
            before, value = getattr(self.target, field.attname), getattr(self.source, field.attname)
            if field.blank and field.name not in NOT_TAKEN_OVER and value and not before:
                taken[field.name] = getattr(value, "name", value)  # Of a file, its name.
        if self.target.country not in ("", self.source.country):
            taken.pop("city", None)  # It lies elsewhere.
        if self.source.language != self.target.language:
            taken.pop("about", None)  # The language of an organization is that of its text, too.
        if taken.get("parent") == self.target.pk or self._is_above(self.target, Organization(pk=taken.get("parent"))):
            taken.pop("parent", None)
        if self.source in self.target.ancestors():
            taken["parent"] = self.source.parent_id  # Else its way up would lead through itself.
        return taken

    @staticmethod
    def _is_above(organization, other):
        below = Organization.objects.filter(pk=other.pk).first()
        return below is not None and organization in below.ancestors()

    def save(self, person):
        """Do it, and return the record by which it can be undone."""
        with transaction.atomic(), batch_indexing():
            # As they are now, not as they were looked at.
            locked = lock(self.source.pk, self.target.pk)
            return Merge(locked[self.source.pk], locked[self.target.pk])._save(person)

    def _save(self, person):
        if self.is_too_much:
            raise CannotMergeError(
                _("More than %(limit)s rows refer to “%(organization)s”. Merge it the other way round.")
                % {"limit": f"{MAX_ROWS:,}", "organization": self.source}
            )
        record = OrganizationMerge(
            source_key=self.source.pk,
            source_name=self.source.name,
            source_slug=self.source.slug,
            target_key=self.target.pk,
            target_name=self.target.name,
            merged_by=person,
        )
        stored = serialized([self.source])
        taken = self._take_over()
        deleted, moved = [], []
        for each in self.references:
            deleted += delete(each.model._base_manager.filter(pk__in=each.doubled))
        for each in self.references:
            move(each.model, each.field.name, each.moved, self.source.pk, self.target.pk)
            moved += [[each.model._meta.label, each.field.name, key] for key in each.moved]
        deleted += delete(OldOrganizationSlug.objects.filter(slug=self.source.slug))
        Organization.objects.get(pk=self.source.pk).delete()
        former = OldOrganizationSlug.objects.create(slug=self.source.slug, page_id=self.target.pk)
        record.data = {"source": stored, "deleted": deleted, "moved": moved, "taken": taken, "former": former.pk}
        record.save()
        return record

    def _take_over(self):
        """Return `{field: [before, after]}`, as texts of the database's own."""
        names = self.taken_over
        before = values(self.target, names)
        if names:
            for name, value in names.items():
                setattr(self.target, Organization._meta.get_field(name).attname, value)
            self.target.save(update_fields=list(names))
        after = values(self.target, names)
        return {name: [before[name], after[name]] for name in names}


def lock(*keys):
    """Keep organizations from being changed by others until the end, and return them by key; none may be missing."""
    found = {each.pk: each for each in Organization.objects.select_for_update().filter(pk__in=keys).order_by("pk")}
    if len(found) < len(keys):
        raise CannotMergeError(_("One of the organizations no longer exists: it was deleted, or merged into another."))
    return found


def move(model, name, keys, source, target):
    """Let these rows, all of which have to lead to `source`, lead to `target`."""
    for at in range(0, len(keys), BATCH):
        some = keys[at : at + BATCH]
        rows = model._default_manager.filter(pk__in=some, **{name: source})
        if rows.count() != len(some):
            raise CannotMergeError(
                _("Some of the %(rows)s were changed in between, so nothing was done.")
                % {"rows": model._meta.verbose_name_plural}
            )
        rows.update(**{name: target})


def delete(rows):
    """Delete rows, and return them as they were, with all that goes with them."""
    collector = Collector(using=rows.db)
    collector.collect(rows)
    if collector.field_updates:
        raise CannotMergeError(_("Something else depends on a row that both organizations have."))
    found = [row for instances in collector.data.values() for row in instances]
    found += [row for queryset in collector.fast_deletes for row in queryset]
    stored = serialized(found)
    rows.model._default_manager.filter(pk__in=[row.pk for row in found if isinstance(row, rows.model)]).delete()
    return stored


def serialized(rows):
    return json.loads(json.dumps(serializers.serialize("python", rows), cls=ExactEncoder))


def values(organization, names):
    """Return what stands in these fields, as texts that say it exactly."""
    return {name: Organization._meta.get_field(name).value_to_string(organization) for name in names}
