"""What the event's page tells other programs, and those who cite it."""

from django import template
from django.conf import settings

from events.website.exports import citations
from events.website.exports.schema_org import event_data
from events.website.exports.share_image import HEIGHT, WIDTH, picture_address
from forum_site.core.fields.urls import absolute
from forum_site.core.text.plain import one_line

register = template.Library()

register.simple_tag(event_data)
register.simple_tag(citations.apa)
register.simple_tag(citations.gost)
register.filter(absolute)


@register.simple_tag
def share_image(event):
    """Return the picture that stands for the event where it is shared: its cover, else the one that is drawn."""
    if event.cover:
        return {
            "address": absolute(event.cover.url),
            "width": event.cover_width,
            "height": event.cover_height,
            "alt": one_line(event.cover_alt or event.title),
        }
    return {"address": picture_address(event), "width": WIDTH, "height": HEIGHT, "alt": one_line(event.title)}


@register.filter
def webcal(path):
    """Return the address by which a calendar program subscribes to a file instead of importing it once."""
    return f"webcal://{settings.SITE_URL.partition('://')[2]}{path}"
