"""The sizes and formats in which a picture is sent: made once, when it is stored, and told by its name alone.

A picture is stored as `<folder>/<random>-<width>x<height>.<ending>` (with `-clear` where one sees through it), and its
renditions stand beside it as `….960.avif`. So the name tells how large the picture is and which renditions there should
be: no row and no file is asked when a page is made. `stored_picture()` reads a name, `make()` makes what is missing.
"""

import io
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from django.core.files.storage import default_storage
from PIL import Image

WIDTHS = (400, 960, 1920)  # pixels: two columns of a phone, its whole width, and a large window
# Ending → the format of Pillow, and what it is saved with. A page offers them in this order.
FORMATS = {
    ".avif": ("AVIF", {"quality": 55, "speed": 8}),
    ".webp": ("WEBP", {"quality": 76, "method": 3}),
    ".jpg": ("JPEG", {"quality": 80, "progressive": True, "optimize": True}),
    ".png": ("PNG", {}),
}
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
        """Those of its renditions, the smallest first: none is larger than the picture."""
        return sorted({min(width, self.width) for width in WIDTHS})

    @property
    def endings(self):
        """Those of its renditions, the last of which every browser knows."""
        return [".avif", ".webp", ".png" if self.is_clear else ".jpg"]

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
        wanted = [(width, ending) for ending in self.endings for width in reversed(self.widths)]
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


def make(name):
    """Make the renditions of a stored picture that are missing, and return how many.

    What cannot be made is told in the log and left out: the picture itself is sent in its stead.
    """
    picture = stored_picture(name)
    try:
        missing = picture.missing() if picture else []
        if not missing:
            return 0
        sizes = _sizes(picture, max(width for width, _ending in missing))
    except Exception:
        logger.exception("The renditions of %s cannot be made", name)
        return 0
    # Pillow lets go of Python's lock while it encodes.
    with ThreadPoolExecutor(max_workers=2) as pool:
        return sum(pool.map(lambda each: _keep(sizes[each[0]], picture.rendition(*each), each[1]), missing))


def _sizes(picture, largest):
    """Return the picture in each width: each is made from the next larger one."""
    mode = "RGBA" if picture.is_clear else "RGB"
    with default_storage.open(picture.name) as file:
        image = Image.open(file, formats=["JPEG", "PNG", "WEBP"])
        image.draft(mode, (largest, 1))  # A JPEG is decoded at a half or a quarter where that is enough.
        image = image.convert(mode)
    sizes = {}
    for width in reversed(picture.widths):
        height = max(1, round(picture.height * width / picture.width))
        if width <= largest and image.size != (width, height):
            image = image.resize((width, height), Image.Resampling.LANCZOS)
        sizes[width] = image
    return sizes


def _keep(image, name, ending):
    """Put one rendition in its place, whole or not at all; return whether it is there."""
    kind, options = FORMATS[ending]
    content = io.BytesIO()
    try:
        image.copy().save(content, kind, **options)  # A copy: what an image is saved with is noted in it.
        default_storage.put(name, content.getvalue())
    except Exception:  # Encoders have limits of their own, and a disk may be full.
        logger.exception("A rendition could not be made: %s", name)
        return False
    return True
