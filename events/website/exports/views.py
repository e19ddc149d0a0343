"""Views of every standard way out of an event: what other programs read, which is no show and is not counted.

Each joins what the public may see to a pure function in a module of its own.
"""

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.generic import View
from django.views.generic.detail import BaseDetailView

from events.models import Event
from events.website.exports import citations
from events.website.exports.feeds import EventFeed
from events.website.exports.ical import MAX_EVENTS, calendar_file
from events.website.exports.share_image import TooMuchToDraw, picture_address, picture_digest, picture_of
from forum_site.core.http.security_headers import OWN_SITES
from forum_site.media.storage import FOR_AN_HOUR
from forum_site.pagecache.files import CachedFileView, FileView
from forum_site.website.redirects import OldSlugRedirect
from organizations.models import Organization


class EventFormerSlugRedirect(OldSlugRedirect):
    """A former address leads to the same way out of the same event."""

    def address_of(self, event):
        way = self.request.resolver_match
        return reverse(way.view_name, kwargs={**way.kwargs, "slug": event.slug})


class EventFileView(CachedFileView, EventFormerSlugRedirect, BaseDetailView):
    """A file of one event, to save; the heir names its `ending` and has `file_of()`."""

    disposition = "attachment"

    def get_queryset(self):
        return Event.objects.published().for_detail()

    def render_to_response(self, context):
        return HttpResponse(self.file_of(self.object))

    def get_file_name(self):
        return f"{self.kwargs['slug']}.{self.ending}"


class EventCalendarView(EventFileView):
    content_type = "text/calendar; charset=utf-8"
    ending = "ics"

    def get_queryset(self):
        return Event.objects.published().defer("body")

    def file_of(self, event):
        return calendar_file([event])


class CiteView(EventFileView):
    formats = {
        "bib": ("application/x-bibtex; charset=utf-8", citations.bibtex),
        "ris": ("application/x-research-info-systems; charset=utf-8", citations.ris),
    }

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.ending = kwargs["format"]
        self.content_type, self.file_of = self.formats[self.ending]


class CalendarView(CachedFileView, FileView):
    """The calendar to subscribe to: of all events, or of those of an organization, of a kind, or of both."""

    content_type = "text/calendar; charset=utf-8"
    file_name = "calendar.ics"
    cached_params = {"organization": r"[a-z0-9-]{1,100}", "kind": r"[a-z_]{1,20}"}

    def get_file(self):
        if self.page_key() is None:
            raise Http404  # Nothing has such a name.
        events, name = Event.objects.published().for_subscription(), [settings.SITE_NAME]
        if "organization" in self.request.GET:
            organization = get_object_or_404(Organization, slug=self.request.GET["organization"])
            events = events.filter(pk__in=organization.participations.values("event"))
            name.append(organization.short_name or organization.name)
        if "kind" in self.request.GET:
            try:
                kind = Event.Kind(self.request.GET["kind"])
            except ValueError as error:
                raise Http404 from error
            events = events.filter(kind=kind)
            name.append(str(kind.label))
        return calendar_file(events[:MAX_EVENTS], " – ".join(name))


class EventFeedView(CachedFileView, FileView):
    content_type = "application/atom+xml; charset=utf-8"

    def get_file(self):
        return EventFeed()(self.request).content


class SharePictureView(EventFormerSlugRedirect, BaseDetailView):
    """The picture at its address of this moment, to be kept for an hour; an older address leads there."""

    def get_queryset(self):
        return Event.objects.published().defer("body")

    def render_to_response(self, context):
        if self.kwargs["digest"] != picture_digest(self.object):
            return HttpResponseRedirect(picture_address(self.object))
        try:
            picture = picture_of(self.object)
        except TooMuchToDraw:
            return HttpResponse(status=503, headers={"Retry-After": "5", "Cache-Control": "no-store"})
        headers = {"Cache-Control": FOR_AN_HOUR, "Cross-Origin-Resource-Policy": OWN_SITES}
        return HttpResponse(picture, content_type="image/png", headers=headers)


class ShortAddressView(View):
    """The permanent address. It leads on for the time being (302): nobody is to replace it by where it leads."""

    redirects_misspelt = True

    def get(self, request, pk):
        event = get_object_or_404(Event.objects.published().only("slug"), pk=pk)
        return HttpResponseRedirect(event.get_absolute_url())
