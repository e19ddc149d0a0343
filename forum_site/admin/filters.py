from django.contrib.admin import SimpleListFilter
from django.utils.translation import gettext_lazy as _

from forum_site.core.fields.countries import country_name


class CountryFilter(SimpleListFilter):
    """For a ModelAdmin: the countries that there are, by name."""

    title = _("country")
    parameter_name = "country"

    def lookups(self, request, model_admin):
        codes = model_admin.model.objects.exclude(country="").order_by().values_list("country", flat=True).distinct()
        return sorted(((code, country_name(code)) for code in codes), key=lambda country: country[1])

    def queryset(self, request, queryset):
        return queryset.filter(country=self.value()) if self.value() else queryset
