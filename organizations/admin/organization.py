from django.contrib import admin
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from js_asset import Script

from events.models import Participation
from forum_site.admin.base import SteadyAdmin
from forum_site.admin.filters import CountryFilter
from forum_site.admin.printed_rows import PublishedRowsAdmin
from forum_site.admin.rich_text import RichTextAdmin
from forum_site.admin.slugs import SuggestedSlugAdmin
from forum_site.admin.spreadsheets import ExportAdmin, ImportAdmin
from forum_site.core.db.pagination import DeferredPaginator
from organizations.admin.duplicates import LookalikesAdmin
from organizations.admin.merge import MergingAdmin
from organizations.admin.spreadsheet import OrganizationImport, organization_columns
from organizations.models import Organization


def number_of_events():
    """Return a subquery: in how many events the organization has a role. Joined, all would be counted for each page."""
    own = Participation.objects.not_trashed().filter(organization=OuterRef("pk")).order_by().values("organization")
    return Coalesce(Subquery(own.annotate(events=Count("event", distinct=True)).values("events")), 0)


@admin.register(Organization)
class OrganizationAdmin(
    ImportAdmin,
    ExportAdmin,
    MergingAdmin,
    LookalikesAdmin,
    RichTextAdmin,
    PublishedRowsAdmin,
    SteadyAdmin,
    SuggestedSlugAdmin,
    admin.ModelAdmin,
):
    slug_source = "name"
    fieldsets = [
        (None, {"fields": ["name", ("short_name", "language"), "kind", "parent", "country", "city"]}),
        (_("For readers"), {"fields": ["about", "website", "logo"]}),
        (_("Slug of the page"), {"fields": ["slug"]}),
    ]
    autocomplete_fields = ["parent"]
    actions = ["merge", "export_csv", "export_xlsx"]
    table_import = OrganizationImport
    ordering = ["name"]
    list_display = ["name", "short_name", "kind", "country_name", "city", "parent", "number_of_events"]
    list_filter = ["kind", CountryFilter]
    list_select_related = ["parent"]
    show_full_result_count = False
    list_per_page = 25
    paginator = DeferredPaginator
    search_fields = ["name", "short_name", "city", "parent__name"]

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(event_total=number_of_events())

    def get_matching(self, queryset, text):
        """Return the parts of what is found, too, which the index does not find by the name of their parent."""
        found = super().get_matching(Organization.objects.order_by(), text).values("pk")
        return queryset.filter(Q(pk__in=found) | Q(parent__in=found))

    class Media:
        js = [*SuggestedSlugAdmin.Media.js, Script("admin/looks_like.js", type="module")]

    @property
    def export_columns(self):
        return organization_columns()

    def with_export_columns(self, queryset):
        return queryset.select_related("parent")

    @admin.display(description=_("country"), ordering="country")
    def country_name(self, organization):
        return organization.get_country_display()

    @admin.display(description=_("events"), ordering="event_total")
    def number_of_events(self, organization):
        return organization.event_total
