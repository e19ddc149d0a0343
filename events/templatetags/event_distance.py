"""How far off an event is, as a reader of the page's language says it."""

from babel.dates import format_timedelta
from django import template
from django.utils.translation import gettext as _

from events.models.clock import local_date
from forum_site.core.text.locales import page_locale

register = template.Library()


@register.filter
def how_far_off(event):
    """Return "today", "tomorrow" or "in 3 weeks" by the event's own clock; nothing of one that is over or off."""
    phase = event.phase
    if phase == "after" or event.standing == event.Standing.CANCELLED:
        return ""
    distance = event.starts_on - local_date(event)
    if phase == "during" or distance.days <= 0:
        return _("today")
    if distance.days == 1:
        return _("tomorrow")
    return format_timedelta(distance, granularity="day", add_direction=True, locale=page_locale())
