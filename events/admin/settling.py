"""The page on which two saves of one event are made one."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from events.history import record
from events.history.settling import MINE, THEIRS, Settling
from events.history.whole import problems, restore, supposed
from events.models import Version
from forum_site.admin import OVERTAKEN


class SettlingAdmin:
    """For the ModelAdmin of events."""

    def get_urls(self):
        view = self.admin_site.admin_view(self.settle_view)
        return [path("<int:pk>/settle/<int:number>/", view, name="events_event_settle"), *super().get_urls()]

    def settle_view(self, request, pk, number):
        event = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_change_permission(request, event):
            raise PermissionDenied
        mine = record.version(pk, number)
        if mine is None or mine.deed != Version.Deed.SET_ASIDE:
            raise Http404
        told = []
        if request.method == "POST":
            try:
                with transaction.atomic():
                    record.locked(pk)
                    response, told = self._settle(request, event, mine)
                    if response:
                        return response
            except IntegrityError:
                told = [OVERTAKEN]
        base, theirs = record.version(pk, mine.based_on), self._theirs(mine, record.present(pk))
        settling = Settling(base.whole, theirs.whole, mine.whole)
        choices = [
            (choice.difference, request.POST.get(str(choice.difference.key)) or choice.proposed)
            for choice in settling.choices
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Two saves of one event"),
            "subtitle": event,
            "opts": self.opts,
            "event": event,
            "choices": choices,
            "mine": mine,
            "theirs": theirs,
            "told": told,
        }
        return TemplateResponse(request, "admin/events/settle.html", context)

    def _theirs(self, mine, live):
        """Return what `mine` is settled with: what readers see or, if it began as a working draft, the one there is."""
        base = record.version(mine.event_id, mine.based_on)
        return live if base.is_live else record.working_draft(mine.event_id) or live

    def _settle(self, request, event, mine):
        """Save what was chosen and return where to go on; or nothing, and what keeps it from being saved."""
        theirs = self._theirs(mine, record.record(event.pk))
        if request.POST.get("theirs") != str(theirs.number):
            return None, [_("It was saved once more in the meantime: look over what it says now.")]
        settling = Settling(record.version(event.pk, mine.based_on).whole, theirs.whole, mine.whole)
        keys = [str(choice.difference.key) for choice in settling.choices]
        chosen = {key: request.POST.get(key) for key in keys}
        if not all(value in (MINE, THEIRS) for value in chosen.values()):
            return None, [_("Choose one of both in every row.")]
        whole = settling.settled(chosen)
        with supposed(whole):
            if found := problems(event.pk):
                return None, found
        comment = _("Two saves made one")
        if theirs.is_live:
            restore(whole)
            draft = record.working_draft(event.pk)
            if draft and request.GET.get("draft") == str(draft.number):
                record.drop_draft(event.pk)
            event.refresh_from_db()
            record.record(event.pk, Version.Deed.SAVED, request.user, comment)
            self.log_change(request, event, comment)
        else:
            record.keep_draft(event.pk, whole, request.user, theirs.based_on, comment)
        messages.success(request, _("Both saves are one now. This is what came of it."))
        return HttpResponseRedirect(reverse("admin:events_event_change", args=[event.pk])), []
