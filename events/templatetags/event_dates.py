"""Days and clocks as a reader of the page's language writes them, from Unicode's CLDR (by Babel).

Each day stands in a `<time>` of its own, so that a machine reads what a person reads.
"""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import format_date
from django import template
from django.utils.html import format_html

from forum_site.core.text.locales import page_locale

register = template.Library()


def _time(day, text):
    return format_html('<time datetime="{}">{}</time>', day.isoformat(), text)


@register.simple_tag
def days(first, last=None):
    """Print a day, or the days from `first` to `last`, naming month and year once: `17–18 May 2023`."""
    locale = page_locale()
    if last is None or first == last:
        return _time(first, format_date(first, "long", locale=locale))
    differs = "y" if first.year != last.year else "M" if first.month != last.month else "d"
    patterns = locale.interval_formats.get("yMMMd", {}).get(differs, ())
    if len(patterns) != 2:
        return format_html("{} – {}", days(first), days(last))
    parts = (
        format_date(day, pattern.replace("MMM", "MMMM"), locale=locale)
        for day, pattern in zip((first, last), patterns, strict=True)
    )
    return format_html("{}{}", *map(_time, (first, last), parts))


@register.simple_tag
def weekday(day):
    """Print a day of the programme, whose year is known: `Wednesday 17 May`."""
    locale = page_locale()
    names = [name for name in ("MMMMEEEEd", "MMMMEd", "MMMEd") if name in locale.datetime_skeletons]
    pattern = locale.datetime_skeletons[names[0]].pattern if names else "long"
    return _time(day, format_date(day, pattern, locale=locale))


@register.simple_tag
def hours(begins, ends):
    """Print when something begins and ends, of which one may not be known: `09:30–11:00`."""
    written = [
        format_html('<time datetime="{0}">{0}</time>', hour.strftime("%H:%M")) if hour else ""
        for hour in (begins, ends)
    ]
    return format_html("{}–{}", *written) if ends else written[0]


@register.filter
def clock(event):
    """Return whose clock the event's times follow, as it goes on the first day: `Asia/Shanghai (UTC+8)`."""
    try:
        zone = ZoneInfo(event.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return event.time_zone
    minutes = datetime.combine(event.starts_on, event.starts_at or time(12), zone).utcoffset() // timedelta(minutes=1)
    if not minutes:
        return "UTC" if event.time_zone == "UTC" else f"{event.time_zone} (UTC)"
    hours, rest = divmod(abs(minutes), 60)
    return f"{event.time_zone} (UTC{'+' if minutes > 0 else '−'}{hours}{f':{rest:02}' if rest else ''})"
