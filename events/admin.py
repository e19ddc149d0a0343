from adminsortable2.admin import SortableAdminBase, SortableStackedInline, SortableTabularInline
from django.contrib import admin
from django.db import models
from django.db.models import Max, Prefetch
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.formats import date_format, get_format
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from events.forms import AgreementForm, EventForm, OrderedFormSet, ParticipationForm, ParticipationFormSet
from events.models import Agreement, Event, Panel, Participation, Visit
from events.templatetags.event_dates import days
from forum_site.admin import AutocompleteMany, SteadyAdmin, SteadyChoices
from forum_site.countries import CountryFilter
from forum_site.richtext import RichTextAdmin
from forum_site.slugs import ProposedSlugAdmin


def input_formats(name, *more):
    """Return the formats of the current language, and those that people write in any language."""
    return lazy(lambda: [*get_format(name), *more], list)()


HELPFUL_FIELDS = {
    models.DateField: {
        "input_formats": input_formats("DATE_INPUT_FORMATS", "%d.%m.%Y"),
        "error_messages": {"invalid": _("Write the day as 2023-05-17 or 17.05.2023, or choose it from the calendar.")},
    },
    models.TimeField: {
        "input_formats": input_formats("TIME_INPUT_FORMATS", "%H.%M"),
        "error_messages": {"invalid": _("Write the time as 14:30.")},
    },
}


class ParticipationInline(SteadyChoices, SortableTabularInline):
    model = Participation
    form = ParticipationForm
    formset = ParticipationFormSet
    autocomplete_fields = ["organization"]
    extra = 0


class PanelInline(SortableStackedInline):
    model = Panel
    formset = OrderedFormSet
    formfield_overrides = HELPFUL_FIELDS
    fields = ["title", ("day", "starts_at", "ends_at", "room"), "description"]
    extra = 0


class VisitInline(SteadyChoices, SortableStackedInline):
    model = Visit
    formset = OrderedFormSet
    formfield_overrides = HELPFUL_FIELDS
    fields = ["place", ("visited_on", "city"), "organization", "seen"]
    autocomplete_fields = ["organization"]
    extra = 0


class PartiesAdmin:
    """The parties of an agreement are joined by a model of ours, for which the admin has no field by itself."""

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        return db_field.formfield(widget=AutocompleteMany(db_field, self.admin_site), **kwargs)


class AgreementInline(PartiesAdmin, SortableStackedInline):
    model = Agreement
    form = AgreementForm
    formset = OrderedFormSet
    view_on_site = False
    formfield_overrides = HELPFUL_FIELDS
    extra = 0


@admin.register(Event)
class EventAdmin(RichTextAdmin, SteadyAdmin, ProposedSlugAdmin, SortableAdminBase, admin.ModelAdmin):
    form = EventForm
    formfield_overrides = HELPFUL_FIELDS
    change_form_template = "admin/events/event/change_form.html"
    # An event is written in this order: an inline stands after the fieldset before it.
    written = [
        (_("What"), {"fields": ["title", "kind", "theme", "occasion", "summary"]}),
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
                    ("standing", "former_starts_on"),
                ]
            },
        ),
        ParticipationInline,
        (_("Text"), {"fields": ["body", "cover", "cover_alt", "cover_credit"]}),
        PanelInline,
        VisitInline,
        AgreementInline,
        (
            _("Publication"),
            {
                "fields": [
                    "publication",
                    ("publish_at", "unpublish_at"),
                    "slug",
                    "number_of_shows",
                    "shows_carried_over",
                ]
            },
        ),
    ]
    fieldsets = [section for section in written if isinstance(section, tuple)]
    inlines = [section for section in written if not isinstance(section, tuple)]
    readonly_fields = ["number_of_shows"]

    date_hierarchy = "starts_on"
    list_display = ["title", "dates", "place", "state", "roles", "number_of_shows"]
    list_filter = ["publication", "standing", "kind", CountryFilter]
    list_per_page = 50
    search_fields = [
        "title",
        "theme",
        "city",
        "participations__organization__name",
        "participations__organization__short_name",
    ]

    def get_queryset(self, request):
        roles = Prefetch("participations", Participation.objects.select_related("organization"))
        return super().get_queryset(request).with_ledger_shows().prefetch_related(roles)

    def get_view_on_site_url(self, obj=None):
        # As it is stored: the form may hold an address that is none.
        stored = Event.objects.published().filter(pk=obj.pk).first() if obj else None
        return stored.get_absolute_url() if stored else None

    def render_change_form(self, request, context, *args, **kwargs):
        fieldsets = {fieldset.name: fieldset for fieldset in context["adminform"]}
        inlines = {inline.opts.__class__: inline for inline in context["inline_admin_formsets"]}
        context["sections"] = [
            {"fieldset": fieldsets[section[0]]} if isinstance(section, tuple) else {"inline": inlines[section]}
            for section in self.written
            if isinstance(section, tuple) or section in inlines
        ]
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=_("dates"), ordering="starts_on")
    def dates(self, event):
        return days(event.starts_on, event.ends_on)

    @admin.display(description=_("place"), ordering="city")
    def place(self, event):
        return ", ".join(filter(None, [event.city, event.get_country_display()])) or event.get_attendance_display()

    @admin.display(description=_("state"), ordering="publication")
    def state(self, event):
        """The word for what the public sees; what it does see is decided by `published()`."""
        now = timezone.now()
        if event.publication == Event.Publication.DRAFT:
            state = event.get_publication_display()
        elif event.unpublish_at and event.unpublish_at <= now:
            state = _("Hidden again")
        elif event.publish_at and event.publish_at > now:
            state = _("Published from %(moment)s") % {
                "moment": date_format(timezone.localtime(event.publish_at), "SHORT_DATETIME_FORMAT")
            }
        else:
            state = event.get_publication_display()
        return state if event.standing == Event.Standing.AS_PLANNED else f"{state}, {event.get_standing_display()}"

    @admin.display(description=_("roles"))
    def roles(self, event):
        """All roles, but no more than two names in each: the list is there to find an event by."""
        lines = []
        for label, participations in event.participations_by_role:
            names = [each.organization.name for each in participations]
            more = [f"+ {len(names) - 2}"] if len(names) > 2 else []
            lines.append(f"{label}: {', '.join(names[:2] + more)}")
        return "; ".join(lines)

    @admin.display(description=_("number of shows"), ordering="ledger_shows")
    def number_of_shows(self, event):
        return event.show_count


@admin.register(Agreement)
class AgreementAdmin(RichTextAdmin, SteadyAdmin, PartiesAdmin, admin.ModelAdmin):
    form = AgreementForm
    formfield_overrides = HELPFUL_FIELDS
    autocomplete_fields = ["event"]
    date_hierarchy = "signed_on"
    ordering = ["-signed_on", "-id"]
    list_display = ["title", "kind", "signed_on", "all_parties", "event", "status"]
    list_filter = ["kind", "status"]
    list_per_page = 50
    list_select_related = ["event"]
    search_fields = ["title", "other_parties", "parties__name", "parties__short_name", "event__title"]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("parties")

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
