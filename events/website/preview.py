"""The page of an event as readers would see it, before they do: never counted, never kept, never found by a search.

`preview(request, event)` is the page: the template and context of `EventDetailView`, for the address that readers will
have, under a notice that names its state. Of an event with a working draft, it is the draft's. Whoever calls it has
asked who may see it: the admin, by the right to view the event; `PreviewView`, by a signed link that has not ended.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import resolve
from django.views.generic import View

from events.models import PreviewLink
from events.revisions.store import with_draft
from events.website.views import EventDetailView
from forum_site.media.access import with_signed_files

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",  # The address of a link opens the page: nobody else is to learn of it.
    "X-Robots-Tag": "noindex, nofollow",
}
PASSED_ON = ("HTTP_HOST", "SERVER_NAME", "SERVER_PORT", "wsgi.url_scheme")


def preview(request, event, **notice):
    """Return the page of `event`, loaded by `for_detail()` or `load()`, rendered at once.

    `notice` goes to the notice above it.
    """
    view = EventDetailView()
    view.setup(request_of_a_reader(request, event), slug=event.slug)
    view.object = event
    context = view.get_context_data(shows=event.show_count, notice=notice)
    return HttpResponse(render_to_string("events/event_preview.html", context, view.request), headers=HEADERS)


def request_of_a_reader(request, event):
    """Return a request for the public address by somebody whom nobody knows: the page may depend on nothing else."""
    reader = HttpRequest()
    reader.method = "GET"
    reader.META = {name: request.META[name] for name in PASSED_ON if name in request.META}
    reader.path = reader.path_info = event.get_absolute_url()
    reader.resolver_match = resolve(reader.path_info)
    return reader


class PreviewView(View):
    """By a signed link, for whoever has it; an unknown or ended one is a page that is not there."""

    def get(self, request, token):
        link = PreviewLink.objects.of_token(token)
        if link is None:
            raise Http404
        event, draft = with_draft(link.event_id)
        page = preview(request, event, draft=draft, expires_at=link.expires_at)
        page.content = with_signed_files(page.content.decode())
        return page
