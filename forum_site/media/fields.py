"""Files that editors upload: pictures and PDF documents, checked, and stored under a name of ours.

`PictureField` and `DocumentField` are the model fields; what their forms refuse is told at the field. A picture is
drawn anew from its pixels in a process of its own (image_jobs.py), so that nothing else of the file (position, camera,
a hidden script) is kept. Stored, it gets its renditions (renditions.py); media.py serves it.
"""

import re
from functools import partial
from pathlib import PurePath
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models, transaction
from django.db.models.fields.files import ImageFieldFile
from django.template.defaultfilters import filesizeformat
from django.utils.deconstruct import deconstructible
from django.utils.translation import gettext_lazy as _

from forum_site.media import image_jobs, renditions

MAX_BYTES = 10 * 1024 * 1024
PICTURE_TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif")
PICTURE_ENDINGS = (".jfif", ".jpe", ".pjpeg")  # of JPEG, which file choosers do not find by its type
# Whatever a file is called and whatever type the browser gives it: its content tells what it is, and it is stored under
# a name and an ending of ours. Only what claims to be a program for browsers is refused, as no editor means that.
ACTIVE_ENDINGS = {".htm", ".html", ".xhtml", ".xht", ".shtml", ".mht", ".mhtml", ".svg", ".svgz", ".xml", ".js", ".mjs"}
ACTIVE_TYPE = re.compile(r"text/(html|css)|.*[/+]xml|.*/(x-)?(java|ecma)script|multipart/.*|message/.*")


def _is_active(upload):
    """Return whether a file says by its name or type that a browser should run it."""
    declared = (getattr(upload, "content_type", None) or "").partition(";")[0].strip().lower()
    return PurePath(upload.name).suffix.lower() in ACTIVE_ENDINGS or ACTIVE_TYPE.fullmatch(declared) is not None


@deconstructible
class RandomFileName:
    """An `upload_to`: a folder, and a random name that keeps only the ending, and the size that PictureFile puts there.

    Stored files are never overwritten.
    """

    def __init__(self, folder):
        self.folder = folder

    def __call__(self, instance, filename):
        size = re.fullmatch(r"picture(-\d+x\d+(?:-clear)?)\.\w+", filename)
        return f"{self.folder}/{uuid4().hex}{size[1] if size else ''}{PurePath(filename).suffix.lower()}"

    def __eq__(self, other):
        return isinstance(other, RandomFileName) and self.folder == other.folder


def _refuse_large(upload):
    if upload.size > MAX_BYTES:
        raise ValidationError(
            _("This file has %(size)s; at most %(limit)s can be uploaded."),
            code="too_large",
            params={"size": filesizeformat(upload.size), "limit": filesizeformat(MAX_BYTES)},
        )


class ReencodedPicture(SimpleUploadedFile):
    """An uploaded picture as it is to be stored, and its renditions as width, ending and content."""

    def __init__(self, name, content, content_type, renditions=()):
        super().__init__(name, content, content_type)
        self.renditions = renditions


def reencode_upload(upload):
    """Return the uploaded picture drawn anew, upright and without metadata; raise ValidationError for other files."""
    _refuse_large(upload)
    upload.seek(0)
    try:
        facts, files = image_jobs.store(upload.read())
    except image_jobs.RefusedError as refusal:
        raise ValidationError(image_jobs.MESSAGES[refusal.code], code=refusal.code, params=refusal.params) from refusal
    if _is_active(upload):
        raise ValidationError(
            _("This is a %(format)s picture under another name. Save it as %(format)s and upload it again."),
            code="disagrees",
            params={"format": facts["kind"]},
        )
    made = [(*each, content) for each, content in zip(facts["renditions"], files[1:], strict=True) if content]
    name = f"{PurePath(upload.name).stem}{facts['ending']}"
    return ReencodedPicture(name, files[0], f"image/{facts['kind'].lower()}", made)


def is_kept(upload):
    """Return whether an upload was checked when a form was sent that was refused: only what we signed is."""
    from forum_site.media.kept_uploads import KeptUpload

    return isinstance(upload, KeptUpload)


def upload_options(form_class, options):
    from forum_site.media.kept_uploads import KeptFileInput

    widget = type(f"{form_class.__name__}Input", (KeptFileInput,), {"kind": form_class.__name__})
    return {**options, "form_class": form_class, "max_length": None, "widget": widget}


class PictureFormField(forms.FileField):
    widget = forms.ClearableFileInput

    def to_python(self, data):
        upload = super().to_python(data)
        return upload if is_kept(upload) else reencode_upload(upload) if upload else None

    def widget_attrs(self, widget):
        return {**super().widget_attrs(widget), "accept": ",".join((*PICTURE_TYPES, *PICTURE_ENDINGS))}


class PictureFile(ImageFieldFile):
    """A stored picture: its name tells its size. Its renditions are stored with it, or made when its row is there."""

    def save(self, name, content, save=True):
        super().save(renditions.sized_name(content) or name, content, save)
        renditions.keep(self.name, getattr(content, "renditions", ()))
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


def _is_pdf(upload):
    """Return whether a file is a PDF document by its content, whatever a browser calls it.

    As readers do, allow bytes before the header and after the end within 1024 bytes (ISO 32000-1, annex H.3, notes 13
    and 18), and zeros and white space behind the end.
    """
    upload.seek(0)
    content = upload.read()
    upload.seek(0)
    return b"%PDF-" in content[:1024] and b"%%EOF" in content.rstrip(b"\0\t\n\f\r ")[-1024:]


class DocumentFormField(forms.FileField):
    def to_python(self, data):
        upload = super().to_python(data)
        if upload and not is_kept(upload):
            _refuse_large(upload)
            if _is_active(upload) or not _is_pdf(upload):
                raise ValidationError(
                    _("This is not a PDF document. Save it as PDF and upload it again."), code="not_pdf"
                )
            upload.name = f"{PurePath(upload.name).stem}.pdf"
        return upload

    def widget_attrs(self, widget):
        return {**super().widget_attrs(widget), "accept": "application/pdf,.pdf"}


class DocumentField(models.FileField):
    def formfield(self, **kwargs):
        return super().formfield(**upload_options(DocumentFormField, kwargs))

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.FileField", args, kwargs
