"""Days and clocks as a reader of the page's language writes them, from Unicode's CLDR (by Babel).

Each day stands in a `<time>` of its own, so that a machine reads what a person reads.
"""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import format_date, format_timedelta
from django.utils.html import format_html
from django.utils.translation import gettext as _

from events.models.clock import local_date
from forum_site.core.text.locales import page_locale


def _time(day, text):
    return format_html('<time datetime="{}">{}</time>', day.isoformat(), text)


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


def weekday(day):
    """Print a day of the programme, whose year is known: `Wednesday 17 May`."""
    locale = page_locale()
    names = [name for name in ("MMMMEEEEd", "MMMMEd", "MMMEd") if name in locale.datetime_skeletons]
    pattern = locale.datetime_skeletons[names[0]].pattern if names else "long"
    return _time(day, format_date(day, pattern, locale=locale))


def hours(begins, ends):
    """Print when something begins and ends, of which one may not be known: `09:30–11:00`."""
    written = [
        format_html('<time datetime="{0}">{0}</time>', hour.strftime("%H:%M")) if hour else ""
        for hour in (begins, ends)
    ]
    return format_html("{}–{}", *written) if ends else written[0]


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


def how_far_off(event):
    """Return "today", "tomorrow" or "in 3 weeks" by the event's own clock; nothing of one that is over or off."""
    phase = event.phase
    if phase == "after" or event.status == event.Status.CANCELLED:
        return ""
    distance = event.starts_on - local_date(event)
    if phase == "during" or distance.days <= 0:
        return _("today")
    if distance.days == 1:
        return _("tomorrow")
    return format_timedelta(distance, granularity="day", add_direction=True, locale=page_locale())
