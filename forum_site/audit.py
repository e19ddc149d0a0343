"""Who did what on the desk, and when: the lines that the admin writes of each addition, change and deletion.

The list is read by those with the permission to view log entries; nobody adds, changes or deletes a line. So a person
who has left lines cannot be deleted from the desk, but made inactive: their deeds stay theirs.
"""

from functools import cached_property

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from forum_site.admin import SteadyAdmin
from forum_site.pagination import KeyPaginator

MOST_LISTED = 5000


class LatestPaginator(KeyPaginator):
    """Counts no further than to `MOST_LISTED`, where the pages end: a narrower period leads to what is older."""

    @cached_property
    def count(self):
        return self.object_list.order_by().values("pk")[:MOST_LISTED].count()


class PersonFilter(admin.SimpleListFilter):
    """Those who may come to the desk, and any that once could."""

    title = _("person")
    parameter_name = "person"

    def lookups(self, request, model_admin):
        people = get_user_model().objects.filter(logentry__isnull=False).distinct().order_by("username")
        return [(str(person.pk), person.get_full_name() or person.get_username()) for person in people]

    def queryset(self, request, queryset):
        known = {value for value, _name in self.lookup_choices}
        return queryset.filter(user=self.value()) if self.value() in known else queryset


@admin.register(LogEntry)
class AuditAdmin(SteadyAdmin, admin.ModelAdmin):
    list_display = ["moment", "person", "action_flag", "kind", "what", "message"]
    list_display_links = None
    list_filter = [PersonFilter, "action_flag", "action_time"]
    list_per_page = 50
    list_max_show_all = 50
    list_select_related = ["user", "content_type"]
    ordering = ["-id"]  # As they were written; by the moment, which no index has, all would be sorted.
    paginator = LatestPaginator
    search_fields = ["object_repr", "change_message", "user__username", "user__last_name"]
    show_full_result_count = False
    sortable_by = []

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("admin.view_logentry")

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description=_("when"))
    def moment(self, entry):
        return entry.action_time

    @admin.display(description=_("who"))
    def person(self, entry):
        return entry.user.get_full_name() or entry.user.get_username()

    @admin.display(description=_("what kind"))
    def kind(self, entry):
        return entry.content_type.name if entry.content_type else "–"

    @admin.display(description=_("what"))
    def what(self, entry):
        address = None if entry.is_deletion() else entry.get_admin_url()
        return format_html('<a href="{}">{}</a>', address, entry.object_repr) if address else entry.object_repr

    @admin.display(description=_("what was done"))
    def message(self, entry):
        return entry.get_change_message()
