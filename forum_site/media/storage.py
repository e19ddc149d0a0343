"""Where uploaded files are kept, and how they are served: whole or not at all, and able to do nothing.

`AtomicStorage` is the storage, a folder; `S3Storage` of s3.py may take its place. `serve_media` is the view: a
rendition that is not there gives way to its picture, and a picture that is not there, or cannot be read, to a drawn
one.
"""

import os
import tempfile
from contextlib import suppress
from pathlib import Path, PurePath
from uuid import uuid4

from csp.decorators import csp
from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import FileSystemStorage, default_storage
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.static import serve

from forum_site.core.http.security_headers import OWN_SITES
from forum_site.media import access
from forum_site.media.renditions import TYPES, original_names

PICTURE_TYPES = {**TYPES, ".jpeg": "image/jpeg", ".gif": "image/gif"}
# What is no longer public is gone from shared caches within a minute, and from a browser within an hour.
FOR_AN_HOUR = "public, max-age=3600, s-maxage=60"
FOR_A_WHILE = "public, max-age=60"
FOR_ONE_PERSON = "private, no-store"
NOTHING = ["'none'"]
POLICY = {**dict.fromkeys(("default-src", "base-uri", "form-action", "frame-ancestors"), NOTHING), "sandbox": True}


class StorageUnavailableError(OSError):
    """The place where files are kept did not answer, or refused."""


class AtomicStorage(FileSystemStorage):
    """A file of which only a part could be written is taken away again. Names are random: it is nobody else's."""

    def _save(self, name, content):
        try:
            return super()._save(name, content)
        except OSError:
            Path(self.path(name)).unlink(missing_ok=True)
            raise

    def put(self, name, content):
        """Put a whole file in its place, whatever stood there."""
        path = Path(self.path(name))
        draft = path.with_name(f".{uuid4().hex}")
        try:
            draft.write_bytes(content)
            os.replace(draft, path)
        finally:
            draft.unlink(missing_ok=True)

    def answer(self, request, name):
        return serve(request, name, document_root=self.location)

    def probe(self):
        """Raise OSError if nothing can be stored."""
        Path(self.location).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=self.location) as file:
            file.write(b"0")


@csp(POLICY)
@require_safe
def serve_media(request, path):
    """Serve a stored file so that it can do nothing: no script runs in it, and only pictures open in place.

    A PDF is saved, not opened: Chrome and Safari show none that is sandboxed (crbug.com/413851). What nothing public
    shows is missing, except for those who may view it (access.py).
    """
    try:
        is_public = is_shown_to(request, path)
        try:
            return stored(request, path, FOR_AN_HOUR if is_public else FOR_ONE_PERSON)
        except Http404:
            for name in original_names(path):
                with suppress(Http404):
                    return stored(request, name, FOR_A_WHILE if is_public else FOR_ONE_PERSON)
            raise
    except StorageUnavailableError:
        return unreadable(request, path)
    except Http404:
        if PurePath(path).suffix.lower() in PICTURE_TYPES:
            return missing_picture()
        raise


def is_shown_to(request, path):
    """Return whether everybody gets the file at this path; raise Http404 for whoever does not get it."""
    if "\x00" in path:  # PostgreSQL would refuse the question.
        raise Http404
    names = access.names_of(path)
    if access.is_public(names):
        return True
    if access.is_signed(path, request.GET.get(access.PARAMETER, "")):
        return False
    if access.may_view(request, names):
        return False
    raise Http404


serve_media.policy = POLICY  # Told to forum_site/ops/checks/headers.py, which opens no file.


def stored(request, path, cache_control):
    try:
        response = default_storage.answer(request, path)
    except StorageUnavailableError:
        raise
    except (SuspiciousFileOperation, OSError, ValueError) as error:  # No path in the folder: as good as missing.
        raise Http404 from error
    if content_type := PICTURE_TYPES.get(PurePath(path).suffix.lower()):
        response["Content-Type"] = content_type  # As we know it: systems differ in whether they have heard of AVIF.
    else:
        response["Content-Disposition"] = "attachment"
    response["Cache-Control"] = cache_control
    response["Cross-Origin-Resource-Policy"] = OWN_SITES
    return response


def missing_picture(status=404):
    """An error that a page shows in the place of the picture, so that it keeps its layout."""
    drawing = (settings.BASE_DIR / "static" / "icons" / "missing-picture.svg").read_bytes()
    headers = {"Cache-Control": "no-store", "Cross-Origin-Resource-Policy": OWN_SITES}
    return HttpResponse(drawing, status=status, content_type="image/svg+xml", headers=headers)


def unreadable(request, path):
    if PurePath(path).suffix.lower() in PICTURE_TYPES:
        response = missing_picture(503)
    else:
        response = render(request, "503.html", status=503)
        response["Cache-Control"] = "no-store"
    response["Retry-After"] = "10"
    return response
