"""How the form of an event is saved: as a version of the whole event, as its working draft, or beside somebody's save.

Every form bears the number of the version that it was opened on, `based_on`. If the event is at another one by the time
it is saved, nothing is overwritten: what was typed is stored as a version that is not live, and `SettlingAdmin` lets
the editor make one of both.

A working draft is edited in the same form. Its state is put into the database for the stretch of the request only
(`supposed()`), so that form, rows and checks are those of any event, while readers see what is published.
"""

from collections.abc import Callable
from typing import NamedTuple

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from events.history import record
from events.history.whole import restore, same, snapshot, supposed, with_free_address
from events.models import Event, Version
from forum_site.admin import is_key

SAVE_DRAFT, PUBLISH_DRAFT, DROP_DRAFT = "_draft", "_publish_draft", "_drop_draft"


class Save(NamedTuple):
    """A form that was sent: what the event is by now, `live` and perhaps as a `draft`, and what it was opened on."""

    request: HttpRequest
    key: int
    form: Callable
    live: Version
    draft: Version | None
    base: Version


class SavingAdmin:
    """For the ModelAdmin of events; after `SteadyAdmin`, which shows the form again when the database refuses."""

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        key = self._key_of_changeable(request, object_id)
        if key is None:
            return super().changeform_view(request, object_id, form_url, extra_context)

        def form(**context):
            return super(SavingAdmin, self).changeform_view(
                request, object_id, form_url, {**(extra_context or {}), **context}
            )

        return self._save(request, key, form) if request.method == "POST" else self._show(request, key, form)

    def _key_of_changeable(self, request, object_id):
        """Return the key of an event that this person may change, if it is one."""
        if not is_key(object_id):
            return None
        event = self.get_queryset(request).filter(pk=object_id).first()
        return event.pk if event and self.has_change_permission(request, event) else None

    def _show(self, request, key, form):
        draft = record.working_draft(key)
        if draft is None or "live" in request.GET:
            return form(version=record.present(key), draft=draft)
        with record.as_drafted(key) as draft:  # Asked for again: it may be published or gone by now.
            return rendered(form(version=draft or record.record(key), draft=draft))

    def _save(self, request, key, form):
        for mark in ("saved_event", "is_supposed", "galleries"):  # Of a save that the database has refused.
            request.__dict__.pop(mark, None)
        with transaction.atomic():
            record.locked(key)
            if self._key_of_changeable(request, str(key)) is None:
                raise PermissionDenied
            save = Save(
                request=request,
                key=key,
                form=form,
                live=record.record(key),
                draft=record.working_draft(key),
                base=record.version(key, request.POST.get("based_on", "")) or record.latest(key),
            )
            if DROP_DRAFT in request.POST:
                return self._drop_draft(save)
            if SAVE_DRAFT in request.POST or not (save.base.is_live or PUBLISH_DRAFT in request.POST):
                return self._save_draft(save)
            return self._save_live(save) if save.base.is_live else self._publish_draft(save)

    def _save_live(self, save):
        if not same(save.base.whole, save.live.whole):
            return self._set_aside(save, save.base)
        return save.form(version=save.live, draft=save.draft)

    def _save_draft(self, save):
        if save.draft and not same(save.base.whole, save.draft.whole):
            return self._set_aside(save, save.base, is_draft=True)
        whole, response = self._typed(save)
        if whole is None:
            return response
        based_on = save.base.number if save.base.is_live else save.base.based_on
        record.keep_draft(save.key, whole, save.request.user, based_on, comment_of(save.request))
        told = _("The working draft is saved. Readers still see what was published last.")
        messages.success(save.request, told)
        return to_form(save.key)

    def _publish_draft(self, save):
        if save.draft is None or not same(save.base.whole, save.draft.whole):
            return self._set_aside(save, save.base, is_draft=save.draft is not None)
        begun_on = record.version(save.key, save.draft.based_on)
        if not same(begun_on.whole, save.live.whole):
            return self._set_aside(save, begun_on)
        with transaction.atomic():
            restore(with_free_address(save.draft.whole))
            response = save.form(version=save.draft, draft=save.draft)
            if was_saved(save.request):
                record.drop_draft(save.key)
            else:  # The form is shown again: what the draft says must not stay behind.
                response = rendered(response)
                transaction.set_rollback(True)
        return response

    def _typed(self, save):
        """Return what the event would be with what was typed, or nothing when that has to be mended; and the answer."""
        save.request.is_supposed = True
        with supposed(save.base.whole):
            response = rendered(save.form(version=save.base, draft=save.draft))
            whole = snapshot(save.key) if was_saved(save.request) else None
        if whole:  # What is said of a picture belongs to the library, not to the draft.
            for formset in getattr(save.request, "galleries", []):
                formset.save_descriptions()
        return whole, response

    def _set_aside(self, save, begun_on, is_draft=False):
        """Store what was typed beside what the event is by now, and lead to where both are settled."""
        whole, response = self._typed(save)
        if whole is None:
            return response
        if same(whole, begun_on.whole):
            told = _("You had changed nothing, and somebody else has saved: this is what it is now.")
            messages.info(save.request, told)
            return to_form(save.key)
        if same(whole, (save.draft if is_draft else save.live).whole):
            event = Event.objects.get(pk=save.key)
            messages.success(save.request, _("“%(event)s” was already saved like this.") % {"event": event})
            return to_form(save.key)
        mine = record.set_aside(save.key, whole, save.request.user, begun_on.number, is_draft)
        address = reverse("admin:events_event_settle", args=[save.key, mine.number])
        is_publishing = save.draft and begun_on.is_live and not save.base.is_live and not is_draft
        return HttpResponseRedirect(f"{address}?draft={save.draft.number}" if is_publishing else address)

    def _drop_draft(self, save):
        if save.draft and not same(save.base.whole, save.draft.whole):
            self.message_user(
                save.request, _("Somebody has saved the draft since: look it over first."), messages.WARNING
            )
        elif save.draft:
            record.drop_draft(save.key)
            self.log_change(save.request, Event.objects.get(pk=save.key), _("Discarded the working draft."))
            messages.success(save.request, _("The working draft is discarded; it stays in the history."))
        return to_form(save.key)

    def save_formset(self, request, form, formset, change):
        super().save_formset(request, form, formset, change)
        if hasattr(formset, "save_descriptions"):
            request.galleries = [*getattr(request, "galleries", []), formset]

    def response_change(self, request, obj):
        request.saved_event = obj.pk
        return super().response_change(request, obj)

    def message_user(self, request, *args, **kwargs):
        # What is only supposed is not told as saved.
        if not getattr(request, "is_supposed", False):
            super().message_user(request, *args, **kwargs)

    def log_addition(self, request, obj, message):
        entry = super().log_addition(request, obj, message)
        record.record(obj.pk, Version.Deed.ENTERED, request.user, comment_of(request, message))
        return entry

    def log_change(self, request, obj, message):
        entry = super().log_change(request, obj, message)
        record.record(obj.pk, Version.Deed.SAVED, request.user, comment_of(request, message))
        return entry


def rendered(response):
    """Return the response, drawn while what it draws is in the database."""
    return response.render() if hasattr(response, "render") else response


def was_saved(request):
    return hasattr(request, "saved_event")


def comment_of(request, message=()):
    """Return what was typed as a comment; else the message of the log, where that is a sentence of ours."""
    typed = request.POST.get("version_comment", "").replace("\x00", "").strip()
    return typed or (message if isinstance(message, str) else "")


def to_form(key):
    return HttpResponseRedirect(reverse("admin:events_event_change", args=[key]))
