from django.db import IntegrityError
from django.http import Http404, HttpResponse
from django.utils.functional import cached_property
from django.views.generic import DetailView, ListView, TemplateView

from events.counting import count_show, is_fetched_ahead
from events.models import Event, ShowTotal
from events.pagination import DayPaginator
from events.readers import ROBOTS, is_reader
from events.related_events import related_events
from events.statistics import Period, corrections_made
from forum_site import kept_pages
from forum_site.editions import Edition
from forum_site.kept_pages import PAGE_NUMBER, KeptPageView
from forum_site.slugs import FormerSlugRedirect

# Stands in the rendered page where the number of shows goes: a private-use character.
SHOWS_MARK = "\ue0e0"


class HomeView(KeptPageView, TemplateView):
    template_name = "home.html"

    def get_context_data(self, **kwargs):
        events = Event.objects.published().for_cards()
        return super().get_context_data(next_events=events.upcoming()[:3], latest_events=events.past()[:6], **kwargs)


class EventListView(KeptPageView, ListView):
    paginate_by = 20
    paginator_class = DayPaginator
    kept_query = {"page": PAGE_NUMBER}

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


class EventDetailView(KeptPageView, FormerSlugRedirect, DetailView):
    """The event's page, counted as docs/architecture.md tells: kept without its number, counted, then sent."""

    def get_queryset(self):
        return Event.objects.published().for_detail()

    def get(self, request, *args, **kwargs):
        if is_fetched_ahead(request):
            return HttpResponse(status=503, headers={"Cache-Control": "no-store"})
        page = kept_pages.in_memory.get(self.page_key())
        # Whether its edition goes on is asked in the statement that counts: a kept page costs that one alone.
        return (page and self.answer(page)) or super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        return super().get_context_data(shows=SHOWS_MARK, related_events=related_events(self.object), **kwargs)

    def page_facts(self):
        return {"event": self.object.pk, "carried_over": self.object.shows_carried_over}

    def answer(self, page, is_last_attempt=False):
        event = page.facts["event"]
        if self.request.method == "HEAD":
            shows = ShowTotal.objects.of(event) if is_last_attempt or page.edition == Edition.current() else None
        else:
            shows = self.count(event, None if is_last_attempt else page.edition)
        if shows is None:
            return None
        number = str(page.facts["carried_over"] + shows).encode()
        before, _mark, after = page.body.rpartition(SHOWS_MARK.encode())  # It stands after all that was typed.
        return page.answer(self.request, before + number + after)

    @cached_property
    def is_reader(self):
        return is_reader(self.request, self.kwargs["slug"])  # Asked once: asking is what is remembered.

    def count(self, event, edition):
        try:
            return count_show(event, edition, self.is_reader)
        except IntegrityError as error:
            raise Http404 from error  # The event was deleted this very moment.


class HowWeCountView(KeptPageView, TemplateView):
    template_name = "how_we_count.html"

    def get_context_data(self, **kwargs):
        known = Period.all()
        return super().get_context_data(
            since=known and known.first, corrections=corrections_made(), robots=ROBOTS, **kwargs
        )
