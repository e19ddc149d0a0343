"""Seeing an event as readers would, from the admin; and links by which others do, until a day."""

import datetime

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import AdminForm
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from events.models import Event
from events.revisions.store import with_draft
from events.website.preview import preview
from forum_site.core.fields.text import OneLineFormField

DAYS = [1, 3, 7, 14, 30]
MAX_LINKS = 20  # alive at once, of one event


class PreviewLinkForm(forms.Form):
    days = forms.TypedChoiceField(
        label=gettext_lazy("Opens for"),
        coerce=int,
        initial=7,
        choices=[(days, ngettext_lazy("%d day", "%d days") % days) for days in DAYS],
    )
    recipient = OneLineFormField(
        label=gettext_lazy("For whom"),
        required=False,
        max_length=200,
        widget=AdminTextInputWidget,
        help_text=gettext_lazy("For your own memory, such as the name of the partner. Only colleagues see it."),
    )

    def __init__(self, event, data=None):
        self.event = event
        super().__init__(data)

    def clean(self):
        super().clean()
        if self.event.preview_links.alive().count() >= MAX_LINKS:
            told = _("This event has %(number)d links that open it. End some of them first.")
            raise forms.ValidationError(told % {"number": MAX_LINKS})

    def save(self, user):
        return self.event.preview_links.create(
            recipient=self.cleaned_data["recipient"],
            created_by=user,
            expires_at=timezone.now() + datetime.timedelta(days=self.cleaned_data["days"]),
        )


class PreviewAdmin:
    """For the ModelAdmin of events."""

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/preview/", wrap(self.preview_view), name="events_event_preview"),
            path("<int:pk>/preview-links/", wrap(self.preview_links_view), name="events_event_preview_links"),
            *super().get_urls(),
        ]

    def preview_view(self, request, pk):
        event = get_object_or_404(Event.objects.not_trashed(), pk=pk)
        if not self.has_view_permission(request, event):
            raise PermissionDenied
        event, draft = (Event.objects.for_detail().get(pk=pk), None) if "live" in request.GET else with_draft(pk)
        return preview(request, event, draft=draft, change_url=reverse("admin:events_event_change", args=[pk]))

    def preview_links_view(self, request, pk):
        event = get_object_or_404(Event.objects.not_trashed(), pk=pk)
        if not self.has_change_permission(request, event):
            raise PermissionDenied
        form = PreviewLinkForm(event)
        if request.method == "POST":
            if "end" in request.POST or "end_all" in request.POST:
                self._end_links(request, event)
                return HttpResponseRedirect(request.path)
            form = PreviewLinkForm(event, request.POST)
            if form.is_valid():
                link = form.save(request.user)
                self.log_change(
                    request,
                    event,
                    _("A link to its preview was made, for %(days)d days.") % {"days": form.cleaned_data["days"]},
                )
                self.message_user(request, _("Link created. Copy it from the list."), messages.SUCCESS)
                return HttpResponseRedirect(f"{request.path}#link-{link.pk}")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Links to the preview"),
            "subtitle": event,
            "opts": self.opts,
            "event": event,
            "links": event.preview_links.alive().select_related("created_by"),
            "adminform": AdminForm(form, [(None, {"fields": list(form.fields)})], {}, model_admin=self),
        }
        return TemplateResponse(request, "admin/events/preview_links.html", context)

    def _end_links(self, request, event):
        """End all links of the event, or the one that the button names; of other events, none."""
        links = event.preview_links.all()
        if "end_all" not in request.POST:
            key = request.POST["end"]
            links = links.filter(pk=key) if key.isascii() and key.isdigit() and len(key) < 19 else links.none()
        alive = links.alive().count()
        links.delete()
        if alive:
            told = ngettext("Ended %(count)d link.", "Ended %(count)d links.", alive) % {"count": alive}
            self.log_change(request, event, told)
            self.message_user(request, told, messages.SUCCESS)
        else:
            self.message_user(request, _("No links to end."), messages.INFO)
