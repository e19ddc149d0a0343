from django.contrib import admin
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from forum_site.admin import SteadyAdmin
from forum_site.countries import CountryFilter
from forum_site.richtext import RichTextAdmin
from forum_site.slugs import ProposedSlugAdmin
from organizations.models import Organization


@admin.register(Organization)
class OrganizationAdmin(RichTextAdmin, SteadyAdmin, ProposedSlugAdmin, admin.ModelAdmin):
    slug_source = "name"
    fieldsets = [
        (None, {"fields": ["name", "short_name", "kind", "parent", "country", "city"]}),
        (_("For readers"), {"fields": ["about", "website", "logo"]}),
        (_("Address of the page"), {"fields": ["slug"]}),
    ]
    autocomplete_fields = ["parent"]
    ordering = ["name"]
    list_display = ["name", "short_name", "kind", "country_name", "city", "parent", "number_of_events"]
    list_filter = ["kind", CountryFilter]
    list_select_related = ["parent"]
    list_per_page = 50
    search_fields = ["name", "short_name", "city", "parent__name"]

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(event_total=Count("participations__event", distinct=True))

    @admin.display(description=_("country"), ordering="country")
    def country_name(self, organization):
        return organization.get_country_display()

    @admin.display(description=_("events"), ordering="event_total")
    def number_of_events(self, organization):
        return organization.event_total
