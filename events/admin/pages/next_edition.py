"""The page of the admin that copies an event as the draft of its next edition."""

import re

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import AdminForm
from django.contrib.admin.widgets import AdminDateWidget, AdminTextInputWidget
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from events.dates import days
from events.editing.next_edition import NextEdition, roles_to_take, year_later
from events.models import Event
from forum_site.admin.base import OVERTAKEN, format_errors
from forum_site.core.fields.text import OneLineFormField
from forum_site.core.text.dates import DayField


class NextEditionForm(forms.Form):
    """Asks how `event` is copied; what of it `user` may not add, or what it has none of, is not offered."""

    title = OneLineFormField(
        label=gettext_lazy("Title"),
        max_length=300,
        widget=AdminTextInputWidget,
        help_text=gettext_lazy("The slug of its page is suggested from the title."),
    )
    starts_on = DayField(label=gettext_lazy("First day"), required=False, widget=AdminDateWidget)
    has_organizations = forms.BooleanField(required=False, initial=True)
    has_programme = forms.BooleanField(required=False, initial=True)
    has_text = forms.BooleanField(
        label=gettext_lazy("Text: theme, occasion, summary and body"), required=False, initial=True
    )

    def __init__(self, event, user, data=None):
        self.event, self.proposed_day = event, year_later(event.starts_on)
        title = re.sub(rf"\b{event.starts_on.year}\b", str(self.proposed_day.year), event.title)
        super().__init__(data, initial={"title": title})
        self.fields["starts_on"].help_text = _(
            "Leave it empty for the same day a year later: %(day)s. All other days move along."
        ) % {"day": days(self.proposed_day)}
        roles, panels = roles_to_take(event).count(), event.panels.count()
        offered = {
            "has_organizations": roles
            and user.has_perm("events.add_participation")
            and ngettext("Organizations: %(count)d role", "Organizations: %(count)d roles", roles) % {"count": roles},
            "has_programme": panels
            and user.has_perm("events.add_panel")
            and ngettext("Programme: %(count)d panel", "Programme: %(count)d panels", panels) % {"count": panels},
        }
        for name, label in offered.items():
            if label:
                self.fields[name].label = label
            else:
                del self.fields[name]

    def clean(self):
        super().clean()
        if self.errors:
            return
        self.edition = NextEdition(
            self.event,
            self.cleaned_data["starts_on"] or self.proposed_day,
            self.cleaned_data["title"],
            self.cleaned_data["has_text"],
        )
        try:
            self.edition.draft.full_clean()
        except ValidationError as error:
            for name, told in error.message_dict.items():
                field = {"ends_on": "starts_on"}.get(name, name)
                if field not in ("title", "starts_on"):
                    self.add_error(None, format_errors(Event, {name: told}))
                elif not self.has_error(field):
                    self.add_error(field, told)

    def save(self):
        return self.edition.save(
            has_organizations=self.cleaned_data.get("has_organizations", False),
            has_programme=self.cleaned_data.get("has_programme", False),
        )


class NextEditionAdmin:
    """For the ModelAdmin of events: the page, and an action of the list that leads to it."""

    def get_urls(self):
        view = self.admin_site.admin_view(self.next_edition_view)
        return [path("<int:pk>/next-edition/", view, name="events_event_next_edition"), *super().get_urls()]

    @admin.action(permissions=["add"], description=gettext_lazy("Copy as next edition"))
    def copy_as_next_edition(self, request, queryset):
        keys = list(queryset.values_list("pk", flat=True)[:2])
        if len(keys) != 1:
            self.message_user(request, _("Choose one event: the next edition is a copy of one."), messages.WARNING)
            return None
        return HttpResponseRedirect(reverse("admin:events_event_next_edition", args=keys))

    def next_edition_view(self, request, pk):
        if not self.has_add_permission(request):
            raise PermissionDenied
        event = get_object_or_404(Event.objects.not_trashed().select_related("series"), pk=pk)
        if not self.has_view_permission(request, event):
            raise PermissionDenied
        form = NextEditionForm(event, request.user, request.POST if request.method == "POST" else None)
        if form.is_valid() and (draft := self._make(request, form)):
            self.message_user(
                request,
                _("This is the next edition of “%(event)s”, a draft. Review it, then publish it.") % {"event": event},
                messages.SUCCESS,
            )
            return HttpResponseRedirect(reverse("admin:events_event_change", args=[draft.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Copy as next edition"),
            "subtitle": event,
            "opts": self.opts,
            "event": event,
            "adminform": AdminForm(form, [(None, {"fields": list(form.fields)})], {}, model_admin=self),
            "media": self.media + form.media,
        }
        return TemplateResponse(request, "admin/events/next_edition.html", context)

    def _make(self, request, form):
        """Return the new draft, or nothing when somebody else's save came in between, which the form then tells."""
        try:
            form.edition.draft.created_by = form.edition.draft.updated_by = request.user
            with transaction.atomic():
                draft = form.save()
                self.log_addition(request, draft, _("Copied from “%(event)s”.") % {"event": form.event})
        except IntegrityError:
            form.add_error(None, OVERTAKEN)
            return None
        return draft
