"""Where a picture of the library is used: in galleries, as a cover, in a text.

Covers and texts name the file, not the row. Texts are searched whole, so this is asked of one picture at a time.
"""

from django.apps import apps
from django.conf import settings
from django.contrib.admin.utils import quote
from django.db.models import Q
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.text import capfirst

from events.models import Event
from forum_site.core.fields.rich_text import RichTextField

MAX = 50  # that are told


def uses_of(picture):
    """Return the rows that show a picture, at most `MAX` of each kind: those with a gallery or a text, and events."""
    events = Event.objects.filter(Q(pictures__picture=picture) | Q(cover=picture.file.name)).distinct()
    rows = list(events.defer("body")[:MAX])
    for model in apps.get_models():
        texts = [field.name for field in model._meta.fields if isinstance(field, RichTextField)]
        if texts:
            named = [Q(**{f"{name}__contains": f"{settings.MEDIA_URL}{picture.file.name}"}) for name in texts]
            found = model._base_manager.filter(named[0].create(named, Q.OR))
            rows += [row for row in found.defer(*texts)[:MAX] if row not in rows]
    return rows


def link_to(row, admin_site):
    """Return the name of a row, as a link to where it is changed: to its event, where it has no page of its own."""
    target = row if type(row) in admin_site._registry else getattr(row, "event", row)
    line = f"{capfirst(row._meta.verbose_name)}: {row}"
    if target != row:
        line = f"{line} ({target})"
    try:
        address = reverse(
            f"{admin_site.name}:{target._meta.app_label}_{target._meta.model_name}_change", args=[quote(target.pk)]
        )
    except NoReverseMatch:
        return line
    return format_html('<a href="{}">{}</a>', address, line)
