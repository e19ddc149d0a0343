"""The bin: where an event goes in place of being deleted, whole, and from where it returns.

`BinAdmin` is for the ModelAdmin of events; after `HistoryAdmin`, which says who may restore. Nothing but "Delete for
good" deletes an event: every other way puts it into the bin, with its shows, addresses and all that belongs to it.
"""

from functools import partial

from django.contrib import admin, messages
from django.contrib.admin.filters import ChoicesFieldListFilter
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, OuterRef, ProtectedError, Subquery
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from events.editing.alt_text import has_undescribed_gallery
from events.editing.files import delete_unnamed, file_names
from events.models import Event, Revision
from events.revisions import store
from events.revisions.snapshot import event_of
from events.website.exports.share_image import delete_share_pictures
from forum_site.admin.base import is_valid_pk
from forum_site.core.db.pagination import DeferredPaginator

EVENTS_A_PAGE = 25
TRASHED = Event.PublicationStatus.TRASHED


def trashed():
    """Return the events in the bin, the last one first, with who put each there, and when."""
    last = Revision.objects.filter(event=OuterRef("pk"), action=Revision.Action.TRASHED).order_by("-number")
    return (
        Event.objects.filter(publication_status=TRASHED)
        .defer("body")
        .select_related("show_total")
        .annotate(trashed_at=Subquery(last.values("created_at")[:1]), trashed_by=Subquery(last.values("user_name")[:1]))
        .order_by(F("trashed_at").desc(nulls_last=True), "-pk")
    )


def publication_before(key):
    """Return what an event in the bin was before; a draft, where that is not known."""
    for revision in Revision.objects.live().filter(event=key).order_by("-number").iterator():
        publication_status = event_of(revision.content).get("publication_status")
        if (
            publication_status != TRASHED and publication_status in Event.PublicationStatus.values
        ):  # Another release may have had others.
            return Event.PublicationStatus(publication_status)
    return Event.PublicationStatus.DRAFT


class PublicationStatusFilter(ChoicesFieldListFilter):
    """By publication, without the bin, whose events are in no other list."""

    def choices(self, changelist):
        return [choice for choice in super().choices(changelist) if choice["display"] != TRASHED.label]


class BinAdmin:
    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("bin/", wrap(self.bin_view), name="events_event_bin"),
            path("bin/<int:pk>/return/", wrap(require_POST(self.return_view)), name="events_event_return"),
            path("bin/<int:pk>/delete/", wrap(self.delete_for_good_view), name="events_event_delete_for_good"),
            *super().get_urls(),
        ]

    # Into the bin

    def put_into_bin(self, request, key):
        """Return the event, in the bin now; None if it is there already, or gone."""
        with transaction.atomic():
            store.lock(key)
            event = Event.objects.not_trashed().filter(pk=key).first()
            if event is None:
                return None
            store.record(key)
            event.publication_status = TRASHED
            event.save(update_fields=["publication_status", "updated_at"])
            store.record(key, Revision.Action.TRASHED, request.user)
            self.log_change(request, event, _("Move to trash."))
        return event

    def delete_model(self, request, obj):
        self.put_into_bin(request, obj.pk)

    def delete_queryset(self, request, queryset):
        for key in queryset.values_list("pk", flat=True):
            self.put_into_bin(request, key)

    def delete_view(self, request, object_id, extra_context=None):
        event = self.get_object(request, object_id) if is_valid_pk(object_id) else None
        if event is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_delete_permission(request, event):
            raise PermissionDenied
        if request.method == "POST":
            self._bin_each(request, [event.pk])
            return HttpResponseRedirect(reverse("admin:events_event_changelist"))
        return self._ask(request, [event.pk])

    @admin.action(permissions=["delete"], description=gettext_lazy("Move selected events to the trash"))
    def delete_selected(self, request, queryset):
        keys = self._chosen(request, queryset)
        if not keys:
            return None
        if not all(self.has_delete_permission(request, event) for event in Event.objects.filter(pk__in=keys)):
            raise PermissionDenied
        if "post" not in request.POST:
            return self._ask(request, keys)
        self._bin_each(request, keys)
        return None

    def _ask(self, request, keys):
        events = Event.objects.not_trashed().filter(pk__in=keys).select_related("show_total").defer("body")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Move to trash?"),
            "opts": self.opts,
            "events": events,
            "public": set(Event.objects.published().filter(pk__in=keys).values_list("pk", flat=True)),
            "is_action": request.method == "POST",
            "action_checkbox_name": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/events/put_into_bin.html", context)

    def _bin_each(self, request, keys):
        done = [event for key in keys if (event := self.put_into_bin(request, key))]
        if len(done) == 1:
            told = _("Moved “%(event)s” to the trash.") % {"event": done[0]}
        else:
            told = ngettext(
                "Moved %(count)d event to the trash.", "Moved %(count)d events to the trash.", len(done)
            ) % {"count": len(done)}
        if self.has_restore_permission(request):
            told = format_html('{} <a href="{}">{}</a>', told, reverse("admin:events_event_bin"), _("Open the trash"))
        self.message_user(request, told, messages.SUCCESS)

    # What is in it

    def bin_view(self, request):
        if not self.has_restore_permission(request):
            raise PermissionDenied
        paginator = DeferredPaginator(trashed(), EVENTS_A_PAGE)
        page = paginator.get_page(request.GET.get("p"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Trash"),
            "opts": self.opts,
            "page": page,
            "page_range": paginator.get_elided_page_range(page.number),
            "may_delete": self.has_delete_permission(request),
        }
        return TemplateResponse(request, "admin/events/bin.html", context)

    def changelist_view(self, request, extra_context=None):
        if self.has_restore_permission(request):
            in_bin = Event.objects.order_by().filter(publication_status=TRASHED).count()
            extra_context = {"in_bin": in_bin, "may_restore": True, **(extra_context or {})}
        return super().changelist_view(request, extra_context)

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        """Who asks for an event that is in the bin is told so, and led there if they may restore it."""
        event = (
            Event.objects.filter(pk=object_id, publication_status=TRASHED).first() if is_valid_pk(object_id) else None
        )
        if event is None or not self.has_view_or_change_permission(request):
            return super()._get_obj_does_not_exist_redirect(request, opts, object_id)
        told = _("“%(event)s” is in the trash. Managers can restore it.") % {"event": event}
        self.message_user(request, told, messages.WARNING)
        name = "events_event_bin" if self.has_restore_permission(request, event) else "events_event_changelist"
        return HttpResponseRedirect(reverse(f"admin:{name}"))

    def _in_bin(self, request, pk):
        event = get_object_or_404(Event, pk=pk)
        if not self.has_restore_permission(request, event):
            raise PermissionDenied
        if not event.is_trashed:
            raise Http404
        return event

    # Out of it

    def return_view(self, request, pk):
        self._in_bin(request, pk)
        with transaction.atomic():
            store.lock(pk)
            event = self._in_bin(request, pk)
            store.record(pk)
            event.publication_status = publication_before(pk)
            if event.publication_status == Event.PublicationStatus.PUBLISHED and has_undescribed_gallery(event):
                event.publication_status = (
                    Event.PublicationStatus.UNPUBLISHED
                )  # Publishing it tells what has to be described first.
            event.save(update_fields=["publication_status", "updated_at"])
            store.record(pk, Revision.Action.UNTRASHED, request.user)
            self.log_change(request, event, _("Restored from the trash."))
        address = reverse("admin:events_event_change", args=[pk])
        state = _("Readers see it again.") if event.is_public else event.get_publication_status_display()
        told = format_html('{} <a href="{}">{}</a> ({})', _("Restored:"), address, event, state)
        self.message_user(request, told, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:events_event_bin"))

    def delete_for_good_view(self, request, pk):
        event, told = self._in_bin(request, pk), ""
        if not self.has_delete_permission(request, event):
            raise PermissionDenied
        if request.method == "POST":
            if request.POST.get("address", "").strip() != event.slug:
                told = _("The slug does not match. Nothing was deleted.")
            elif not (told := self._delete_for_good(request, pk)):
                self.message_user(request, _("Deleted “%(event)s” permanently.") % {"event": event}, messages.SUCCESS)
                return HttpResponseRedirect(reverse("admin:events_event_bin"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Delete permanently?"),
            "subtitle": event,
            "opts": self.opts,
            "event": event,
            "told": told,
        }
        return TemplateResponse(request, "admin/events/delete_for_good.html", context)

    def _delete_for_good(self, request, pk):
        """Delete the event, all that belongs to it and the files that nothing else names, or return what keeps it."""
        try:
            with transaction.atomic():
                store.lock(pk)
                event = self._in_bin(request, pk)
                self.log_deletions(request, Event.objects.filter(pk=pk))
                names = file_names(pk)
                event.delete()
                transaction.on_commit(partial(delete_unnamed, names), robust=True)
                transaction.on_commit(partial(delete_share_pictures, pk), robust=True)
        except ProtectedError as error:
            names = ", ".join(str(row) for row in list(error.protected_objects)[:5])
            return _("The event cannot be deleted while others refer to it: %(names)s.") % {"names": names}
        return ""
