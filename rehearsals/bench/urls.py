"""The site, and beside it what the event's page is measured against: same server, same middleware, same length."""

from django.db import connection
from django.http import HttpResponse
from django.urls import path
from django.views.generic import View

from events.models import Event, ShowTotal
from events.website.views import EventDetailView
from forum_site.urls import handler400, handler500, urlpatterns  # noqa: F401 - the site's own

UPDATE = "UPDATE events_showtotal SET shows = shows + 1 WHERE event_id = %s RETURNING shows"


class Rendered(EventDetailView):
    """Rendered from the models on each request, and counted."""

    def page_key(self):
        return None


class Uncounted(EventDetailView):
    """Kept, and sent without asking the database anything."""

    def respond(self, page, is_last_attempt=False):
        return page.respond(self.request)


class Plain(EventDetailView):
    """Kept, and counted with a commit for each show alone."""

    def count(self, event, site_version):
        return ShowTotal.objects.count_shows(site_version, {event: 1}, {}).get(event)


class Fixed(View):
    """Bytes of the same length and with the same headers."""

    pages = {}

    def page(self, request, slug):
        if slug not in self.pages:
            response = Uncounted.as_view()(request, slug=slug)
            headers = {name: response[name] for name in ("ETag", "Cache-Control")}
            self.pages[slug] = Event.objects.get(slug=slug).pk, b"x" * len(response.content), headers
        return self.pages[slug]

    def get(self, request, slug):
        _event, body, headers = self.page(request, slug)
        return HttpResponse(body, headers=headers)


class Updated(Fixed):
    """The same and one statement."""

    def get(self, request, slug):
        event, body, headers = self.page(request, slug)
        with connection.cursor() as cursor:
            cursor.execute(UPDATE, [event])
            cursor.fetchone()
        return HttpResponse(body, headers=headers)


urlpatterns = [
    *(
        path(f"bench/{view.__name__.lower()}/<slug:slug>/", view.as_view())
        for view in (Fixed, Updated, Rendered, Uncounted, Plain)
    ),
    *urlpatterns,
]
