"""The picture by which an event without a cover is shared: drawn when it is first asked for, and kept as a file.

It has an address of its own, which changes with what stands on it; browsers and networks may keep it for an hour.
Only published events have one; each is drawn once, and never two at a time in a process, so that whoever asks for all
of them costs the site no more than a while. `VAR_DIR/share-pictures` may be emptied at any time.
"""

import hashlib
import json
import logging
import os
from threading import Lock
from uuid import uuid4

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language

from events.dates import days
from events.website.exports.share_image_drawing import HEIGHT, SEMIBOLD, WIDTH, Words, draw, drawable
from forum_site.core.fields.urls import absolute
from forum_site.core.text.plain import one_line, plain_text

__all__ = ["HEIGHT", "WIDTH", "delete_share_pictures", "picture_address", "picture_digest", "picture_of"]

DRAWING = 2  # Raised when the same words are drawn in another way.
PATIENCE = 2  # seconds to wait for pictures that are being drawn

logger = logging.getLogger(__name__)
turn_to_draw = Lock()


class TooMuchToDraw(Exception):  # noqa: N818 - it is no error of anybody's
    """So many pictures are asked for at once that this one has to wait."""


def words_of(event):
    place = ", ".join(one_line(part) for part in (event.city, event.get_country_display()) if part)
    iso_days = event.starts_on.isoformat()
    if event.ends_on > event.starts_on:
        iso_days = f"{iso_days} – {event.ends_on.isoformat()}"
    return Words(
        title=drawable(one_line(event.title), SEMIBOLD),
        kind=drawable(one_line(event.get_kind_display())),
        when=drawable(plain_text(days(event.starts_on, event.ends_on)), whole=True) or drawable(iso_days),
        where=drawable(place),
        site=drawable(one_line(settings.SITE_NAME), SEMIBOLD),
    )


def picture_digest(event):
    """Return the name of what stands on the picture."""
    content = json.dumps([DRAWING, get_language(), words_of(event)])
    return hashlib.blake2b(content.encode(), digest_size=8).hexdigest()


def picture_address(event):
    return absolute(
        reverse("events:share-picture", kwargs={"slug": event.slug, "digest": picture_digest(event)}),
    )


def picture_of(event):
    """Return the bytes of the picture, a PNG. Raises TooMuchToDraw."""
    folder = folder_of(event.pk)
    path = folder / f"{event.pk}-{picture_digest(event)}.png"
    try:
        return path.read_bytes()
    except OSError:
        pass  # Not drawn yet.
    if not turn_to_draw.acquire(timeout=PATIENCE):
        raise TooMuchToDraw
    try:
        if path.exists():
            return path.read_bytes()
        picture = draw(words_of(event))
        keep(picture, path, former=folder.glob(f"{event.pk}-*.png"))
        return picture
    finally:
        turn_to_draw.release()


def folder_of(key):
    return settings.VAR_DIR / "share-pictures" / f"{key % 256:02x}"


def delete_share_pictures(key):
    """Delete what was drawn of an event that is permanently removed."""
    for path in folder_of(key).glob(f"{key}-*.png"):
        path.unlink(missing_ok=True)


def keep(picture, path, former):
    """Put the picture in its place, and take away those of the event as it was; where there is no room, do without."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{uuid4().hex}")
        try:
            draft.write_bytes(picture)
            os.replace(draft, path)
        finally:
            draft.unlink(missing_ok=True)
        for other in former:
            if other != path:
                other.unlink(missing_ok=True)
    except OSError as error:
        logger.warning("A share picture could not be kept, so it is drawn each time: %s", error)
