"""Uploads of a form that was refused: kept for a day, so that nobody has to choose a file twice.

The form is shown again with a signed name of the file in a hidden field. `purge` deletes what nobody came back for.
"""

import datetime
import re
from uuid import uuid4

from django.contrib.admin.widgets import AdminFileWidget
from django.core import signing
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

FOLDER = "kept"
FOR = datetime.timedelta(days=1)
NAME = re.compile(rf"{FOLDER}/(\d{{4}}-\d\d-\d\d)-[0-9a-f]{{32}}\.\w+")  # The day on which it was kept.


class KeptUpload(SimpleUploadedFile):
    """A file whose content was checked when it was first sent, `stored` by this name; `token` names it in a form."""

    def __init__(self, name, content, content_type, stored, token):
        super().__init__(name, content, content_type)
        self.stored, self.token = stored, token

    @property
    def is_picture(self):
        return self.content_type.startswith("image/")

    @property
    def address(self):  # Not `url`: that would make it the file that is saved already.
        return default_storage.url(self.stored)


def keep(upload, kind):
    """Store a checked upload; return it with its token, which is good for the same kind of field only."""
    if isinstance(upload, KeptUpload):
        return upload
    upload.seek(0)
    content = upload.read()
    ending = re.sub(r"\W", "", upload.name.rpartition(".")[2])[:5].lower()
    name = default_storage.save(
        f"{FOLDER}/{timezone.localdate()}-{uuid4().hex}.{ending}", SimpleUploadedFile(upload.name, content)
    )
    facts = [upload.name, upload.content_type or "", name]
    return KeptUpload(facts[0], content, *facts[1:], signing.dumps(facts, salt=salt_of(kind)))


def kept(token, kind):
    """Return the upload that a token names; None for a forged or old one, or where the file is gone."""
    try:
        name, content_type, stored = signing.loads(token, salt=salt_of(kind), max_age=FOR)
        with default_storage.open(stored) as file:
            return KeptUpload(name, file.read(), content_type, stored, token)
    except (signing.BadSignature, OSError):
        return None


def salt_of(kind):
    return f"{__name__}.{kind}"


class KeptFileInput(AdminFileWidget):
    template_name = "admin/widgets/kept_file_input.html"
    kind = ""  # of file; what one kind of field has checked is not taken by another
    kept = None  # A `KeptUpload`, of a form that is shown again.

    def name_of_token(self, name):
        return f"{name}-kept"

    def value_from_datadict(self, data, files, name):
        upload = super().value_from_datadict(data, files, name)
        if upload is None and (token := data.get(self.name_of_token(name))):
            return kept(token, self.kind)
        return upload

    def value_omitted_from_data(self, data, files, name):
        return super().value_omitted_from_data(data, files, name) and self.name_of_token(name) not in data

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        return {**context, "kept": self.kept, "name_of_token": self.name_of_token(name)}


class KeptFiles:
    """For `purge`: the files that nobody has come back for."""

    def __init__(self, title):
        self.name = title

    def _found(self, moment):
        last = str((moment - 2 * FOR).date())
        return [name for name in names() if (found := NAME.fullmatch(name)) and found[1] < last]

    def count(self, moment):
        return len(self._found(moment))

    def remove(self, moment):
        for name in self._found(moment):
            default_storage.delete(name)
            yield 1


def names():
    if hasattr(default_storage, "names"):  # A bucket.
        return [name for name in default_storage.names() if name.startswith(f"{FOLDER}/")]
    try:
        return [f"{FOLDER}/{name}" for name in default_storage.listdir(FOLDER)[1]]
    except FileNotFoundError:
        return []
