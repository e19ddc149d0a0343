"""`/styleguide/`, for those who work on the design: every part of it on one page. There only while DEBUG is on.

Its parts are the site's own templates, filled with what the site's own views find; without content it has no parts.
"""

from copy import copy
from datetime import timedelta

from django.http import QueryDict
from django.views.generic import TemplateView

from events.models import Event
from events.models.clock import local_date
from events.website.agreements import AgreementListView
from events.website.calendar import MonthView
from events.website.views import EventDetailView, EventListView, HomeView
from forum_site.pagecache.models import SiteVersion
from forum_site.pagecache.views import CachedPageView
from forum_site.website import design_tokens
from forum_site.website.search import SearchView
from organizations.website.directory import OrganizationListView
from organizations.website.network.views import NetworkView
from organizations.website.views import OrganizationDetailView


class StyleguideView(TemplateView):
    template_name = "styleguide/styleguide.html"

    def get_context_data(self, **kwargs):
        light, _dark = design_tokens.tokens()
        return super().get_context_data(
            stylesheets=[f"css/{path.name}" for path in sorted(design_tokens.STYLESHEET.parent.glob("*.css"))],
            colours=design_tokens.colours(),
            pairs=design_tokens.pairs(),
            sizes=[(name, value) for name, value in light.items() if name.startswith("text-")],
            spaces=[(name, value) for name, value in light.items() if name.startswith("space-")],
            **self.content(),
            **kwargs,
        )

    def content(self):
        """Return what the pages of the fullest event and of its first organization print, and of all lists."""
        full = Event.objects.published().exclude(panels=None).exclude(visits=None).exclude(agreements=None)
        full = full.exclude(pictures=None).exclude(documents=None)
        event = full.exclude(cover="").exclude(participations=None).first()
        if event is None:
            return {}
        host = event.participations.first().organization
        page = self.on_public_pages(EventDetailView, slug=event.slug)
        return {
            "event_page": page,
            "moments": moments(page["event"]),
            "home": self.on_public_pages(HomeView),
            "events": self.on_public_pages(EventListView, f"kind={event.kind}"),
            "month": self.on_public_pages(MonthView, year=event.starts_on.year, month=event.starts_on.month),
            "agreements": self.on_public_pages(AgreementListView),
            "organizations": self.on_public_pages(OrganizationListView),
            "letters": [(letter, "") for letter in "ABC"],
            "organization_page": self.on_public_pages(OrganizationDetailView, slug=host.slug),
            "network": self.on_public_pages(NetworkView),
            "search": self.on_public_pages(SearchView, f"q={event.get_kind_display()}"),
        }

    def on_public_pages(self, view_class, query="", **kwargs):
        """Return what the page of a view prints, as a dictionary; nothing of it is kept."""
        request = copy(self.request)
        request.GET = QueryDict(query)
        view = view_class()
        view.setup(request, **kwargs)
        view.site_version = SiteVersion.current()
        get = super(CachedPageView, view).get if isinstance(view, CachedPageView) else view.get
        return get(request, **kwargs).context_data


def moments(event):
    """Return the event as it would be at other times, for those parts of the page that change with time."""
    today, day = local_date(event), timedelta(days=1)
    return {
        "before": changed(event, starts_on=today + 20 * day, ends_on=today + 21 * day),
        "during": changed(event, starts_on=today, ends_on=today, starts_at=None, ends_at=None),
        "postponed": changed(event, status=Event.Status.POSTPONED, original_starts_on=event.starts_on - 30 * day),
        "cancelled": changed(event, status=Event.Status.CANCELLED),
        "plain": changed(event, cover="", status=Event.Status.CANCELLED),
    }


def changed(event, **metadata):
    """Return a copy of the event with other facts; it is not saved."""
    other = copy(event)
    for name, value in metadata.items():
        setattr(other, name, value)
    return other
