"""Tags in the admin: their own list, the filter of the list of events, and what tags many events at once."""

from typing import NamedTuple

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from events.admin.publication import ONLY_EDITORS
from events.models import Event, Tag
from events.revisions.store import record
from forum_site.admin.base import AutocompleteMany, SteadyAdmin, is_valid_pk
from forum_site.admin.printed_rows import PublishedRowsAdmin
from forum_site.core.db.pagination import DeferredPaginator

MAX_LISTED = 200


@admin.register(Tag)
class TagAdmin(PublishedRowsAdmin, SteadyAdmin, admin.ModelAdmin):
    fields = ["name"]
    search_fields = ["name"]
    list_per_page = 25
    show_full_result_count = False
    paginator = DeferredPaginator


class TagFilter(admin.SimpleListFilter):
    title = gettext_lazy("tag")
    parameter_name = "tag"

    def lookups(self, request, model_admin):
        return [(str(key), name) for key, name in Tag.objects.values_list("pk", "name")[:MAX_LISTED]]

    def queryset(self, request, queryset):
        value = self.value() or ""
        if not is_valid_pk(value):
            return queryset
        return queryset.filter(pk__in=Event.tags.through.objects.filter(tag=int(value)).values("event"))


class Tagging(NamedTuple):
    """What is done to each of many events, as a `Change` of bulk.py is."""

    tags: list
    is_adding: bool

    @property
    def done(self):
        if self.is_adding:
            return ngettext_lazy("%(count)d event was tagged.", "%(count)d events were tagged.", "count")
        return ngettext_lazy("%(count)d event lost these tags.", "%(count)d events lost these tags.", "count")

    nothing_to_do = ngettext_lazy(
        "%(count)d event already had this value.", "%(count)d events already had this value.", "count"
    )


class TagsForm(forms.Form):
    tags = forms.ModelMultipleChoiceField(
        Tag.objects.all(), label=gettext_lazy("Tags"), widget=AutocompleteMany(Event.tags.field, admin.site)
    )


class TaggingAdmin:
    """For the ModelAdmin of events, before `BulkChangesAdmin`."""

    @admin.action(permissions=["change"], description=gettext_lazy("Tag selected events"))
    def tag(self, request, queryset):
        keys = self._chosen(request, queryset)
        if not keys:
            return None
        form = TagsForm(request.POST if {"add", "remove"} & set(request.POST) else None)
        if form.is_valid():
            self._change_each(request, keys, Tagging(list(form.cleaned_data["tags"]), "add" in request.POST))
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": _("Tag events"),
            "opts": self.opts,
            "form": form,
            "action": "tag",
            "may_add_tag": request.user.has_perm("events.add_tag"),
            "events": Event.objects.filter(pk__in=keys).prefetch_related("tags").defer("body"),
            "action_checkbox_name": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/events/tag_events.html", context)

    def _change_one(self, request, key, change):
        if not isinstance(change, Tagging):
            return super()._change_one(request, key, change)
        with transaction.atomic():
            event = Event.objects.not_trashed().select_for_update(no_key=True).get(pk=key)
            if not self.has_change_permission(request, event):
                raise ValidationError({NON_FIELD_ERRORS: [ONLY_EDITORS]})
            had = set(event.tags.all())
            given = set(change.tags)
            if not (given - had if change.is_adding else given & had):
                return False
            record(key)
            (event.tags.add if change.is_adding else event.tags.remove)(*change.tags)
            event.save(update_fields=["updated_at"])
            self.log_change(request, event, [{"changed": {"fields": [str(Event.tags.field.verbose_name)]}}])
        return True
