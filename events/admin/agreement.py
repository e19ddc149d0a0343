from adminsortable2.admin import SortableStackedInline
from django.contrib import admin
from django.db.models import Max
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from events.admin.agreement_saving import AgreementSavingAdmin
from events.admin.formfields import FORMFIELD_OVERRIDES
from events.admin.forms import MAX_ROWS, AgreementForm, OrderedFormSet
from events.admin.publication import may_edit, may_publish
from events.admin.spreadsheets.agreements import agreement_columns
from events.models import Agreement, Event
from forum_site.admin.base import AutocompleteMany, SteadyAdmin
from forum_site.admin.rich_text import RichTextAdmin
from forum_site.admin.spreadsheets import ExportAdmin
from forum_site.core.db.pagination import DeferredPaginator


class PartiesAdmin:
    """The parties of an agreement are joined by a model of ours, for which the admin has no field by itself."""

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        return db_field.formfield(widget=AutocompleteMany(db_field, self.admin_site), **kwargs)


class AgreementInline(PartiesAdmin, SortableStackedInline):
    model = Agreement
    form = AgreementForm
    formset = OrderedFormSet
    view_on_site = False
    formfield_overrides = FORMFIELD_OVERRIDES
    extra, max_num = 0, MAX_ROWS["agreements"]


@admin.register(Agreement)
class AgreementAdmin(ExportAdmin, RichTextAdmin, SteadyAdmin, AgreementSavingAdmin, PartiesAdmin, admin.ModelAdmin):
    form = AgreementForm
    has_revisions = True
    formfield_overrides = FORMFIELD_OVERRIDES
    autocomplete_fields = ["event"]
    date_hierarchy = "signed_on"
    ordering = ["-signed_on", "-id"]
    list_display = ["title", "kind", "signed_on", "all_parties", "event", "status"]
    list_filter = ["kind", "status"]
    actions = ["export_csv", "export_xlsx"]
    show_full_result_count = False
    list_per_page = 25
    paginator = DeferredPaginator
    list_select_related = ["event"]
    search_fields = ["title", "other_parties", "parties__name", "parties__short_name", "event__title"]

    def get_queryset(self, request):
        return super().get_queryset(request).not_trashed().prefetch_related("parties")

    @property
    def export_columns(self):
        return agreement_columns()

    def with_export_columns(self, queryset):
        return queryset.select_related("event").prefetch_related("parties")

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and (obj is None or may_edit(obj.event, request.user))

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and (obj is None or may_edit(obj.event, request.user))

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        """An agreement is put to events alone that the person may change."""
        if db_field.name != "event":
            return super().formfield_for_foreignkey(db_field, request, **kwargs)
        events = Event.objects.not_trashed()
        kwargs["queryset"] = (
            events if may_publish(request.user) else events.filter(publication_status__in=Event.EDITABLE)
        )
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        field.error_messages["invalid_choice"] = _("You cannot change this event: it has been published, or is gone.")
        return field

    def get_fields(self, request, obj=None):
        return ["event", *super().get_fields(request, obj)]

    def save_model(self, request, obj, form, change):
        if not change:
            obj.position = 1 + obj.event.agreements.aggregate(last=Coalesce(Max("position"), 0))["last"]
        super().save_model(request, obj, form, change)

    def get_view_on_site_url(self, obj=None):
        return obj.get_absolute_url() if obj and obj.event.is_public else None

    @admin.display(description=_("parties"))
    def all_parties(self, agreement):
        return ", ".join([*(party.name for party in agreement.parties.all()), *agreement.unnamed_parties])
