"""The Atom feed (RFC 4287) of the events that came before the public last."""

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from django.utils.translation import gettext as _

from events.dates import days
from events.models import Event
from events.website.exports.citations import authors
from forum_site.core.fields.urls import absolute
from forum_site.core.text.plain import one_line, plain_text

ENTRIES = 30


class AtomOfEvents(Atom1Feed):
    """With as many authors as an entry has, which Django's has not."""

    def add_item_elements(self, handler, item):
        super().add_item_elements(handler, item)
        for name in item["authors"]:
            handler.startElement("author", {})
            handler.addQuickElement("name", name)
            handler.endElement("author")


class EventFeed(Feed):
    """All addresses in it are whole, so that nothing depends on the host that was asked."""

    feed_type = AtomOfEvents

    def title(self):
        return one_line(settings.SITE_NAME)

    author_name = title

    def subtitle(self):
        return _("Forums, conferences and visits: who met, what was discussed, and what was signed.")

    def link(self):
        return absolute(reverse("home"))

    def feed_url(self):
        return absolute(reverse("events:feed"))

    feed_guid = feed_url

    def items(self):
        return Event.objects.published().latest_public(ENTRIES)

    def item_title(self, event):
        return one_line(event.title)

    def item_description(self, event):
        when = plain_text(days(event.starts_on, event.ends_on))
        place = ", ".join(one_line(part) for part in (event.city, event.get_country_display()) if part)
        metadata = " · ".join(part for part in (event.get_kind_display(), when, place) if part)
        if event.status != event.Status.SCHEDULED:
            metadata = f"{event.get_status_display()} · {metadata}"
        text = " – ".join(part for part in (metadata, one_line(event.summary or event.theme)) if part)
        return escape(text)  # Django says that a summary is HTML.

    def item_link(self, event):
        return absolute(event.get_absolute_url())

    def item_guid(self, event):
        return absolute(event.get_short_url())

    def item_pubdate(self, event):
        return event.public_since

    def item_updateddate(self, event):
        return event.changed_at

    def item_categories(self, event):
        return [event.get_kind_display()]

    def item_extra_kwargs(self, event):
        return {"authors": authors(event.invitations)}
