"""The figures as files: CSV with a mark by which Excel knows UTF-8, and XLSX."""

from anyascii import anyascii
from django.conf import settings
from django.http import HttpResponse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from tablib import Databook, Dataset

from events.statistics import Step
from forum_site.tables.cells import guarded, guarded_in_csv
from forum_site.tables.writing import XLSX_TYPE

MOST_EVENTS = 10_000


def export(kind, table, period, step, with_events):
    """Return the response with `period` as a file of the `kind` "csv" (one `table`: "events" or else) or "xlsx"."""
    is_events = kind == "csv" and table == "events"
    if kind == "csv":
        table = events_table(period, guarded_in_csv) if is_events else series_table(period, step, guarded_in_csv)
        content = table.export("csv")
        response = HttpResponse("\ufeff" + content, content_type="text/csv; charset=utf-8")
    else:
        events = [events_table(period)] if with_events else []
        book = Databook([series_table(period, step), *events])
        response = HttpResponse(book.export("xlsx", column_width="adaptive"), content_type=XLSX_TYPE)
    of = period.event.slug if period.event else slugify(anyascii(settings.SITE_NAME)) or "site"
    what = "events" if is_events else f"by-{step}"
    name = f"shows-{of}-{period.first}-{period.last}-{what}.{kind}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def series_table(period, step, guarded=guarded):
    table = Dataset(title=_("Shows"), headers=[_("From"), _("To"), _("Span"), _("Shows"), _("Readers")])
    for row in period.series(step):
        table.append([row.first, row.last, guarded(str(Step(row.step).label)), row.shows, row.readers])
    return table


def events_table(period, guarded=guarded):
    headers = [_("Event"), _("Title"), _("First day"), _("Address"), _("Shows"), _("Readers")]
    table = Dataset(title=_("Events"), headers=headers)
    for event in period.most_shown(MOST_EVENTS):
        address = settings.SITE_URL + event.get_absolute_url()
        figures = [event.shows_of_period, event.readers_of_period]
        table.append([event.pk, guarded(event.title), event.starts_on, guarded(address), *figures])
    return table
