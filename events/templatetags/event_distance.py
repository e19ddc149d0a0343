"""How far off an event is, as a reader of the page's language says it."""

from babel.dates import format_timedelta
from django import template
from django.utils import timezone
from django.utils.translation import gettext as _

from forum_site.locales import page_locale

register = template.Library()


@register.filter
def how_far_off(event):
    """Return "today" while the event goes on, else "tomorrow" or "in 3 weeks"; nothing of one that is over or off."""
    today = timezone.localdate()
    if event.ends_on < today or event.standing == event.Standing.CANCELLED:
        return ""
    if event.starts_on <= today:
        return _("today")
    distance = event.starts_on - today
    if distance.days == 1:
        return _("tomorrow")
    return format_timedelta(distance, granularity="day", add_direction=True, locale=page_locale())
