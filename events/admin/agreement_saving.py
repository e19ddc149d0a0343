"""How an agreement is saved on a page of its own: as a version of its event, and over nobody's changes.

The form bears the event that it was opened in, `opened_in`, and the number of its version then, `base_number`. If the
agreement is otherwise by the time it is saved, here or in an event's form, nothing is saved: what it says now is
told above all that was typed, and the next save is made in its knowledge.
"""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events.admin.publication import may_edit
from events.models import Agreement, Event, Revision
from events.revisions import store
from events.revisions.compare import Comparison
from forum_site.admin.base import is_valid_pk

MAX_MESSAGE_LENGTH = 300  # characters
CHANGED = gettext_lazy(
    "Someone else changed this agreement since you opened it: %(what)s. Your version is below. "
    "Save again to replace theirs."
)
# The rows that are an agreement's, and the field by which they are.
OWN = {"events.agreement": "id", "events.agreementparty": "agreement"}


class AgreementSavingAdmin:
    """For the ModelAdmin of agreements; after `SteadyAdmin`, which shows the form again when it cannot be saved."""

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        event = self._event_of(object_id)
        if event is None:
            return super().changeform_view(request, object_id, form_url, extra_context)
        if request.method != "POST":
            return self._form(request, object_id, form_url, extra_context, store.current(event))
        with transaction.atomic():
            # In one order, whichever way agreements are moved, and before it is asked where this one is.
            sent = request.POST.get("event")
            for each in sorted({event, int(sent) if is_valid_pk(sent) else event}):
                store.lock(each)
            event = self._event_of(object_id)
            if event is None:
                return super().changeform_view(request, object_id, form_url, extra_context)
            if changed := changed_since(request.POST, int(object_id), event):
                request.cannot_save = CHANGED % {"what": "; ".join(changed)}
            return self._form(request, object_id, form_url, extra_context, store.record(event))

    def _form(self, request, object_id, form_url, extra_context, revision):
        context = {**(extra_context or {}), "revision": revision, "base_number": store.reference_of(revision)}
        return super().changeform_view(request, object_id, form_url, context)

    def _event_of(self, object_id):
        """Return the key of the event of this agreement, if it is one."""
        if not is_valid_pk(object_id):
            return None
        return Agreement.objects.not_trashed().filter(pk=object_id).values_list("event", flat=True).first()

    def save_model(self, request, obj, form, change):
        self._hold({obj.event_id, form.initial.get("event")} - {None}, request.user)
        super().save_model(request, obj, form, change)

    def _hold(self, events, user):
        """Hold these events, whose present state is stored, until all is saved; somebody may have published one."""
        for key in sorted(events):
            store.lock(key)
            if not may_edit(Event.objects.get(pk=key), user):
                raise PermissionDenied
            store.record(key)

    def log_addition(self, request, obj, message):
        store.record(obj.event_id, Revision.Action.SAVED, request.user)
        return super().log_addition(request, obj, message)

    def log_change(self, request, obj, message):
        store.record(obj.event_id, Revision.Action.SAVED, request.user)
        return super().log_change(request, obj, message)

    def delete_model(self, request, obj):
        self.delete_queryset(request, Agreement.objects.filter(pk=obj.pk))

    def delete_queryset(self, request, queryset):
        events = set(queryset.order_by().values_list("event", flat=True))
        with transaction.atomic():
            self._hold(events, request.user)
            super().delete_queryset(request, queryset)
            for key in events:
                store.record(key, Revision.Action.SAVED, request.user)


def changed_since(sent, key, event):
    """Return, in lines, what others have changed of this agreement since the form that was sent was opened."""
    opened_in = int(sent["opened_in"]) if is_valid_pk(sent.get("opened_in")) else event
    base, now = store.revision(opened_in, sent.get("base_number", "")), store.record(event)
    if base is None or (opened_in, base.number) == (event, now.number):
        return []
    moved = [f"{_('event')}: {Event.objects.get(pk=event)}"] if opened_in != event else []
    return moved + [what_it_says(each) for each in Comparison(own_rows(base.content, key), own_rows(now.content, key))]


def own_rows(content, key):
    """Return the snapshot with the rows of this agreement alone."""
    return {
        label: [row for row in rows if label in OWN and row.get(OWN[label]) == key] for label, rows in content.items()
    }


def what_it_says(difference):
    """Return a difference as one line: what it is about, and how it is now."""
    text = difference.after
    if isinstance(text, list):
        text = "".join(piece for piece, _is_own in text)
    text = _("not there") if text is None else text or _("empty")
    named = " ".join(filter(None, [difference.part, difference.row, difference.field]))
    return f"{named}: {Truncator(text).chars(MAX_MESSAGE_LENGTH)}"
