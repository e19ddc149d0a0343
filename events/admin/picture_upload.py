"""The door by which galleries and texts take in pictures, one at a time: a picture of the library comes of each.

It answers in JSON, as the editor of texts wants it, and tells a gallery what its row shows.
"""

import logging
from pathlib import PurePath

from django import forms
from django.db import transaction
from django.http import JsonResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from events.admin.widgets import preview
from events.models import Picture
from forum_site.admin.base import NOT_STORED
from forum_site.core.text.plain import one_line
from forum_site.media.fields import PictureFormField

logger = logging.getLogger(__name__)


class PictureUploadForm(forms.Form):
    upload = PictureFormField()


def title_of(file_name):
    """Return what a file is called without its ending, as far as it can be read."""
    return one_line("".join(letter for letter in PurePath(file_name).stem if letter.isprintable()))[:200]


def picture_facts(picture):
    """Return what a gallery shows of a picture that has just been chosen."""
    return {
        "id": picture.pk,
        "name": str(picture),
        "preview": preview(picture.file),
        "alt": picture.alt,
        "is_decorative": picture.is_decorative,
        "credit": picture.credit,
    }


def refusal(message, status=200, is_busy=False):
    """Return what keeps a picture out. The editor of texts shows the message only of an answer that is no error.

    `is_busy` says that the same file may be taken a little later; the gallery then sends it again.
    """
    return JsonResponse({"uploaded": 0, "error": {"message": str(message), "is_busy": is_busy}}, status=status)


class PictureUploadAdmin:
    """For the ModelAdmin of pictures."""

    def get_urls(self):
        views = [("upload/", self.upload_view, "upload"), ("<int:pk>/facts/", self.facts_view, "facts")]
        own = [path(way, self.admin_site.admin_view(view), name=f"events_picture_{name}") for way, view, name in views]
        return [*own, *super().get_urls()]

    def upload_view(self, request):
        return require_POST(self._upload)(request)

    def _upload(self, request):
        if not self.has_add_permission(request):
            return refusal(_("You may not add pictures. Ask a manager."), 403)
        form = PictureUploadForm(request.POST, request.FILES)
        # Drawn anew outside of the transaction, so that nobody who writes waits for it.
        if not form.is_valid():
            return refusal(" ".join(form.errors["upload"]), is_busy=form.has_error("upload", "busy"))
        name = request.FILES["upload"].name
        picture = Picture(file=form.cleaned_data["upload"], title=title_of(name), uploaded_by=request.user)
        try:
            with transaction.atomic():
                picture.save()
                self.log_addition(request, picture, [{"added": {}}])
        except OSError:
            logger.exception("A picture could not be stored")
            return refusal(NOT_STORED)
        # `url` is the picture itself: a page takes its renditions, as it takes those of all pictures in texts.
        return JsonResponse(
            {"uploaded": 1, "fileName": picture.title, "url": picture.file.url, **picture_facts(picture)}
        )

    def facts_view(self, request, pk):
        picture = Picture.objects.filter(pk=pk).first() if pk < 10**18 else None
        if not self.has_view_permission(request, picture):
            return refusal(_("You may not see pictures of the library."), 403)
        if picture is None:
            return refusal(_("The library has no picture with this ID."), 404)
        return JsonResponse(picture_facts(picture))
