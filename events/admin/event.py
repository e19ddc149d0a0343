from adminsortable2.admin import SortableAdminBase, SortableStackedInline, SortableTabularInline
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.db.models.functions import Upper
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from events.admin.agreement import AgreementInline
from events.admin.bulk import BulkChangesAdmin
from events.admin.draft_filter import DraftFilter
from events.admin.formfields import FORMFIELD_OVERRIDES
from events.admin.forms import MAX_ROWS, EventForm, OrderedFormSet, ParticipationForm, ParticipationFormSet
from events.admin.gallery import DocumentInline, GalleryInline
from events.admin.pages.conflict import SettlingAdmin
from events.admin.pages.edit import SavingAdmin
from events.admin.pages.history import HistoryAdmin
from events.admin.pages.next_edition import NextEditionAdmin
from events.admin.pages.preview import PreviewAdmin
from events.admin.pages.trash import BinAdmin, PublicationStatusFilter
from events.admin.period_filter import PeriodFilter
from events.admin.publication import PublicationAdmin
from events.admin.sections import Section
from events.admin.shows.views import may_see_shows, shows_page
from events.admin.spreadsheets.events import event_columns, with_all_columns
from events.admin.spreadsheets.importer import EventImport
from events.admin.tags import TagFilter, TaggingAdmin
from events.admin.task_filter import TaskFilter
from events.admin.time_zone import TimeZoneAdmin
from events.dates import days
from events.models import Event, Panel, Participation, Revision, Visit
from events.website.pagination import DatePaginator
from forum_site.admin.base import SafeChoices, SteadyAdmin
from forum_site.admin.filters import CountryFilter
from forum_site.admin.rich_text import RichTextAdmin
from forum_site.admin.slugs import SuggestedSlugAdmin
from forum_site.admin.spreadsheets import ExportAdmin, ImportAdmin
from forum_site.core.db.pagination import DeferredPaginator


def changed_rows(formset):
    """Return the rows that a formset has saved or deleted, in the order in which the log tells them."""
    return [*formset.new_objects, *(row for row, _fields in formset.changed_objects), *formset.deleted_objects]


class ParticipationInline(SafeChoices, SortableTabularInline):
    model = Participation
    form = ParticipationForm
    formset = ParticipationFormSet
    autocomplete_fields = ["organization"]
    extra, max_num = 0, MAX_ROWS["participations"]


class PanelInline(SortableStackedInline):
    model = Panel
    formset = OrderedFormSet
    formfield_overrides = FORMFIELD_OVERRIDES
    fields = ["title", ("day", "starts_at", "ends_at", "room"), "description"]
    extra, max_num = 0, MAX_ROWS["panels"]


class VisitInline(SafeChoices, SortableStackedInline):
    model = Visit
    formset = OrderedFormSet
    formfield_overrides = FORMFIELD_OVERRIDES
    fields = ["place", ("visited_on", "city"), "organization", "description"]
    autocomplete_fields = ["organization"]
    extra, max_num = 0, MAX_ROWS["visits"]


@admin.register(Event)
class EventAdmin(
    PublicationAdmin,
    PreviewAdmin,
    NextEditionAdmin,
    ImportAdmin,
    ExportAdmin,
    TaggingAdmin,
    BulkChangesAdmin,
    BinAdmin,
    HistoryAdmin,
    SettlingAdmin,
    TimeZoneAdmin,
    RichTextAdmin,
    SteadyAdmin,
    SavingAdmin,
    SuggestedSlugAdmin,
    SortableAdminBase,
    admin.ModelAdmin,
):
    form = EventForm
    has_revisions = True
    formfield_overrides = FORMFIELD_OVERRIDES
    change_form_template = "admin/events/event/change_form.html"
    # An event is written in this order: an inline stands after the fieldset before it.
    written = [
        (_("What"), {"fields": ["title", ("kind", "language"), "series", "tags", "theme", "occasion", "summary"]}),
        (
            _("When and where"),
            {
                "fields": [
                    ("starts_on", "ends_on"),
                    ("starts_at", "ends_at"),
                    "time_zone",
                    "venue",
                    ("city", "country"),
                    "attendance",
                    "online_url",
                    ("status", "original_starts_on"),
                ]
            },
        ),
        ParticipationInline,
        (
            _("Text"),
            {
                "fields": [
                    "body",
                    "cover",
                    "cover_from_library",
                    "cover_alt",
                    ("cover_is_decorative", "cover_not_needed", "cover_credit"),
                    ("cover_focus_x", "cover_focus_y"),
                ]
            },
        ),
        GalleryInline,
        PanelInline,
        VisitInline,
        AgreementInline,
        DocumentInline,
        (
            _("Publication"),
            {
                "fields": [
                    "publication_status",
                    ("publish_at", "unpublish_at"),
                    "slug",
                    "number_of_shows",
                    "imported_shows",
                ]
            },
        ),
    ]
    fieldsets = [section for section in written if isinstance(section, tuple)]
    inlines = [section for section in written if not isinstance(section, tuple)]
    readonly_fields = ["number_of_shows", "imported_shows"]
    autocomplete_fields = ["series", "tags"]

    actions = [
        *("publish", "unpublish", "set_series", "tag", "copy_as_next_edition"),
        *("export_csv", "export_xlsx", "delete_selected"),
    ]
    table_import = EventImport
    asks_for_missing = True
    show_full_result_count = False
    list_display = ["full_title", "dates", "place", "state", "roles", "number_of_shows"]
    list_filter = [
        *(TaskFilter, PeriodFilter, ("publication_status", PublicationStatusFilter), DraftFilter),
        *("status", "kind", CountryFilter, TagFilter),
    ]
    list_per_page = 25
    search_fields = [
        "title",
        "theme",
        "city",
        "participations__organization__name",
        "participations__organization__short_name",
    ]

    def get_queryset(self, request):
        roles = Prefetch("participations", Participation.objects.select_related("organization"))
        drafts = Prefetch(
            "revisions", Revision.objects.filter(is_draft=True).defer("content"), to_attr="working_drafts"
        )
        return super().get_queryset(request).not_trashed().select_related("show_total").prefetch_related(roles, drafts)

    @property
    def export_columns(self):
        return event_columns()

    def with_export_columns(self, queryset):
        return with_all_columns(queryset)

    def get_paginator(self, request, queryset, per_page, *args, **kwargs):
        in_own_order = list(queryset.query.order_by) == Event._meta.ordering
        return (DatePaginator if in_own_order else DeferredPaginator)(queryset, per_page, *args, **kwargs)

    def get_urls(self):
        view = self.admin_site.admin_view(self.shows_view)
        return [path("<int:pk>/shows/", view, name="events_event_shows"), *super().get_urls()]

    def construct_change_message(self, request, form, formsets, add=False):
        """Name a role by its organization: the event is the one that the line is about."""
        message = super().construct_change_message(request, form, formsets, add)
        rows = [row for formset in formsets for row in changed_rows(formset)]
        for line, row in zip(message[-len(rows) :], rows, strict=True) if rows else ():
            if isinstance(row, Participation):
                next(iter(line.values()))["object"] = row.name_in_event
        return message

    def save_model(self, request, obj, form, change):
        obj.updated_by = request.user
        if not change:
            obj.created_by = request.user
        super().save_model(request, obj, form, change)

    def shows_view(self, request, pk):
        event = self.event_with_history(request, pk)
        if not (self.has_view_permission(request, event) and may_see_shows(request)):
            raise PermissionDenied
        return shows_page(self, request, event)

    def get_form(self, request, obj=None, **kwargs):
        form_class = super().get_form(request, obj, **kwargs)
        form_class.may_choose = request.user.has_perm("events.view_picture")  # It is made anew for each request.
        return form_class

    def get_list_display(self, request):
        if not may_see_shows(request):
            return self.list_display
        return ["shows_link" if name == "number_of_shows" else name for name in self.list_display]

    def get_view_on_site_url(self, obj=None):
        # As it is stored: the form may hold an address that is none.
        stored = Event.objects.published().filter(pk=obj.pk).first() if obj else None
        return stored.get_absolute_url() if stored else None

    def render_change_form(self, request, context, *args, **kwargs):
        if context.get("errors"):
            for inline in context["inline_admin_formsets"]:
                inline.formset.put_in_typed_order()
        fieldsets = {fieldset.name: fieldset for fieldset in context["adminform"]}
        inlines = {inline.opts.__class__: inline for inline in context["inline_admin_formsets"]}
        written = [section for section in self.written if isinstance(section, tuple) or section in inlines]
        context["sections"] = [
            Section(position, fieldset=fieldsets[section[0]])
            if isinstance(section, tuple)
            else Section(position, inline=inlines[section])
            for position, section in enumerate(written)
        ]
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=_("title"), ordering=Upper("title"))
    def full_title(self, event):
        return event.title

    @admin.display(description=_("dates"), ordering="starts_on")
    def dates(self, event):
        return days(event.starts_on, event.ends_on)

    @admin.display(description=_("place"), ordering=Upper("city"))
    def place(self, event):
        return ", ".join(filter(None, [event.city, event.get_country_display()])) or event.get_attendance_display()

    @admin.display(description=_("state"), ordering="publication_status")
    def state(self, event):
        """The word for what the public sees; what it does see is decided by `published()`."""
        now = timezone.now()
        if event.publication_status != Event.PublicationStatus.PUBLISHED:
            state = event.get_publication_status_display()
        elif event.unpublish_at and event.unpublish_at <= now:
            state = _("Hidden again")
        elif event.publish_at and event.publish_at > now:
            state = _("Published from %(moment)s") % {
                "moment": date_format(timezone.localtime(event.publish_at), "SHORT_DATETIME_FORMAT")
            }
        else:
            state = event.get_publication_status_display()
        marks = [] if event.status == Event.Status.SCHEDULED else [event.get_status_display()]
        marks += [
            _("draft changes in review") if each.is_in_review else _("draft changes") for each in event.working_drafts
        ]
        return ", ".join(str(mark) for mark in [state, *marks])

    @admin.display(description=_("roles"))
    def roles(self, event):
        """All roles, but no more than two names in each: the list is there to find an event by."""
        lines = []
        for label, participations in event.participations_by_role:
            names = [each.organization.name for each in participations]
            more = [f"+ {len(names) - 2}"] if len(names) > 2 else []
            lines.append(f"{label}: {', '.join(names[:2] + more)}")
        return "; ".join(lines)

    # Not to sort by: it changes with each show, so that all events had to be looked at. The page of shows ranks them.
    @admin.display(description=_("number of shows"))
    def number_of_shows(self, event):
        return event.show_count

    @admin.display(description=_("number of shows"))
    def shows_link(self, event):
        return format_html(
            '<a href="{}">{}</a>', reverse("admin:events_event_shows", args=[event.pk]), event.show_count
        )
