"""The history of an event: its versions, what differs between two of them, and how one comes back, whole or in part.

`HistoryAdmin` is for the ModelAdmin of events. A page that compares with what the event is now bears a digest of that:
if it is something else by the time that something is to be restored, nothing is, and the page is shown anew.
"""

from datetime import timedelta

from django.contrib import messages
from django.contrib.admin.models import LogEntry
from django.contrib.admin.options import get_content_type_for_model
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events.admin.publication import may_publish_content
from events.editing.alt_text import refuse_undescribed_gallery
from events.models import Event, Revision
from events.revisions import store
from events.revisions.compare import Comparison, Names, apply_changes, part_of
from events.revisions.snapshot import (
    EVENT,
    equal,
    event_as,
    event_of,
    fingerprint,
    fit,
    known,
    missing_references,
    parts,
    problems,
    restore,
    take_snapshot,
    unknown,
    without_missing_references,
)
from forum_site.admin.base import format_errors, is_valid_pk

VERSIONS_A_PAGE = 25
MAX_SUMMED_UP = 4
MAX_OLD_LINES = 100
STANDS_IN_THE_WAY = gettext_lazy(
    "Conflicts with a current entry, such as the same role of an organization. Restore the whole version."
)


class VersionPage:
    """Versions of one event, the latest first, each with what it changed in the one before."""

    def __init__(self, revisions):
        self.revisions = list(revisions)
        self._wholes = {revision.number: known(revision.content) for revision in self.revisions}
        if self.revisions:
            oldest, event = self.revisions[-1], self.revisions[-1].event_id
            befores = [revision.base_number for revision in self.revisions if revision.base_number]
            before = Revision.objects.live().filter(event=event, number__lt=oldest.number).order_by("-number")[:1]
            elsewhere = Revision.objects.filter(event=event, number__in=set(befores) - self._wholes.keys())
            self._wholes |= {revision.number: known(revision.content) for revision in [*before, *elsewhere]}
            self._live = sorted(
                [
                    *(revision.number for revision in self.revisions if revision.is_live),
                    *(each.number for each in before),
                ]
            )

    @cached_property
    def _names(self):
        return Names(list(self._wholes.values()))

    def __iter__(self):
        for revision in self.revisions:
            before = [number for number in self._live if number < revision.number][-1:]
            if revision.base_number in self._wholes:
                before = [revision.base_number]
            revision.before = before[0] if before else None
            if revision.before:
                summary = Comparison(self._wholes[revision.before], revision.content, self._names).summary()
                revision.summary, revision.more = summary[:MAX_SUMMED_UP], max(len(summary) - MAX_SUMMED_UP, 0)
            yield revision


class HistoryAdmin:
    def get_urls(self):
        view = self.admin_site.admin_view(self.version_view)
        return [path("<int:pk>/history/<int:number>/", view, name="events_event_version"), *super().get_urls()]

    def has_restore_permission(self, request, obj=None):
        return request.user.has_perm("events.restore_event") and self.has_change_permission(request, obj)

    def event_with_history(self, request, key):
        """Return the event; one in the bin, for those who may restore it."""
        event = get_object_or_404(Event, pk=key)
        if event.is_trashed and not self.has_restore_permission(request, event):
            raise Http404
        if not self.has_view_or_change_permission(request, event):
            raise PermissionDenied
        return event

    def history_view(self, request, object_id, extra_context=None):
        if not is_valid_pk(object_id):
            raise Http404
        event = self.event_with_history(request, object_id)
        paginator = Paginator(event.revisions.order_by("-number"), VERSIONS_A_PAGE)
        page = paginator.get_page(request.GET.get("p"))
        context = {
            **self._context_of_history(event, _("History")),
            "page": page,
            "page_range": paginator.get_elided_page_range(page.number),
            "revisions": list(VersionPage(page.object_list)),
            "old_lines": [] if page.has_next() else self._lines_before_versions(event),
            **self.admin_site.each_context(request),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/events/history.html", context)

    def _context_of_history(self, event, title):
        return {"title": title, "subtitle": event, "opts": self.opts, "event": event}

    def _lines_before_versions(self, event):
        """Return what was noted of the event before its versions were kept, the latest first."""
        lines = LogEntry.objects.filter(content_type=get_content_type_for_model(event), object_id=str(event.pk))
        if first := event.revisions.order_by("number").first():
            # The line of the save that made the first version is written just before it, or after.
            lines = lines.filter(action_time__lt=first.created_at - timedelta(seconds=5))
        return lines.select_related("user").order_by("-action_time", "-id")[:MAX_OLD_LINES]

    def version_view(self, request, pk, number):
        event = self.event_with_history(request, pk)
        revision = get_object_or_404(Revision, event=event, number=number)
        told = []
        if request.method == "POST":
            if event.is_trashed or not self.has_restore_permission(request, event):
                raise PermissionDenied
            if not (told := self._try_to_restore(request, event, revision)):
                return HttpResponseRedirect(reverse("admin:events_event_history", args=[pk]))
        before = self._before(revision) if request.GET.get("with") == "previous" else None
        now = take_snapshot(pk)
        sides = (before.content, revision.content) if before else (revision.content, now)
        named = {"number": revision.number}
        context = {
            **self.admin_site.each_context(request),
            **self._context_of_history(event, _("Version %(number)d") % named),
            "revision": revision,
            "before": before,
            "has_before": bool(before or self._before(revision)),
            "differences": list(Comparison(*sides)),
            "restorable": set(Comparison(returnable(revision.content, now), now).keys()),
            "left": _("Version %(number)d") % {"number": before.number} if before else _("Version %(number)d") % named,
            "right": _("Version %(number)d") % named if before else _("Now"),
            "now": fingerprint(now),
            "may_restore": not event.is_trashed and self.has_restore_permission(request, event),
            "missing_references": self._lacking(known(revision.content)),
            "unknown": list(self._unknown(revision.content)),
            "told": told,
        }
        return TemplateResponse(request, "admin/events/revision.html", context)

    def _before(self, revision):
        """Return the version that this one came after: the one that it was made from, or the one before it."""
        earlier = Revision.objects.filter(event=revision.event_id, number__lt=revision.number)
        base_number = earlier.filter(number=revision.base_number).first() if revision.base_number else None
        return base_number or earlier.live().order_by("-number").first()

    def _lacking(self, content):
        """Return what cannot come back with this snapshot, as lines for a person."""
        lines, differences = [], Comparison(content, content)
        for label, row, _name in missing_references(content):
            part = part_of(label)
            named = {"part": part.model._meta.verbose_name, "name": differences.name_of(part, row, content)}
            lines.append(_("%(part)s “%(name)s”") % named)
        return lines

    def _unknown(self, content):
        """Yield what this release does not know of a snapshot of another, as lines for a person."""
        names = {part.label: part.model._meta.verbose_name for part in parts()}
        for label, field in unknown(content):
            yield f"{names.get(label, label)}: {field}" if field else str(names.get(label, label))

    def _try_to_restore(self, request, event, revision):
        """Restore what was asked for, and say so; or return what is in the way, with nothing changed."""
        try:
            with transaction.atomic():
                return self._restore(request, event, revision)
        except ValidationError as error:
            return error.messages if not hasattr(error, "error_dict") else [format_errors(Event, error.message_dict)]
        except IntegrityError:
            return [STANDS_IN_THE_WAY]

    def _restore(self, request, event, revision):
        store.lock(event.pk)
        now = take_snapshot(event.pk)
        if request.POST.get("now") != fingerprint(now):
            return [_("The event was changed in the meantime, so nothing was restored. This is what it is now.")]
        content, comment = self._asked_for(request, revision, now)
        if content is None:
            return [_("Nothing restored: this is already the current value.")]
        if not may_publish_content(request.user, content, now):
            return [_("This would change what readers see: only those who may publish the event can restore it.")]
        event_as(content).full_clean()
        store.record(event.pk)
        restore(content)
        if found := problems(event.pk):
            raise ValidationError(found)
        event.refresh_from_db()
        if event.publication_status == Event.PublicationStatus.PUBLISHED:
            refuse_undescribed_gallery(event)
        store.record(event.pk, Revision.Action.RESTORED, request.user, comment)
        self.log_change(request, event, _("Restored: %(what)s.") % {"what": comment})
        messages.success(request, _("Restored: %(what)s.") % {"what": comment})
        return []

    def _asked_for(self, request, revision, now):
        """Return the snapshot that the event shall be, or nothing where it is that; and what to call it."""
        named = _("Version %(number)d") % {"number": revision.number}
        content = returnable(revision.content, now)
        if "restore_all" in request.POST:
            return (None if equal(content, now) else content), named
        asked = request.POST.get("restore", "")
        for difference in Comparison(content, now):
            if str(difference.key) == asked:
                what = ", ".join(filter(None, [difference.row or difference.part, difference.field]))
                return apply_changes(now, content, [difference.key]), f"{what} ({named})"
        return None, named


def returnable(content, now):
    """Return what of the snapshot can come back: not into the bin, and with what the models have learnt since."""
    content = fit(content, now)
    event = event_of(content)
    if event["publication_status"] == Event.PublicationStatus.TRASHED:
        event = {**event, "publication_status": event_of(now)["publication_status"]}
    return without_missing_references({**content, EVENT: [event]})
