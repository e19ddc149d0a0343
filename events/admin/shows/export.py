"""The figures as files, CSV and XLSX."""

from anyascii import anyascii
from django.conf import settings
from django.utils.text import slugify
from django.utils.translation import gettext as _

from events.shows.statistics import Step
from forum_site.spreadsheets.writers import csv_response, xlsx_response

MAX_EVENTS = 10_000


def export(kind, table, period, step, with_events):
    """Return the response with `period` as a file of the `kind` "csv" (one `table`: "events" or else) or "xlsx"."""
    is_events = kind == "csv" and table == "events"
    of = period.event.slug if period.event else slugify(anyascii(settings.SITE_NAME)) or "site"
    what = "events" if is_events else f"by-{step}"
    name = f"shows-{of}-{period.first}-{period.last}-{what}"
    if kind == "csv":
        return csv_response(name, event_lines(period) if is_events else series_lines(period, step))
    sheets = {_("Shows"): series_lines(period, step)}
    if with_events:
        sheets[_("Events")] = event_lines(period)
    return xlsx_response(name, **sheets)


def series_lines(period, step):
    yield [_("From"), _("To"), _("Span"), _("Shows"), _("Filtered views")]
    for row in period.series(step):
        yield [row.first, row.last, str(Step(row.step).label), row.shows, row.filtered_shows]


def event_lines(period):
    yield [_("Event"), _("Title"), _("First day"), _("URL"), _("Shows"), _("Filtered views")]
    for event in period.most_shown(MAX_EVENTS):
        address = settings.SITE_URL + event.get_absolute_url()
        yield [event.pk, event.title, event.starts_on, address, event.shows_of_period, event.filtered_shows_of_period]
