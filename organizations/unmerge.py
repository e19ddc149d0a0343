"""Takes a merging of two organizations back: all rows, fields and addresses as before, or a sentence says why not."""

from itertools import groupby

from django.apps import apps
from django.core import serializers
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.serializers.base import DeserializationError
from django.db import DataError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from forum_site.search.indexing import batch_indexing
from organizations.merge import CannotMergeError, lock, move, values
from organizations.models import OldOrganizationSlug, Organization, OrganizationMerge

NOT_STORED_ANY_MORE = gettext_lazy("This release cannot undo it: it can no longer store what was stored then.")


def undo(record, person):
    """Take a merging back: the organization, its rows and its address are as before. Or CannotMergeError is raised."""
    with transaction.atomic(), batch_indexing():
        record = OrganizationMerge.objects.select_for_update().get(pk=record.pk)
        if record.undone_at:
            raise CannotMergeError(_("This has been undone already."))
        target = lock(record.target_key)[record.target_key]
        rows = record.data
        refuse_other_release(rows)
        refuse_taken(rows["source"] + rows["deleted"])
        if Organization.objects.filter(slug=record.source_slug).exists():
            raise CannotMergeError(
                _("Another organization now has the slug “%(slug)s”.") % {"slug": record.source_slug}
            )
        former = OldOrganizationSlug.objects.filter(pk=rows["former"], slug=record.source_slug, page=target)
        if not former.exists():
            raise CannotMergeError(_("The slug “%(slug)s” now redirects elsewhere.") % {"slug": record.source_slug})
        former.delete()
        restore(rows["source"])
        give_back(target, rows["taken"])
        for (label, name), moved in groupby(rows["moved"], key=lambda row: (row[0], row[1])):
            move(model_of(label), name, [key for _label, _name, key in moved], record.target_key, record.source_key)
        restore(rows["deleted"])
        source = Organization.objects.get(pk=record.source_key)
        refuse_circle(source)
        refuse_circle(Organization.objects.get(pk=record.target_key))
        record.mark_undone(person)
    return source


def refuse_other_release(rows):
    """Refuse what was stored of a model or field that is not there any more: it would come back by half."""
    for row in rows["source"] + rows["deleted"]:
        for name in row["fields"]:
            refuse_unknown(model_of(row["model"]), name)
    for label, name in {(label, name) for label, name, _key in rows["moved"]}:
        refuse_unknown(model_of(label), name)
    for name in rows["taken"]:
        refuse_unknown(Organization, name)


def refuse_unknown(model, name):
    try:
        model._meta.get_field(name)
    except FieldDoesNotExist as error:
        raise CannotMergeError(
            _("This release cannot undo it: it no longer has the field “%(field)s” of %(rows)s.")
            % {"field": name, "rows": model._meta.verbose_name_plural}
        ) from error


def restore(stored):
    try:
        _restore(stored)
    except (DataError, DeserializationError, ValidationError) as error:
        raise CannotMergeError(NOT_STORED_ANY_MORE) from error


def _restore(stored):
    for row in serializers.deserialize("python", stored):
        for field in row.object._meta.concrete_fields:
            key = getattr(row.object, field.attname)
            if field.remote_field and key is not None and not field.related_model._base_manager.filter(pk=key).exists():
                raise CannotMergeError(
                    _("“%(row)s” cannot be restored: what it belonged to no longer exists.")
                    % {"row": str(row.object.pk)}
                )
        row.save(save_m2m=False, force_insert=True)


def refuse_taken(stored):
    for row in stored:
        if model_of(row["model"])._base_manager.filter(pk=row["pk"]).exists():
            raise CannotMergeError(_("Something else has taken the place of what would come back."))


def refuse_circle(organization):
    try:
        organization.clean()
    except ValidationError as error:
        raise CannotMergeError(" ".join(error.messages)) from error


def give_back(target, taken):
    now = values(target, taken)
    changed = [name for name, (_before, after) in taken.items() if now[name] != after]
    if changed:
        labels = ", ".join(str(Organization._meta.get_field(name).verbose_name) for name in changed)
        raise CannotMergeError(
            _("“%(organization)s” was changed in between: %(fields)s.") % {"organization": target, "fields": labels}
        )
    try:
        for name, (before, _after) in taken.items():
            field = Organization._meta.get_field(name)
            setattr(target, field.attname, None if before in ("None", None) and field.null else field.to_python(before))
        if taken:
            target.save(update_fields=list(taken))
    except (DataError, ValidationError) as error:
        raise CannotMergeError(NOT_STORED_ANY_MORE) from error


def model_of(label):
    try:
        return apps.get_model(label)
    except LookupError as error:
        raise CannotMergeError(_("This was merged by an earlier release, which had other tables.")) from error
