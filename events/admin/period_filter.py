import datetime

from django.contrib.admin import SimpleListFilter
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from events.models import Event


class PeriodFilter(SimpleListFilter):
    """The years from the first event to the last, and the months of the year that is chosen."""

    title = _("year")
    parameter_name = "begins"

    def lookups(self, request, model_admin):
        days = Event.objects.not_trashed().order_by("starts_on").values_list("starts_on", flat=True)
        first, last = days.first(), days.last()  # Each at one end of an index; asked for together, all are read.
        if not first:
            return []
        chosen, lookups = request.GET.get(self.parameter_name, "")[:4], []
        for year in range(last.year, first.year - 1, -1):
            lookups.append((str(year), str(year)))
            if str(year) == chosen:
                lookups += [
                    (f"{year}-{month:02}", date_format(datetime.date(year, month, 1), "YEAR_MONTH_FORMAT"))
                    for month in range(1, 13)
                ]
        return lookups

    def queryset(self, request, queryset):
        if self.value() not in {value for value, _title in self.lookup_choices}:
            return queryset
        year, _dash, month = self.value().partition("-")
        first = datetime.date(int(year), int(month or 1), 1)
        following = datetime.date(int(year) + (month in ("", "12")), int(month or 12) % 12 + 1, 1)
        return queryset.filter(starts_on__gte=first, starts_on__lt=following)
