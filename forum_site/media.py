"""Where uploaded files are kept, and how they are served: whole or not at all, and able to do nothing.

`WholeFiles` is the storage. `serve_media` is the view: a rendition that is not there gives way to its picture, and a
picture that is not there to a drawn one.
"""

from pathlib import Path, PurePath

from csp.decorators import csp
from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import FileSystemStorage
from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe
from django.views.static import serve

from forum_site.renditions import TYPES, original_stem

PICTURE_TYPES = {**TYPES, ".jpeg": "image/jpeg", ".gif": "image/gif"}
FOR_GOOD = "public, max-age=31536000, immutable"
FOR_A_WHILE = "public, max-age=60"


class WholeFiles(FileSystemStorage):
    """A file of which only a part could be written is taken away again. Names are random: it is nobody else's."""

    def _save(self, name, content):
        try:
            return super()._save(name, content)
        except OSError:
            Path(self.path(name)).unlink(missing_ok=True)
            raise


@csp({"default-src": ["'none'"], "sandbox": True})
@require_safe
def serve_media(request, path):
    """Serve a stored file so that it can do nothing: no script runs in it, and only pictures open in place.

    A PDF is saved, not opened: Chrome and Safari show none that is sandboxed (crbug.com/413851).
    """
    try:
        return stored(request, path, FOR_GOOD)
    except Http404:
        if stem := original_stem(path):
            for ending in (".jpg", ".png", ".webp"):
                try:
                    return stored(request, stem + ending, FOR_A_WHILE)
                except Http404:
                    continue
        if PurePath(path).suffix.lower() in PICTURE_TYPES:
            return missing_picture()
        raise


def stored(request, path, cache_control):
    try:
        response = serve(request, path, document_root=settings.MEDIA_ROOT)
    except (SuspiciousFileOperation, OSError, ValueError) as error:  # No path in the folder: as good as missing.
        raise Http404 from error
    if content_type := PICTURE_TYPES.get(PurePath(path).suffix.lower()):
        response["Content-Type"] = content_type  # As we know it: systems differ in whether they have heard of AVIF.
    else:
        response["Content-Disposition"] = "attachment"
    response["Cache-Control"] = cache_control
    return response


def missing_picture():
    """A 404 that a page shows in the place of the picture, so that it keeps its layout."""
    drawing = (settings.BASE_DIR / "static" / "icons" / "missing-picture.svg").read_bytes()
    return HttpResponse(drawing, status=404, content_type="image/svg+xml", headers={"Cache-Control": "no-store"})
