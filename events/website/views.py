from django.db import IntegrityError
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.generic import DetailView, TemplateView

from events.models import Agreement, Event, ShowTotal
from events.shows.counting import count_show, is_prefetch
from events.shows.statistics import Period, corrections_made, imported_numbers
from events.shows.visitors import BOT_LIST, counts_as_filtered
from events.website.filters import EventFilters
from events.website.pagination import DatePaginator
from events.website.related import related_events
from forum_site.pagecache import views as kept_pages
from forum_site.pagecache.models import SiteVersion
from forum_site.pagecache.views import CachedPageView
from forum_site.website.filtered_lists import FilteredListView, cached_params
from forum_site.website.redirects import OldSlugRedirect

MAX_YEARS = 12  # that stand on the home page


class HomeView(CachedPageView, TemplateView):
    template_name = "home.html"

    def get_context_data(self, **kwargs):
        events = Event.objects.published()
        return super().get_context_data(
            coming=events.for_cards().upcoming()[:4],
            past=events.for_cards().past()[:3],
            most_shown=events.most_shown()[:5],
            agreements=Agreement.objects.published().for_register()[:4],
            years=with_shares(EventFilters({}, events, self.site_version).years[:MAX_YEARS]),
            **kwargs,
        )


def with_shares(years):
    """Return the years with the number of their events, each with its share of the fullest one, in percent."""
    fullest = max((events for _year, events in years), default=0)
    return [(year, events, max(1, round(100 * events / fullest))) for year, events in years]


class EventListView(FilteredListView):
    list_filters = EventFilters
    paginate_by = 20
    paginator_class = DatePaginator
    cached_params = cached_params(EventFilters)

    def get_rows(self):
        return Event.objects.published().for_cards()

    def get_paginator(self, *args, **kwargs):
        return super().get_paginator(*args, years=self.filters.years, **kwargs)


class EventYearView(EventListView):
    """The same within one year, by the address that years have always had."""

    cached_params = {name: pattern for name, pattern in EventListView.cached_params.items() if name != "year"}


class EventDetailView(CachedPageView, OldSlugRedirect, DetailView):
    """The event's page, counted as docs/architecture.md tells: kept without its number, counted, then sent."""

    placeholder = "\ue0e0"  # A private-use character. The number of shows stands after all that was typed.

    def get_queryset(self):
        return Event.objects.published().for_detail()

    def get(self, request, *args, **kwargs):
        if is_prefetch(request):
            return HttpResponse(status=503, headers={"Cache-Control": "no-store"})
        page = kept_pages.page_cache.get(self.page_key())
        # Whether its site version goes on is asked in the statement that counts: a cached page costs that one alone.
        is_in_time = page and timezone.now() < page.site_version.valid_until  # The database may be a moment behind.
        return (is_in_time and self.respond(page)) or super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        context = {"shows": self.placeholder, "related_events": related_events(self.object), **kwargs}
        return super().get_context_data(**context)

    def page_metadata(self):
        return {"event": self.object.pk, "carried_over": self.object.imported_shows}

    def respond(self, page, is_last_attempt=False):
        event = page.metadata["event"]
        if self.request.method == "HEAD":
            shows = (
                ShowTotal.objects.of(event) if is_last_attempt or page.site_version == SiteVersion.current() else None
            )
        else:
            shows = self.count(event, None if is_last_attempt else page.site_version)
        if shows is None:
            return None
        return page.respond(self.request, str(page.metadata["carried_over"] + shows).encode())

    @cached_property
    def counts_as_filtered(self):
        return counts_as_filtered(self.request, self.kwargs["slug"])  # Asked once: asking is what is remembered.

    def count(self, event, site_version):
        try:
            return count_show(event, site_version, self.counts_as_filtered)
        except IntegrityError as error:
            raise Http404 from error  # The event was deleted this very moment.


class HowWeCountView(CachedPageView, TemplateView):
    template_name = "how_we_count.html"

    def get_context_data(self, **kwargs):
        known = Period.all()
        return super().get_context_data(
            since=known and known.first,
            corrections=corrections_made(),
            imported=imported_numbers(),
            bot_list=BOT_LIST,
            **kwargs,
        )
