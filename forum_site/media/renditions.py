"""The sizes and formats in which a picture is sent: made once, when it is stored, and told by its name alone.

A picture is stored as `<folder>/<random>-<width>x<height>.<ending>` (with `-clear` where one sees through it), and its
renditions stand beside it as `….960.avif`. So the name tells how large the picture is and which renditions there should
be: no row and no file is asked when a page is made. `stored_picture()` reads a name, `keep()` stores those that were
made with the picture, and `make()` makes what is missing.
"""

import logging
import re
from typing import NamedTuple

from django.core.files.storage import default_storage
from PIL import Image

from forum_site.media import image_jobs
from forum_site.media.image_process import rendition_endings, rendition_widths, renditions_of

TYPES = {".avif": "image/avif", ".webp": "image/webp", ".jpg": "image/jpeg", ".png": "image/png"}

_NAME = re.compile(r"(?P<stem>[\w/-]+-(?P<width>\d{1,5})x(?P<height>\d{1,5})(?P<clear>-clear)?)(?P<ending>\.\w+)")
_RENDITION = re.compile(r"(?P<stem>[\w/-]+-\d{1,5}x\d{1,5}(?:-clear)?)\.\d{1,5}\.\w+")

logger = logging.getLogger(__name__)


class StoredPicture(NamedTuple):
    """What the name of a stored picture tells."""

    stem: str
    ending: str
    width: int
    height: int
    is_clear: bool

    @property
    def name(self):
        return self.stem + self.ending

    @property
    def widths(self):
        return rendition_widths(self.width)

    @property
    def endings(self):
        return rendition_endings(self.is_clear)

    def rendition(self, width, ending):
        return f"{self.stem}.{width}{ending}"

    def address(self, width, ending):
        return default_storage.url(self.rendition(width, ending))

    def srcset(self, ending):
        return ", ".join(f"{self.address(width, ending)} {width}w" for width in self.widths)

    @property
    def small(self):
        """The address of a rendition that every browser knows, for a small picture."""
        return self.address(self.widths[0], self.endings[-1])

    @property
    def middle(self):
        return self.address(self.widths[len(self.widths) // 2], self.endings[-1])

    @property
    def large(self):
        return self.address(self.widths[-1], self.endings[-1])

    def missing(self):
        """Return width and ending of each rendition that is not there."""
        wanted = renditions_of(self.width, self.is_clear)
        return [each for each in wanted if not default_storage.exists(self.rendition(*each))]


def stored_picture(name):
    """Return what the name of a stored picture tells, or None for another name."""
    found = _NAME.fullmatch(name or "")
    if not found or not (int(found["width"]) and int(found["height"])):
        return None
    return StoredPicture(
        found["stem"], found["ending"], int(found["width"]), int(found["height"]), found["clear"] is not None
    )


def original_stem(name):
    """Return the stem of the picture that a rendition of this name belongs to, or None."""
    found = _RENDITION.fullmatch(name)
    return found and found["stem"]


def original_names(name):
    """Return the names that the picture may have which a rendition of this name belongs to; none of other names."""
    stem = original_stem(name)
    return [stem + ending for ending in (".jpg", ".png", ".webp")] if stem else []


def sized_name(content):
    """Return a name for OwnName that tells size and format of the picture in a file, or None for another file."""
    try:
        with Image.open(content, formats=["JPEG", "PNG", "WEBP"]) as image:
            ending = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp"}[image.format]
            clear = "-clear" if image.has_transparency_data else ""
            return f"picture-{image.width}x{image.height}{clear}{ending}"
    except OSError:
        return None
    finally:
        content.seek(0)


def keep(name, files):
    """Store the renditions of a stored picture, given as width, ending and content, and return how many were."""
    picture = stored_picture(name)
    return sum(_put(picture.rendition(width, ending), content) for width, ending, content in files)


def make(name):
    """Make the renditions of a stored picture that are missing, and return how many.

    What cannot be made is told in the log and left out: the picture itself is sent in its stead.
    """
    picture = stored_picture(name)
    try:
        missing = picture.missing() if picture else []
        if not missing:
            return 0
        with default_storage.open(name) as file:
            made = image_jobs.make(file.read(), missing, picture.is_clear)
    except image_jobs.BusyError:
        logger.warning("The renditions of %s were not made: other pictures are being processed", name)
        return 0
    except Exception:
        logger.exception("The renditions of %s cannot be made", name)
        return 0
    return keep(name, [(*each, content) for each, content in zip(missing, made, strict=True) if content])


def _put(name, content):
    """Put one rendition in its place, whole or not at all; return whether it is there."""
    try:
        default_storage.put(name, content)
    except Exception:  # A disk may be full.
        logger.exception("A rendition could not be stored: %s", name)
        return False
    return True
