"""Who did what in the admin, and when: the lines that the admin writes of each addition, change and deletion.

The list is read by those with the permission to view log entries; nobody adds, changes or deletes a line, but for
purge.py, after years. So a person who has left lines cannot be deleted in the admin, but made inactive: their deeds
stay theirs.
"""

import datetime
from functools import cached_property

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from forum_site.admin.base import ReadOnlyAdmin, SteadyAdmin
from forum_site.admin.change_log import values_of
from forum_site.core.db.pagination import DeferredPaginator

MAX_LISTED = 5000
LAST_DAYS = "last-days"


class LatestPaginator(DeferredPaginator):
    """Counts no further than to `MAX_LISTED`, where the pages end: a narrower period leads to what is older."""

    @cached_property
    def count(self):
        return self.object_list.order_by().values("pk")[:MAX_LISTED].count()


class PersonFilter(admin.SimpleListFilter):
    """Those who may log in to the admin, and any that once could."""

    title = _("person")
    parameter_name = "person"

    def lookups(self, request, model_admin):
        people = get_user_model().objects.filter(logentry__isnull=False).distinct().order_by("username")
        return [(str(person.pk), person.get_full_name() or person.get_username()) for person in people]

    def queryset(self, request, queryset):
        known = {value for value, _name in self.lookup_choices}
        return queryset.filter(user=self.value()) if self.value() in known else queryset


class PeriodFilter(admin.SimpleListFilter):
    """The last days, the years since the first line, and the months of the year that is chosen."""

    title = _("period")
    parameter_name = "period"

    def lookups(self, request, model_admin):
        first = LogEntry.objects.order_by("id").values_list("action_time", flat=True).first()
        if first is None:
            return []
        lookups, chosen = [(LAST_DAYS, _("Past 7 days"))], request.GET.get(self.parameter_name, "")[:4]
        for year in range(timezone.localdate().year, timezone.localdate(first).year - 1, -1):
            lookups.append((str(year), str(year)))
            if str(year) == chosen:
                months = [(f"{year}-{month:02}", datetime.date(year, month, 1)) for month in range(1, 13)]
                lookups += [(value, date_format(day, "YEAR_MONTH_FORMAT")) for value, day in months]
        return lookups

    def queryset(self, request, queryset):
        if self.value() not in {value for value, _title in self.lookup_choices}:
            return queryset
        if self.value() == LAST_DAYS:
            return queryset.filter(action_time__gte=timezone.now() - datetime.timedelta(days=7))
        year, _dash, month = self.value().partition("-")
        first = datetime.date(int(year), int(month or 1), 1)
        following = datetime.date(int(year) + (month in ("", "12")), int(month or 12) % 12 + 1, 1)
        return queryset.filter(action_time__gte=midnight(first), action_time__lt=midnight(following))


def midnight(day):
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time.min))


@admin.register(LogEntry)
class AuditAdmin(ReadOnlyAdmin, SteadyAdmin, admin.ModelAdmin):
    list_display = ["moment", "person", "deed", "kind", "what", "message"]
    list_display_links = None
    list_filter = [PersonFilter, "action_flag", PeriodFilter]
    list_per_page = 50
    list_max_show_all = 50
    list_select_related = ["user", "content_type"]
    ordering = ["-id"]  # As they were written; by the moment, which no index has, all would be sorted.
    paginator = LatestPaginator
    search_fields = ["object_repr", "change_message", "user__username", "user__last_name"]
    show_facets = admin.ShowFacets.NEVER
    show_full_result_count = False
    sortable_by = []

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"title": _("Audit log"), **(extra_context or {})})

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("admin.view_logentry")

    @admin.display(description=_("when"))
    def moment(self, entry):
        return entry.action_time

    @admin.display(description=_("who"))
    def person(self, entry):
        return entry.user.get_full_name() or entry.user.get_username()

    @admin.display(description=_("action"))
    def deed(self, entry):
        return entry.get_action_flag_display()

    @admin.display(description=_("what kind"))
    def kind(self, entry):
        return entry.content_type.name if entry.content_type else "–"

    @admin.display(description=_("what"))
    def what(self, entry):
        address = None if entry.is_deletion() else entry.get_admin_url()
        return format_html('<a href="{}">{}</a>', address, entry.object_repr) if address else entry.object_repr

    @admin.display(description=_("what was done"))
    def message(self, entry):
        values = {"values": values_of(entry), "is_deletion": entry.is_deletion()}
        return format_html("{}{}", entry.get_change_message(), render_to_string("admin/_changed_values.html", values))
