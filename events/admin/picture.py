"""The library of pictures: found by words, described, focused, and never taken away from where it is used."""

from django.contrib import admin
from django.db.models import Count
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from events.admin.picture_upload import PictureUploadAdmin, title_of
from events.admin.picture_uses import link_to, uses_of
from events.admin.widgets import FocusForm, preview
from events.models import Picture
from forum_site.admin.base import SteadyAdmin
from forum_site.admin.printed_rows import PublishedRowsAdmin
from forum_site.core.db.pagination import DeferredPaginator


class PictureForm(FocusForm):
    focus_of = "file"
    focus_fields = ("focus_x", "focus_y")

    class Meta:
        model = Picture
        fields = ["file", "title", "alt", "is_decorative", "credit", "focus_x", "focus_y"]


class DescriptionFilter(admin.SimpleListFilter):
    title = _("description")
    parameter_name = "description"

    def lookups(self, request, model_admin):
        return [("missing", _("Without description"))]

    def queryset(self, request, queryset):
        return queryset.undescribed() if self.value() == "missing" else queryset


@admin.register(Picture)
class PictureAdmin(PictureUploadAdmin, PublishedRowsAdmin, SteadyAdmin, admin.ModelAdmin):
    form = PictureForm
    list_display = ["small", "name", "description_or_not", "credit", "in_galleries", "uploaded_at"]
    list_display_links = ["small", "name"]
    list_filter = [DescriptionFilter, "is_decorative"]
    list_per_page = 24
    paginator = DeferredPaginator
    show_full_result_count = False
    search_fields = ["title", "alt", "credit"]
    ordering = ["-uploaded_at", "-id"]

    class Media:
        css = {"all": ["admin/pictures.css"]}

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(galleries=Count("places"))

    def get_fields(self, request, obj=None):
        fields = ["title", "alt", "is_decorative", "credit", ("focus_x", "focus_y")]
        return ["shown", *fields, "used_in", "uploaded"] if obj else ["file", *fields[:-1]]

    def get_readonly_fields(self, request, obj=None):
        return ["shown", "used_in", "uploaded"] if obj else []

    def save_model(self, request, obj, form, change):
        if not change:
            obj.uploaded_by = request.user
            obj.title = obj.title or title_of(request.FILES["file"].name)
        super().save_model(request, obj, form, change)

    def get_deleted_objects(self, objs, request):
        """Covers and texts keep a picture as galleries do: they would go on showing what nobody could find any more."""
        to_delete, model_count, perms_needed, protected = super().get_deleted_objects(objs, request)
        used = [link_to(row, self.admin_site) for picture in objs for row in uses_of(picture)]
        return to_delete, model_count, perms_needed, [*protected, *(line for line in used if line not in protected)]

    @admin.display(description=_("picture"))
    def small(self, picture):
        return format_html(
            '<img class="picture-preview" src="{}" alt="{}" width="96" height="72" loading="lazy">',
            preview(picture.file),
            picture,
        )

    @admin.display(description=_("title"), ordering="title")
    def name(self, picture):
        return str(picture)

    @admin.display(description=_("description"), ordering="alt")
    def description_or_not(self, picture):
        if picture.is_undescribed:
            return format_html('<strong class="picture-missing">{}</strong>', _("missing"))
        return _("decorative") if picture.is_decorative else picture.alt

    @admin.display(description=_("galleries"), ordering="galleries")
    def in_galleries(self, picture):
        if not picture.galleries:
            return "–"
        return ngettext("%(count)d gallery", "%(count)d galleries", picture.galleries) % {"count": picture.galleries}

    @admin.display(description=_("picture"))
    def shown(self, picture):
        stored = picture.file.stored
        return format_html(
            '<a href="{}"><img class="picture-shown" src="{}" alt="{}"></a> <span class="help">{} × {}</span>',
            picture.file.url,
            stored.middle if stored else picture.file.url,
            picture.alt or _("without description"),
            picture.width,
            picture.height,
        )

    @admin.display(description=_("used in"))
    def used_in(self, picture):
        rows = uses_of(picture)
        if not rows:
            return _("Nowhere yet.")
        lines = format_html_join("", "<li>{}</li>", ((link_to(row, self.admin_site),) for row in rows))
        return format_html('<ul class="picture-uses">{}</ul>', lines)

    @admin.display(description=_("uploaded"), empty_value="–")
    def uploaded(self, picture):
        moment = date_format(localtime(picture.uploaded_at), "SHORT_DATETIME_FORMAT")
        return f"{moment}, {picture.uploaded_by}" if picture.uploaded_by else moment
