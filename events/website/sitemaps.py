"""The sitemap (sitemaps.org): an index, and files whose cost does not grow with the number of events.

Each file has the rows of one stretch of a thousand keys. So it is found without counting or skipping, and an event
stays in its file for good: a robot reads anew only those files in which something changed.
"""

from django.db.models import F, Max
from django.http import Http404
from django.urls import reverse
from django.views.generic import TemplateView

from events.models import Event
from forum_site.core.fields.urls import absolute
from forum_site.pagecache.files import CachedFileView
from organizations.models import Organization

STRETCH = 1000  # keys in a file
PAGES = (
    "home",
    "events:list",
    "events:agreements",
    "organizations:list",
    "organizations:network",
    "how-we-count",
)


def by_stretch(rows):
    """Group `rows` by the number of their stretch, which counts from 0."""
    return rows.order_by().values(stretch=F("pk") / STRETCH).order_by("stretch").distinct()


def in_stretch(rows, number):
    return rows.filter(pk__gte=number * STRETCH, pk__lt=(number + 1) * STRETCH).order_by("pk")


class SitemapView(CachedFileView, TemplateView):
    template_name = "sitemap.xml"
    content_type = "application/xml; charset=utf-8"

    def get_context_data(self, **kwargs):
        lines = list(self.get_lines(**kwargs))
        if not lines:
            raise Http404
        return super().get_context_data(lines=lines, **kwargs)


class SitemapIndexView(SitemapView):
    template_name = "sitemap_index.xml"

    def get_lines(self):
        yield {"address": absolute(reverse("sitemap-pages"))}
        for row in by_stretch(Organization.objects.all()):
            yield {"address": absolute(reverse("sitemap-organizations", args=[row["stretch"]]))}
        changes = by_stretch(Event.objects.published()).annotate(changed=Max("updated_at"), due=Max("publish_at"))
        for row in changes:
            changed = max(row["changed"], row["due"] or row["changed"])
            yield {"address": absolute(reverse("sitemap-events", args=[row["stretch"]])), "changed": changed}


class PagesSitemapView(SitemapView):
    def get_lines(self):
        yield from ({"address": absolute(reverse(name))} for name in PAGES)
        for year, _events in Event.objects.published().years():
            yield {"address": absolute(reverse("events:year", args=[year]))}


class OrganizationsSitemapView(SitemapView):
    def get_lines(self, number):
        for organization in in_stretch(Organization.objects.only("slug"), number):
            yield {"address": absolute(organization.get_absolute_url())}


class EventsSitemapView(SitemapView):
    def get_lines(self, number):
        events = Event.objects.published().only("slug", "created_at", "updated_at", "publish_at")
        for event in in_stretch(events, number):
            yield {"address": absolute(event.get_absolute_url()), "changed": event.changed_at}
