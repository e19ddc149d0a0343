"""The stored files of an event that is deleted for good, and which of them nothing else names."""

import logging
from functools import reduce
from operator import or_

from django.core.files.storage import default_storage
from django.db.models import FileField, Q, TextField
from django.db.models.functions import Cast

from events.models import Revision
from events.revisions.snapshot import parts, take_snapshot
from forum_site.media.access import is_named, texts_naming
from forum_site.media.renditions import stored_picture

logger = logging.getLogger(__name__)


def file_names(key):
    """Return the names of the files that the event with this key names, or that any version of it does."""
    fields = {
        part.label: [field.name for field in part.model._meta.fields if isinstance(field, FileField)]
        for part in parts()
    }
    contents = [take_snapshot(key), *Revision.objects.filter(event=key).values_list("content", flat=True).iterator()]
    return {
        row[name]
        for content in contents
        for label, names in fields.items()
        for row in content.get(label, [])
        for name in names
        if row.get(name)
    }


def delete_unnamed(names):
    """Delete those of these files, with their renditions, that no row and no version names."""
    kept = named_by_versions(names)
    for name in sorted(names - kept):
        if is_named([name], lambda model: model._base_manager.all()) or texts_naming([name]):
            continue
        picture = stored_picture(name)
        renditions = (
            [picture.rendition(width, ending) for ending in picture.endings for width in picture.widths]
            if picture
            else []
        )
        for file in (name, *renditions):
            try:
                default_storage.delete(file)
            except OSError:
                logger.exception("A file could not be deleted: %s", file)


def named_by_versions(names):
    """Return those of these names that stand in a version of some event. All versions are read."""
    if not names:
        return set()
    revisions = Revision.objects.annotate(text=Cast("content", TextField()))
    naming = revisions.filter(reduce(or_, [Q(text__contains=name) for name in names]))
    texts = list(naming.values_list("text", flat=True))
    return {name for name in names if any(name in text for text in texts)}
