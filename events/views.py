import hashlib

from django.db import IntegrityError
from django.http import Http404, HttpResponse, HttpResponseNotModified
from django.utils.http import parse_etags
from django.views.generic import DetailView, ListView, TemplateView

from events.counting import is_fetched_ahead
from events.models import Event, ShowCount
from forum_site.slugs import FormerSlugRedirect

# Stands in the rendered page where the number of shows goes: a private-use character.
SHOWS_MARK = "\ue0e0"


class HomeView(TemplateView):
    template_name = "home.html"

    def get_context_data(self, **kwargs):
        events = Event.objects.published().for_cards()
        return super().get_context_data(next_events=events.upcoming()[:3], latest_events=events.past()[:6], **kwargs)


class EventListView(ListView):
    paginate_by = 20

    def get_queryset(self):
        return Event.objects.published().for_cards()

    def get_context_data(self, **kwargs):
        return super().get_context_data(years=Event.objects.published().years(), **kwargs)


class EventYearView(EventListView):
    allow_empty = False

    def get_queryset(self):
        return super().get_queryset().filter(starts_on__year=self.kwargs["year"])

    def get_context_data(self, **kwargs):
        return super().get_context_data(year=self.kwargs["year"], **kwargs)


class EventDetailView(FormerSlugRedirect, DetailView):
    """The event's page, counted as docs/architecture.md tells: rendered first, then counted, then sent."""

    def get_queryset(self):
        return Event.objects.published().for_detail()

    def get(self, request, *args, **kwargs):
        if is_fetched_ahead(request):
            return HttpResponse(status=503, headers={"Cache-Control": "no-store"})
        return super().get(request, *args, **kwargs)

    def render_to_response(self, context, **kwargs):
        event, request = self.object, self.request
        page = super().render_to_response({**context, "shows": SHOWS_MARK}, **kwargs).render().content.decode()
        # Weak, and of the page without its number: a reader who has the page gets a 304, which is a show like any.
        etag = f'W/"{hashlib.blake2b(page.encode(), digest_size=16).hexdigest()}"'
        headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
        try:
            shows = event.show_count if request.method == "HEAD" else ShowCount.objects.count_show(event)
        except IntegrityError as error:
            raise Http404 from error  # The event was deleted while its page was made.
        if etag in parse_etags(request.headers.get("If-None-Match", "")):
            return HttpResponseNotModified(headers=headers)
        before, _mark, after = page.rpartition(SHOWS_MARK)  # The number stands at the foot, after all that was typed.
        return HttpResponse(f"{before}{shows}{after}", headers=headers)
