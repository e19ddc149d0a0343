"""Files that editors upload: pictures and PDF documents, checked, and stored under a name of ours.

`PictureField` and `DocumentField` are the model fields; what their forms refuse is told at the field. A picture is
drawn anew from its pixels, so that nothing else of the file (position, camera, a hidden script) is kept. Stored, it
gets its renditions (renditions.py); media.py serves it.
"""

import contextlib
import io
import re
import warnings
from functools import partial
from pathlib import PurePath
from threading import BoundedSemaphore
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models, transaction
from django.db.models.fields.files import ImageFieldFile
from django.template.defaultfilters import filesizeformat
from django.utils.deconstruct import deconstructible
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageCms, ImageOps

from forum_site import renditions

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 50_000_000
MAX_SCANS = 100
DECODING = BoundedSemaphore(1)  # A large picture takes hundreds of megabytes: one at a time in each process.
MAX_SIDE = 16_000  # pixels; WebP ends a little beyond

# Format → the endings and the type that agree with it, and the format and ending that it is stored in.
PICTURES = {
    "JPEG": ({".jpg", ".jpeg"}, "image/jpeg", "JPEG", ".jpg"),
    "PNG": ({".png"}, "image/png", "PNG", ".png"),
    "WEBP": ({".webp"}, "image/webp", "WEBP", ".webp"),
    "GIF": ({".gif"}, "image/gif", "PNG", ".png"),
}


@deconstructible
class OwnName:
    """An `upload_to`: a folder, and a random name that keeps only the ending, and the size that PictureFile puts there.

    Stored files are never overwritten.
    """

    def __init__(self, folder):
        self.folder = folder

    def __call__(self, instance, filename):
        size = re.fullmatch(r"picture(-\d+x\d+(?:-clear)?)\.\w+", filename)
        return f"{self.folder}/{uuid4().hex}{size[1] if size else ''}{PurePath(filename).suffix.lower()}"

    def __eq__(self, other):
        return isinstance(other, OwnName) and self.folder == other.folder


def _refuse_large(upload):
    if upload.size > MAX_BYTES:
        raise ValidationError(
            _("This file has %(size)s; at most %(limit)s can be uploaded."),
            code="too_large",
            params={"size": filesizeformat(upload.size), "limit": filesizeformat(MAX_BYTES)},
        )


def _in_common_colours(image):
    """Return the picture in sRGB, 8 bits a colour, so that it needs no profile to look right."""
    if image.mode.startswith("I"):
        return image.convert("I").point(lambda value: value / 256).convert("L")
    profile = image.info.get("icc_profile")
    if profile and image.mode in ("RGB", "L", "CMYK"):
        with contextlib.suppress(ImageCms.PyCMSError, OSError):  # A profile that cannot be read changes nothing.
            return ImageCms.profileToProfile(
                image, io.BytesIO(profile), ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
    return image


def _clear_unseen(image):
    """Take the colour from pixels that one sees through entirely: what was erased there would still be in the file."""
    unseen = image.getchannel("A").point([255, *[0] * 255])
    image.paste((0, 0, 0, 0), mask=unseen)


def _refuse_many_scans(upload):
    """A progressive JPEG draws itself in about ten scans. Thousands, each of all pixels, would take minutes."""
    upload.seek(0)
    scans = upload.read().count(b"\xff\xda")
    upload.seek(0)
    if scans > MAX_SCANS:
        raise ValidationError(
            _("This picture is drawn in too many steps. Save it anew as JPEG."), code="too_many_scans"
        )


def redrawn(upload):
    """Return the uploaded picture drawn anew, upright and without metadata; raise ValidationError for other files."""
    _refuse_large(upload)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # We have a limit of our own.
            image = Image.open(upload, formats=list(PICTURES))
        # A camera that puts a small picture beside the large one in the file writes a JPEG that Pillow calls so.
        found_format = "JPEG" if image.format == "MPO" else image.format
        endings, content_type, stored_format, ending = PICTURES[found_format]
        if PurePath(upload.name).suffix.lower() not in endings or getattr(upload, "content_type", None) not in (
            None,
            content_type,
        ):
            raise ValidationError(
                _("This is a %(format)s picture under another name. Save it as %(format)s and upload it again."),
                code="disagrees",
                params={"format": found_format},
            )
        if image.width * image.height > MAX_PIXELS:
            raise ValidationError(
                _("This picture has %(width)s × %(height)s pixels; at most 50 million fit. Make it smaller first."),
                code="too_many_pixels",
                params={"width": image.width, "height": image.height},
            )
        if max(image.size) > MAX_SIDE:
            raise ValidationError(
                _("This picture is %(side)s pixels long; at most %(limit)s fit. Make it smaller first."),
                code="too_long",
                params={"side": max(image.size), "limit": f"{MAX_SIDE:,}"},
            )
        if found_format == "JPEG":
            _refuse_many_scans(upload)
        with DECODING:
            image = _in_common_colours(ImageOps.exif_transpose(image))
        image = image.convert("RGB" if stored_format == "JPEG" or not image.has_transparency_data else "RGBA")
        if image.mode == "RGBA" and image.getextrema()[3][0] == 255:
            image = image.convert("RGB")  # One could see through it, but nowhere does.
        if image.mode == "RGBA":
            _clear_unseen(image)
        image.info = {}  # Comments and profiles would be written along.
        stored = io.BytesIO()
        image.save(stored, stored_format, quality=88)
    except ValidationError:
        raise
    except Exception as error:  # Pillow's decoders raise what they like on a damaged file.
        raise ValidationError(
            _("This is not a picture that can be read. Upload a JPEG, PNG, WebP or GIF file."), code="unreadable"
        ) from error
    return SimpleUploadedFile(
        f"{PurePath(upload.name).stem}{ending}", stored.getvalue(), f"image/{stored_format.lower()}"
    )


def is_kept(upload):
    """Return whether an upload was checked when a form was sent that was refused: only what we signed is."""
    from forum_site.kept_uploads import KeptUpload

    return isinstance(upload, KeptUpload)


def upload_options(form_class, options):
    from forum_site.kept_uploads import KeptFileInput

    widget = type(f"{form_class.__name__}Input", (KeptFileInput,), {"kind": form_class.__name__})
    return {**options, "form_class": form_class, "max_length": None, "widget": widget}


class PictureFormField(forms.FileField):
    widget = forms.ClearableFileInput

    def to_python(self, data):
        upload = super().to_python(data)
        return upload if is_kept(upload) else redrawn(upload) if upload else None

    def widget_attrs(self, widget):
        return {**super().widget_attrs(widget), "accept": ",".join(kind[1] for kind in PICTURES.values())}


class PictureFile(ImageFieldFile):
    """A stored picture: its name tells its size, and its renditions are made as soon as its row is there."""

    def save(self, name, content, save=True):
        super().save(renditions.sized_name(content) or name, content, save)
        transaction.on_commit(partial(renditions.make, self.name), robust=True)

    save.alters_data = True

    @property
    def stored(self):
        """What its name tells, or None: of one that is not stored yet, or was by an older release."""
        return renditions.stored_picture(self.name) if self._committed else None

    def _get_image_dimensions(self):
        if stored := self.stored:
            return stored.width, stored.height
        try:
            return super()._get_image_dimensions()
        except OSError:  # It is missing.
            return None, None


class PictureField(models.ImageField):
    attr_class = PictureFile

    def formfield(self, **kwargs):
        # No limit to its name: it is stored under one of ours.
        return super().formfield(**upload_options(PictureFormField, kwargs))

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.ImageField", args, kwargs


class DocumentFormField(forms.FileField):
    def to_python(self, data):
        upload = super().to_python(data)
        if upload and not is_kept(upload):
            _refuse_large(upload)
            upload.seek(0)
            start = upload.read(5)
            upload.seek(max(0, upload.size - 1024))
            end = upload.read()
            upload.seek(0)
            declared = getattr(upload, "content_type", None) in (None, "application/pdf")
            named = PurePath(upload.name).suffix.lower() == ".pdf"
            if start != b"%PDF-" or b"%%EOF" not in end or not (declared and named):
                raise ValidationError(
                    _("This is not a PDF document. Save it as PDF and upload it again."), code="not_pdf"
                )
        return upload

    def widget_attrs(self, widget):
        return {**super().widget_attrs(widget), "accept": "application/pdf"}


class DocumentField(models.FileField):
    def formfield(self, **kwargs):
        return super().formfield(**upload_options(DocumentFormField, kwargs))

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.FileField", args, kwargs
