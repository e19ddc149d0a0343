from django.core.exceptions import PermissionDenied
from django.http import JsonResponse
from django.urls import path, reverse
from js_asset import Script

from forum_site.core.db.slugs import suggest_slug


class SuggestedSlugAdmin:
    """For the ModelAdmin of a `Slugged`: the address is proposed from `slug_source` while that is typed."""

    slug_source = "title"

    def get_urls(self):
        view = self.admin_site.admin_view(self.propose_slug_view)
        return [path("propose-slug/", view, name=self._propose_slug_name()), *super().get_urls()]

    def _propose_slug_name(self):
        return f"{self.opts.app_label}_{self.opts.model_name}_propose_slug"

    def propose_slug_view(self, request):
        if not (self.has_add_permission(request) or self.has_change_permission(request)):
            raise PermissionDenied
        return JsonResponse({"slug": suggest_slug(self.model, request.GET.get("title", ""))})

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "slug":
            field.widget.attrs |= {
                "data-propose-url": reverse(f"{self.admin_site.name}:{self._propose_slug_name()}"),
                "data-propose-from": self.slug_source,
            }
        return field

    class Media:
        js = [Script("admin/suggest_slug.js", type="module")]
