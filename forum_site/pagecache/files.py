"""Public files that are made of what pages print, such as a feed: kept as pages are, and sent as what they are."""

from django.http import HttpResponse
from django.views.generic import View

from forum_site.pagecache.views import CachedPageView


class CachedFileView(CachedPageView):
    """For a class-based view that gives a text file; the heir names its `content_type`, and a name to save it by."""

    content_type = "text/plain; charset=utf-8"
    disposition = "inline"
    file_name = ""

    def respond(self, page, is_last_attempt):
        response = super().respond(page, is_last_attempt)
        if response.status_code == 200:
            response["Content-Type"] = self.content_type
            if name := self.get_file_name():
                response["Content-Disposition"] = f'{self.disposition}; filename="{name}"'
        return response

    def get_file_name(self):
        """Return letters, digits, hyphens and points, which need no escape; or nothing."""
        return self.file_name


class FileView(View):
    """Beside KeptFileView, for a file that needs no object and no template: the heir has `get_file()`."""

    def get(self, request, *args, **kwargs):
        return HttpResponse(self.get_file())
