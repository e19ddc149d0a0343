"""How the form of an event is saved: as a version of the whole event, as its working draft, or beside somebody's save.

Every form bears the number of the version that it was opened on, `base_number`. If the event is at another one by the
time it is saved, nothing is overwritten: what was typed is stored as a version that is not live, and `SettlingAdmin`
lets the editor make one of both.

A working draft is edited in the same form, which is drawn of an event in memory (`load()`): reading writes nothing.
When it is saved, its state is put into the database for a stretch of the request only (`supposed()`), so that form,
rows and checks are those of any event, while readers see what is published.

Of a published event, those who may not publish save nothing but its working draft, and send it to review.
"""

from collections.abc import Callable
from copy import copy
from functools import partial
from typing import NamedTuple

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from events.models import Event, Revision
from events.revisions import store
from events.revisions.load import load
from events.revisions.snapshot import equal, event_of, restore, supposed, take_snapshot, with_free_address, with_state
from events.website.preview import preview
from forum_site.admin.base import is_valid_pk

SAVE_DRAFT, PUBLISH_DRAFT, DROP_DRAFT = "_draft", "_publish_draft", "_drop_draft"
REVIEW_DRAFT, RETURN_DRAFT, PREVIEW = "_review_draft", "_return_draft", "_preview"
SAVING_DRAFT = {SAVE_DRAFT, REVIEW_DRAFT, RETURN_DRAFT}


class Save(NamedTuple):
    """A form that was sent: what the event is by now, `live` and perhaps as a `draft`, and what it was opened on."""

    request: HttpRequest
    key: int
    form: Callable
    live: Revision
    draft: Revision | None
    base: Revision
    may_change: bool  # what readers see; else its working draft alone

    @property
    def state(self):
        return event_of(self.live.content)["publication_status"]

    def supposable(self, content):
        """Return a snapshot in the state that the event is in by now: by that it is judged who may save what."""
        return with_state(content, self.state)


class SavingAdmin:
    """For the ModelAdmin of events; after `SteadyAdmin`, which shows the form again when the database refuses."""

    shown = None  # The event that a form is about, in memory: of a copy of this ModelAdmin, for a single request.

    def get_object(self, request, object_id, from_field=None):
        return self.shown or super().get_object(request, object_id, from_field)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        event = self._event_to_write(request, object_id)
        if event is None or (
            request.method != "POST" and "live" in request.GET and not self.has_change_permission(request, event)
        ):
            return super().changeform_view(request, object_id, form_url, extra_context)

        def form(stored, revision, shown=None, **context):
            page = copy(self)
            page.shown = shown
            page.is_drafting = not (revision.is_live and self.has_change_permission(request, stored))
            context |= {
                "revision": revision,
                "base_number": store.reference_of(revision),
                "is_drafting": page.is_drafting,
            }
            return super(SavingAdmin, page).changeform_view(
                request, object_id, form_url, {**(extra_context or {}), **context}
            )

        return self._save(request, event.pk, form) if request.method == "POST" else self._show(request, event.pk, form)

    def _event_to_write(self, request, object_id):
        """Return the event, if it is one that this person may change, or prepare a working draft of."""
        event = self.get_queryset(request).filter(pk=object_id).first() if is_valid_pk(object_id) else None
        return event if event and self.has_draft_permission(request, event) else None

    def _show(self, request, key, form):
        stored, draft = Event.objects.for_detail().get(pk=key), store.draft_of(key)
        if draft is None or "live" in request.GET:
            return form(stored, store.current(key), shown=stored, draft=draft)
        return form(stored, draft, shown=store.load_draft(draft, stored), draft=draft)

    def _save(self, request, key, form):
        for mark in ("saved_event", "is_supposed", "galleries"):  # Of a save that the database has refused.
            request.__dict__.pop(mark, None)
        with transaction.atomic():
            store.lock(key)
            event = self._event_to_write(request, str(key))
            if event is None:
                raise PermissionDenied
            live, mark = store.record(key), request.POST.get("base_number", "")
            base = store.revision(key, mark)
            save = Save(
                request=request,
                key=key,
                form=partial(form, event),
                live=live,
                draft=store.draft_of(key),
                base=base or live,
                may_change=self.has_change_permission(request, event),
            )
            if PREVIEW in request.POST:
                response = rendered(self._preview(save))
                transaction.set_rollback(True)  # The version that was found, too, waits for a save.
                return response
            if PUBLISH_DRAFT in request.POST and not save.may_change:
                raise PermissionDenied
            is_draft = not save.may_change or bool(SAVING_DRAFT & request.POST.keys())
            if DROP_DRAFT in request.POST:
                return self._drop_draft(save)
            if base is None and store.is_fingerprint(mark):  # What was shown was stored by nobody, and is no more.
                return self._set_aside(save, live, is_draft)
            if is_draft or not (save.base.is_live or PUBLISH_DRAFT in request.POST):
                return self._save_draft(save)
            return self._save_live(save) if save.base.is_live else self._publish_draft(save)

    def _preview(self, save):
        """Show what was typed as readers would see it. None of it is stored; what is wrong is told on the form."""
        content, response = self._supposed(save)
        if content is None:
            return response
        event = load(content)
        described = {
            row.cleaned_data["picture"].pk: row.described()
            for formset in getattr(save.request, "galleries", [])
            for row in formset.rows()
        }
        for place in event.pictures.all():
            place.picture = described.get(place.picture_id, place.picture)
        return preview(save.request, event, is_typed=True, change_url=to_form(save.key).url)

    def _save_live(self, save):
        if not equal(save.base.content, save.live.content):
            return self._set_aside(save, save.base)
        return save.form(revision=save.live, draft=save.draft)

    def _save_draft(self, save):
        if save.draft and not equal(save.base.content, save.draft.content):
            return self._set_aside(save, save.base, is_draft=True)
        content, response = self._typed(save)
        if content is None:
            return response
        base_number = save.base.number if save.base.is_live else save.base.base_number
        was_in_review = save.draft is not None and save.draft.is_in_review
        sent = save.request.POST
        if REVIEW_DRAFT in sent or (was_in_review and RETURN_DRAFT not in sent):
            action = Revision.Action.DRAFT_IN_REVIEW
        else:
            action = Revision.Action.DRAFT
        content = save.supposable(content)
        store.save_draft(save.key, content, save.request.user, base_number, comment_of(save.request), action)
        told = _("Draft changes saved. The published version is unchanged.")
        if REVIEW_DRAFT in sent:
            told = _("Draft changes submitted for review.")
        elif RETURN_DRAFT in sent:
            told = _("Draft changes returned to their author.")
        messages.success(save.request, told)
        return to_form(save.key)

    def _publish_draft(self, save):
        if save.draft is None or not equal(save.base.content, save.draft.content):
            return self._set_aside(save, save.base, is_draft=save.draft is not None)
        begun_on = store.revision(save.key, save.draft.base_number)
        if not equal(save.supposable(begun_on.content), save.live.content):
            return self._set_aside(save, begun_on)
        with transaction.atomic():
            restore(with_free_address(save.supposable(save.draft.content)))
            response = save.form(revision=save.draft, draft=save.draft)
            if was_saved(save.request):
                store.discard_draft(save.key)
            else:  # The form is shown again: what the draft says must not stay behind.
                response = rendered(response)
                transaction.set_rollback(True)
        return response

    def _typed(self, save):
        """Return what the event would be with what was typed, or nothing when that has to be mended; and the answer."""
        content, response = self._supposed(save)
        for formset in getattr(save.request, "galleries", []) if content else []:
            formset.save_descriptions()  # They belong to the library, not to the draft.
        return content, response

    def _supposed(self, save):
        """Return the same, with nothing stored."""
        save.request.is_supposed = True
        with supposed(save.supposable(save.base.content)):
            response = rendered(save.form(revision=save.base, draft=save.draft))
            content = take_snapshot(save.key) if was_saved(save.request) else None
        return content, response

    def _set_aside(self, save, begun_on, is_draft=False):
        """Store what was typed beside what the event is by now, and lead to where both are settled."""
        content, response = self._typed(save)
        if content is None:
            return response
        if is_draft:
            content = save.supposable(content)
        if equal(content, save.supposable(begun_on.content) if is_draft else begun_on.content):
            told = _("You changed nothing, and someone else saved meanwhile. This is the current version.")
            messages.info(save.request, told)
            return to_form(save.key)
        if equal(content, (save.draft if is_draft else save.live).content):
            event = Event.objects.get(pk=save.key)
            messages.success(save.request, _("“%(event)s” was already saved like this.") % {"event": event})
            return to_form(save.key)
        mine = store.save_conflict(save.key, content, save.request.user, begun_on.number, is_draft)
        address = reverse("admin:events_event_settle", args=[save.key, mine.number])
        is_publishing = save.draft and begun_on.is_live and not save.base.is_live and not is_draft
        return HttpResponseRedirect(f"{address}?draft={save.draft.number}" if is_publishing else address)

    def _drop_draft(self, save):
        if save.draft and not equal(save.base.content, save.draft.content):
            self.message_user(
                save.request,
                _("The draft changes are newer than your page. Review them before you discard them."),
                messages.WARNING,
            )
        elif save.draft:
            store.discard_draft(save.key)
            self.log_change(save.request, Event.objects.get(pk=save.key), _("Discarded the draft changes."))
            messages.success(save.request, _("Draft changes discarded. They stay in the history."))
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
        store.record(obj.pk, Revision.Action.CREATED, request.user, comment_of(request, message))
        return entry

    def log_change(self, request, obj, message):
        entry = super().log_change(request, obj, message)
        store.record(obj.pk, Revision.Action.SAVED, request.user, comment_of(request, message))
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
