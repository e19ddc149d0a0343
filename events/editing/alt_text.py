"""The pictures of an event that are neither described nor called decorative: in its cover, its gallery, its texts."""

from typing import NamedTuple

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from events.models import Picture
from events.models.picture import UNDESCRIBED
from forum_site.core.fields.rich_text import IMAGE, RichTextField, attributes_of, own_media_name


class Undescribed(NamedTuple):
    """Where a picture stands, in words, and the name of its stored file."""

    where: str
    name: str
    is_in_text: bool = False

    @property
    def message(self):
        return f"{self.where}: {UNDESCRIBED}"


def undescribed_pictures(event):
    """Return each picture of an event that wants a description, as `Undescribed`, in the order of the form.

    The event has been loaded by `for_detail()` or `load()`.
    """
    found = [Undescribed(_("Cover"), event.cover.name)] if event.has_undescribed_cover else []
    for number, place in enumerate(event.pictures.all(), start=1):
        if place.picture.is_undescribed:
            found.append(Undescribed(_("Gallery, picture %(number)d") % {"number": number}, place.picture.file.name))
    in_texts = [(where, name) for where, text in texts_of(event) for name in undescribed_in(text)]
    names = {name for _where, name in in_texts}
    decorative = set(Picture.objects.filter(file__in=names, is_decorative=True).values_list("file", flat=True))
    return found + [Undescribed(where, name, True) for where, name in in_texts if name not in decorative]


def has_undescribed_gallery(event):
    return any(place.picture.is_undescribed for place in event.pictures.select_related("picture"))


def refuse_undescribed_gallery(event):
    """Raise a ValidationError when a picture of a stored event's gallery wants a description."""
    numbers = [
        str(number)
        for number, place in enumerate(event.pictures.select_related("picture"), start=1)
        if place.picture.is_undescribed
    ]
    if numbers:
        told = _("Pictures of the gallery are not described yet: %(numbers)s.") % {"numbers": ", ".join(numbers)}
        raise ValidationError({NON_FIELD_ERRORS: told})


def texts_of(event):
    """Yield each rich text of an event and of its parts, after the name of where it stands."""
    rows = [event, *event.panels.all(), *event.visits.all(), *event.agreements.all()]
    for row in rows:
        for field in row._meta.fields:
            if isinstance(field, RichTextField):
                part = "" if row is event else f"{capfirst(row._meta.verbose_name)} “{row}”, "
                yield f"{part}{capfirst(field.verbose_name)}", getattr(row, field.attname)


def undescribed_in(text):
    """Return the names of the stored pictures in a rich text that have no alternative text there."""
    images = [attributes_of(tag) for tag in IMAGE.findall(text)]
    names = [own_media_name(image.get("src", "")) for image in images if not image.get("alt", "").strip()]
    return [name for name in names if name]
