"""The number of shows in the admin: the page of figures, of the site and of one event, and what was entered of it.

`shows_page(request, event)` is the page, which `ShowCountAdmin` shows as its list and `EventAdmin` for an event.
"""

from itertools import groupby

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Sum
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import strip_tags
from django.utils.translation import gettext_lazy as _

from events.admin.formfields import FORMFIELD_OVERRIDES
from events.admin.shows.chart import Chart
from events.admin.shows.export import MAX_EVENTS, export
from events.admin.shows.period_form import FIRST_DAY, UNLIKELY_DAY, PeriodForm
from events.dates import days
from events.models import ImportedShows, ShowCorrection, ShowCount
from events.shows.statistics import Account, Period, PeriodTotals, Step
from forum_site.admin.base import ReadOnlyAdmin, SteadyAdmin
from forum_site.core.db.pagination import DeferredPaginator

MAX_BARS = 186  # Half a year of days; more could not be told apart on a sheet of paper.
MAX_SHOWN = 50
MAX_CORRECTIONS = 200
MAX_AT_ONCE = 1_000_000_000  # A correction of more is a slip of the finger.


class ChartSeries:
    """Rows of one step, next to each other: a chart, and a table that says the same."""

    def __init__(self, step, rows):
        self.step = step
        self.title = {
            Step.DAY: _("By day"),
            Step.WEEK: _("By week"),
            Step.MONTH: _("By month"),
            Step.YEAR: _("By year"),
        }[step]
        self.rows = [NamedPeriod(row) for row in rows]
        self.chart = Chart(self.rows)


class NamedPeriod:
    def __init__(self, figures: PeriodTotals):
        self.first, self.last, self.step, self.shows, self.filtered_shows = figures

    @property
    def name(self):
        is_whole = self.first.day == 1 and self.last == self.step.last_day_from(self.first)
        if self.step == Step.YEAR and is_whole and self.first.month == 1:
            return str(self.first.year)
        if self.step == Step.MONTH and is_whole:
            return date_format(self.first, "YEAR_MONTH_FORMAT")
        return strip_tags(days(self.first, self.last))

    @property
    def is_going_on(self):
        return self.first <= timezone.localdate() <= self.last


def shows_page(model_admin, request, event=None):
    """Return the page of figures of `event`, or of the site; or a file of them, when the address asks for one."""
    form = PeriodForm(request.GET)
    first, last, step = form.asked
    known = Period.all()
    is_cut = bool(known) and first < known.first <= last  # Where nobody counted, noughts would be untrue.
    period = Period(known.first if is_cut else first, last, event)
    if form.is_valid() and request.GET.get("format") in ("csv", "xlsx"):
        if request.GET.get("table") == "events" and not may_see_events(request):
            raise PermissionDenied
        return export(request.GET["format"], request.GET.get("table"), period, step, may_see_events(request))
    drawn, series = step, period.series(step)
    while len(series) > MAX_BARS and drawn.coarser != drawn:
        drawn = drawn.coarser
        series = period.series(drawn)
    runs = [ChartSeries(run_step, rows) for run_step, rows in groupby(series, key=lambda row: row.step)]
    corrections = list(period.corrections[: MAX_CORRECTIONS + 1])
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Number of shows"),
        "subtitle": event,
        "opts": model_admin.opts,
        "event": event,
        "account": Account.of(event) if event else None,
        "form": form,
        "quick_links": form.quick_links(event),
        "period": period,
        "is_cut": is_cut,
        "is_widened": period.days != period.asked,
        "step": step,
        "drawn": drawn,
        "runs": runs,
        "has_folded": any(run.step != drawn for run in runs),
        "most_shown": period.most_shown(MAX_SHOWN) if may_see_events(request) and not event else [],
        "most_events": MAX_EVENTS,
        "may_see_events": may_see_events(request),
        "corrections": corrections[:MAX_CORRECTIONS],
        "has_more_corrections": len(corrections) > MAX_CORRECTIONS,
        "methods": period.methods,
        "now": timezone.localtime(),
        "zone": timezone.get_current_timezone_name(),
    }
    return TemplateResponse(request, "admin/events/shows.html", context)


def may_see_events(request):
    """Return whether the titles of all events, drafts too, may be shown."""
    return request.user.has_perm("events.view_event") or request.user.has_perm("events.change_event")


def may_see_shows(request):
    return request.user.has_perm("events.view_showcount")


@admin.register(ShowCount)
class ShowCountAdmin(ReadOnlyAdmin, admin.ModelAdmin):
    """Read-only: the list is the page of the site's figures."""

    def get_urls(self):
        view = self.admin_site.admin_view(self.changelist_view)
        return [path("", view, name="events_showcount_changelist")]

    def changelist_view(self, request, extra_context=None):
        if not self.has_view_permission(request):
            raise PermissionDenied
        return shows_page(self, request)

    def has_view_permission(self, request, obj=None):
        return may_see_shows(request)


class ShowCorrectionForm(forms.ModelForm):
    class Meta:
        model = ShowCorrection
        fields = ["event", "day", "shows", "filtered_shows", "reason"]
        widgets = {"reason": forms.Textarea(attrs={"rows": 3})}

    def clean_day(self):
        day = self.cleaned_data["day"]
        if not FIRST_DAY <= day <= timezone.localdate():
            raise forms.ValidationError(UNLIKELY_DAY)
        return day

    def clean(self):
        super().clean()
        for name in ("shows", "filtered_shows"):
            if abs(self.cleaned_data.get(name) or 0) > MAX_AT_ONCE:
                self.add_error(name, _("This is more than a correction can be. Is the number right?"))
        event, filtered_shows = self.cleaned_data.get("event"), self.cleaned_data.get("filtered_shows") or 0
        if event and filtered_shows < 0:
            known = sum(
                lines.aggregate(all=Sum("filtered_shows"))["all"] or 0
                for lines in (event.shows.all(), event.corrections.all())
            )
            if known + filtered_shows < 0:
                self.add_error(
                    "filtered_shows",
                    _("Only %(known)s filtered views are recorded: you cannot subtract more.") % {"known": known},
                )


class LineAdmin:
    """For lines about the number of shows: they are added and looked at; nobody changes one or takes one away."""

    formfield_overrides = FORMFIELD_OVERRIDES
    autocomplete_fields = ["event"]
    list_per_page = 25
    paginator = DeferredPaginator
    readonly_fields = ["author", "created_at"]
    search_fields = ["event__title", "reason", "author__username"]

    def get_fields(self, request, obj=None):
        return [*self.form.Meta.fields, *(self.readonly_fields if obj else [])]

    def save_model(self, request, obj, form, change):
        obj.author = request.user
        super().save_model(request, obj, form, change)

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(ShowCorrection)
class ShowCorrectionAdmin(LineAdmin, SteadyAdmin, admin.ModelAdmin):
    form = ShowCorrectionForm
    date_hierarchy = "day"
    list_display = ["event", "day", "shows", "filtered_shows", "reason", "author", "created_at"]


class ImportedShowsForm(forms.ModelForm):
    class Meta:
        model = ImportedShows
        fields = ["event", "shows", "reason"]
        widgets = {"reason": forms.Textarea(attrs={"rows": 3})}


@admin.register(ImportedShows)
class ImportedShowsAdmin(LineAdmin, SteadyAdmin, admin.ModelAdmin):
    form = ImportedShowsForm
    list_display = ["event", "shows", "reason", "author", "created_at"]

    def has_add_permission(self, request):
        return request.user.has_perm("events.add_showcorrection")

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("events.view_showcorrection")
