"""The renditions of pictures that came into an event past the field that makes them: by a draft, or a restored version.

What is uploaded within `supposed()` is stored as a file, but what waited for the commit goes with the rest.
"""

from functools import partial

from django.db import models, transaction

from forum_site.media import renditions


def pictures_in(content, parts):
    """Return the names of the stored pictures that a snapshot has in fields of its own."""
    return {
        row[field.name]
        for part in parts
        for field in part.fields
        if isinstance(field, models.ImageField)
        for row in content.get(part.label, [])
        if row.get(field.name)
    }


def generate_renditions(content, before, parts):
    """Make the renditions of those pictures that the snapshot `before` does not have, once all is stored."""
    for name in sorted(pictures_in(content, parts) - pictures_in(before, parts)):
        transaction.on_commit(partial(renditions.make, name), robust=True)
