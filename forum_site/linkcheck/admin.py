"""The page of broken links: what each answered, and where it stands, with a way to the form where it is mended."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Max, Prefetch
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from forum_site.admin.base import ReadOnlyAdmin
from forum_site.linkcheck.models import CheckedLink, LinkSource
from forum_site.linkcheck.sources import is_owner, rows_at

A_PAGE = 25


class Spot:
    """A place of a link, as the page tells it; `url` leads to the form, for who may open it."""

    def __init__(self, site, user, place, row):
        self.title, self.field = str(row), row._meta.get_field(place.field).verbose_name
        self.part = ""
        if not site.is_registered(type(row)):
            # A part of another row has no form of its own: it is mended in that one's.
            self.part = f"{capfirst(row._meta.verbose_name)} “{row}”"
            row = next(getattr(row, field.name) for field in row._meta.concrete_fields if is_owner(field))
            self.title = str(row)
        model = row._meta
        self.may_see = any(
            user.has_perm(f"{model.app_label}.{action}_{model.model_name}") for action in ("view", "change")
        )
        self.kind = capfirst(model.verbose_name)
        self.url = reverse(f"{site.name}:{model.app_label}_{model.model_name}_change", args=[row.pk])


@admin.register(CheckedLink)
class CheckedLinkAdmin(ReadOnlyAdmin, admin.ModelAdmin):
    """Nothing is written here: `manage.py check_links` asks, and a link is mended where it stands."""

    def get_urls(self):
        view = self.admin_site.admin_view(self.changelist_view)
        return [path("", view, name="links_checkedlink_changelist")]

    def changelist_view(self, request, extra_context=None):
        if not self.has_view_permission(request):
            raise PermissionDenied
        places = Prefetch("sources", LinkSource.objects.in_use().order_by("model", "row", "field"), to_attr="found_at")
        page = Paginator(CheckedLink.objects.broken_in_use().prefetch_related(places), A_PAGE).get_page(
            request.GET.get("page", "")
        )
        links = list(page)
        rows = rows_at(place for link in links for place in link.found_at)
        for link in links:
            spots = [
                Spot(self.admin_site, request.user, place, rows[place.model, place.row])
                for place in link.found_at
                if (place.model, place.row) in rows
            ]
            link.spots = [spot for spot in spots if spot.may_see]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Broken links"),
            "opts": self.opts,
            "page": page,
            "links": links,
            "last_asked": CheckedLink.objects.aggregate(last=Max("checked_at"))["last"],
        }
        return TemplateResponse(request, "admin/links/broken_links.html", context)
