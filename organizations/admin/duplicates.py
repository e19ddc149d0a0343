"""The warning that a new organization looks like one that is here: while it is typed, and once when it is saved."""

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import JsonResponse
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

from organizations.duplicates import MAX_NAME_LENGTH, find_duplicates
from organizations.models import Organization

SEEN = "seen_lookalikes"  # The keys of those that were told; whoever saves again has seen them.


class OrganizationForm(forms.ModelForm):
    seen_lookalikes = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Organization
        fields = "__all__"  # noqa: DJ007 - the admin names them, in its fieldsets

    def clean(self):
        super().clean()
        if SEEN not in self.fields or self.errors:
            return
        found = find_duplicates(self.cleaned_data["name"], self.cleaned_data.get("short_name", ""))
        seen = set(self.cleaned_data.get(SEEN, "").split(","))
        if {str(each.pk) for each in found} - seen:
            self.data = self.data.copy()
            self.data[self.add_prefix(SEEN)] = ",".join(str(each.pk) for each in found)
            self.add_error("name", self._told(found))

    @staticmethod
    def _told(found):
        links = format_html_join(", ", '<a href="{}">{}</a>', ((address_of(each), each.name) for each in found))
        return format_html(_("Possible duplicates: {}. Save again to create it anyway."), links)


def address_of(organization):
    return reverse("admin:organizations_organization_change", args=[organization.pk])


class LookalikesAdmin:
    """For the ModelAdmin of organizations: on the form of a new one, in the popup of another form, too."""

    form = OrganizationForm

    def get_urls(self):
        view = self.admin_site.admin_view(self.looks_like_view)
        return [path("looks-like/", view, name="organizations_organization_looks_like"), *super().get_urls()]

    def looks_like_view(self, request):
        if not (self.has_add_permission(request) and self.has_view_or_change_permission(request)):
            raise PermissionDenied
        name, short_name = (request.GET.get(field, "").replace("\x00", "") for field in ("name", "short_name"))
        found = [
            {
                "name": str(each),
                "place": ", ".join(filter(None, [each.short_name, each.city, each.get_country_display()])),
                "address": address_of(each),
            }
            for each in find_duplicates(name[:MAX_NAME_LENGTH], short_name[:MAX_NAME_LENGTH])
        ]
        return JsonResponse({"title": _("Possible duplicates:"), "found": found})

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if obj else [*fieldsets, (None, {"fields": [SEEN], "classes": ["hidden"]})]

    def get_form(self, request, obj=None, **kwargs):
        form_class = super().get_form(request, obj, **kwargs)
        if obj is None and SEEN in kwargs.get("fields", [SEEN]) and "name" in form_class.base_fields:
            address = reverse("admin:organizations_organization_looks_like")
            form_class.base_fields["name"].widget.attrs["data-looks-like-url"] = address
        else:
            form_class.base_fields.pop(SEEN, None)
        return form_class
