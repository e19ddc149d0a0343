"""The time zone on an event's form: proposed from country and city, and warned of where it is another country's."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import JsonResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from forum_site.core.fields.countries import country_name, known_country
from forum_site.core.fields.time_zones import is_of, proposed_zone

MAX_LENGTH = 200  # characters


class TimeZoneAdmin:
    """For the ModelAdmin of events."""

    def get_urls(self):
        view = self.admin_site.admin_view(self.time_zone_view)
        return [path("time-zone/", view, name="events_event_time_zone"), *super().get_urls()]

    def time_zone_view(self, request):
        """Return the zone of a place, and a warning where that which is chosen is not one of the country."""
        if not (self.has_add_permission(request) or self.has_change_permission(request)):
            raise PermissionDenied
        country, city, zone = (request.GET.get(name, "")[:MAX_LENGTH] for name in ("country", "city", "zone"))
        country = known_country(country) or ""
        proposed = proposed_zone(country, city) if country else ""
        names = {"zone": zone, "country": country_name(country), "proposed": proposed}
        warning = ""
        if country and not is_of(zone, country):
            warning = _("%(zone)s is not a time zone of %(country)s.") % names
            warning += " " + (_("Choose %(proposed)s.") % names if proposed else _("Choose the one of the city."))
        told = _("Time zone set by country and city: %(proposed)s.") % names if proposed else ""
        return JsonResponse({"proposed": proposed, "told": told, "warning": warning})

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "time_zone" and field:
            field.widget.attrs["data-time-zone-url"] = reverse("admin:events_event_time_zone")
        return field

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if form.proposed_time_zone:
            told = _("Time zone set by country and city: %(proposed)s.") % {"proposed": form.proposed_time_zone}
            self.message_user(request, told, messages.INFO)
