"""The page on which two saves of one event are made one."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from events.admin.publication import may_publish_content
from events.editing.alt_text import refuse_undescribed_gallery
from events.models import Event, Revision
from events.revisions import store
from events.revisions.merge import MINE, THEIRS, ThreeWayMerge
from events.revisions.snapshot import problems, restore, supposed
from forum_site.admin.base import OVERTAKEN


class SettlingAdmin:
    """For the ModelAdmin of events."""

    def get_urls(self):
        view = self.admin_site.admin_view(self.settle_view)
        return [path("<int:pk>/settle/<int:number>/", view, name="events_event_settle"), *super().get_urls()]

    def settle_view(self, request, pk, number):
        event = get_object_or_404(self.get_queryset(request), pk=pk)
        mine = store.revision(pk, number)
        if not self._may_settle(request, event, mine):
            raise PermissionDenied
        if mine is None or mine.action not in Revision.CONFLICTS:
            raise Http404
        told = []
        if request.method == "POST":
            try:
                with transaction.atomic():
                    store.lock(pk)
                    event = self.get_queryset(request).get(pk=pk)
                    if not self._may_settle(request, event, mine):
                        raise PermissionDenied
                    response, told = self._settle(request, event, mine)
                    if response:
                        return response
            except IntegrityError:
                told = [OVERTAKEN]
        base, theirs = store.revision(pk, mine.base_number), self._theirs(mine, store.current(pk))
        settling = ThreeWayMerge(base.content, theirs.content, mine.content)
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
            "mark_of_theirs": store.reference_of(theirs),
            "told": told,
            "is_draft": self._is_for_draft(mine, theirs),
        }
        return TemplateResponse(request, "admin/events/settle.html", context)

    def _may_settle(self, request, event, mine):
        """Of what was meant as a working draft, nothing but one comes."""
        is_draft = mine is not None and mine.action == Revision.Action.DRAFT_CONFLICT
        return self.has_draft_permission(request, event) if is_draft else self.has_change_permission(request, event)

    def _theirs(self, mine, live):
        """Return what `mine` is settled with: what readers see or, if it is a working draft, the one there is."""
        began_live = store.revision(mine.event_id, mine.base_number).is_live
        if began_live and mine.action == Revision.Action.CONFLICT:
            return live
        return store.draft_of(mine.event_id) or live

    def _is_for_draft(self, mine, theirs):
        """Whether what comes of both is a working draft: what was meant as one never becomes what readers see."""
        return mine.action == Revision.Action.DRAFT_CONFLICT or not theirs.is_live

    def _problems(self, key):
        found = problems(key)
        event = Event.objects.get(pk=key)
        if not found and event.publication_status == Event.PublicationStatus.PUBLISHED:
            try:
                refuse_undescribed_gallery(event)
            except ValidationError as error:
                return error.messages
        return found

    def _settle(self, request, event, mine):
        """Save what was chosen and return where to go on; or nothing, and what keeps it from being saved."""
        theirs = self._theirs(mine, store.record(event.pk))
        if store.revision(event.pk, request.POST.get("theirs", "")) != theirs:
            return None, [_("Someone saved again meanwhile. Review the current version.")]
        settling = ThreeWayMerge(store.revision(event.pk, mine.base_number).content, theirs.content, mine.content)
        keys = [str(choice.difference.key) for choice in settling.choices]
        chosen = {key: request.POST.get(key) for key in keys}
        if not all(value in (MINE, THEIRS) for value in chosen.values()):
            return None, [_("Choose one version in each row.")]
        content = settling.merged(chosen)
        if not may_publish_content(request.user, content, theirs.content):
            return None, [_("This would change what readers see: only those who may publish the event can choose it.")]
        with supposed(content):
            if found := self._problems(event.pk):
                return None, found
        comment = _("Two saves made one")
        if not self._is_for_draft(mine, theirs):
            restore(content)
            Event.objects.filter(pk=event.pk).update(updated_by=request.user)
            draft = store.draft_of(event.pk)
            if draft and request.GET.get("draft") == str(draft.number):
                store.discard_draft(event.pk)
            event.refresh_from_db()
            store.record(event.pk, Revision.Action.SAVED, request.user, comment)
            self.log_change(request, event, comment)
        else:
            begun_on = theirs.number if theirs.is_live else theirs.base_number
            action = Revision.Action.DRAFT if theirs.is_live else theirs.action
            store.save_draft(event.pk, content, request.user, begun_on, comment, action)
        messages.success(request, _("Both saves are one now. This is what came of it."))
        return HttpResponseRedirect(reverse("admin:events_event_change", args=[event.pk])), []
