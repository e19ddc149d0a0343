"""Who may change an event in which state, and the steps from draft to published that stand beside Save.

Authors write what is `Event.EDITABLE`; what has been published, and what belongs to it, only those change who may
publish. A step is a button that saves the form with another state: the field offers, and so accepts, what the person
may choose.
"""

from typing import NamedTuple

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from events.admin.forms import as_typed
from events.editing.checklist import missing
from events.models import Event
from events.revisions.snapshot import event_of

State = Event.PublicationStatus

WHAT_READERS_SEE = ("publication_status", "publish_at", "unpublish_at")
ONLY_EDITORS = _("This event has been published. Only those who may publish can change it.")
CHOOSE_OFFERED = _("You cannot set this status. Keep the draft, or choose one of the options.")


class Step(NamedTuple):
    name: str  # of the button
    state: State
    label: str
    done: str


TO_REVIEW = Step("_to_review", State.IN_REVIEW, _("Submit for review"), _("Submitted for review."))
PUBLISH = Step("_publish", State.PUBLISHED, _("Publish"), _("Event published."))
TO_DRAFT = Step("_to_draft", State.DRAFT, _("Return to draft"), _("Event returned to draft."))
UNPUBLISH = Step("_unpublish", State.UNPUBLISHED, _("Unpublish"), _("Event unpublished. Readers no longer see it."))
STEPS = {
    State.DRAFT: [TO_REVIEW, PUBLISH],
    State.IN_REVIEW: [PUBLISH, TO_DRAFT],
    State.PUBLISHED: [UNPUBLISH],
    State.UNPUBLISHED: [PUBLISH, TO_DRAFT],
}


def may_publish(user):
    return user.has_perm("events.publish_event")


def may_publish_content(user, content, current):
    """Return whether `user` may make an event what a snapshot says, as far as readers would see it, or not see it."""
    one, other = event_of(content), event_of(current)
    return may_publish(user) or all(one.get(name) == other.get(name) for name in WHAT_READERS_SEE)


def may_edit(event, user):
    """Return whether the state of `event` lets `user` change it and what belongs to it, by forms that `user` has.

    No form leads to what is in the bin: there, this is asked by who would put it back.
    """
    return event.publication_status in Event.EDITABLE or may_publish(user)


class PublicationAdmin:
    """For the ModelAdmin of events."""

    is_drafting = False  # Of the copy that draws and saves a working draft: nothing of it is what readers see.

    def has_publish_permission(self, request):
        """Asked by the actions that publish and unpublish."""
        return may_publish(request.user)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and (
            obj is None or self.is_drafting or may_edit(obj, request.user)
        )

    def has_draft_permission(self, request, obj):
        """Asked for the form: of a published event, whoever may change events may prepare a working draft."""
        return super().has_change_permission(request, obj) and (
            obj.publication_status == State.PUBLISHED or may_edit(obj, request.user)
        )

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and (obj is None or may_edit(obj, request.user))

    def get_readonly_fields(self, request, obj=None):
        hours = [] if may_publish(request.user) else ["publish_at", "unpublish_at"]
        state = ["publication_status"] if self.is_drafting else []
        return [*super().get_readonly_fields(request, obj), *hours, *state]

    def formfield_for_choice_field(self, db_field, request, **kwargs):
        if db_field.name == "publication_status":
            offered = (
                [*Event.EDITABLE, State.PUBLISHED, State.UNPUBLISHED] if may_publish(request.user) else Event.EDITABLE
            )
            kwargs["choices"] = [(state.value, state.label) for state in offered]
            kwargs["error_messages"] = {"invalid_choice": CHOOSE_OFFERED}
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        if request.method == "POST" and (step := self._step(request)):
            request.POST = request.POST.copy()
            request.POST["publication_status"] = step.state.value
        return super().changeform_view(request, object_id, form_url, extra_context)

    def _step(self, request):
        """Return the step whose button was pressed, if it was one."""
        return next((step for step in (TO_REVIEW, PUBLISH, TO_DRAFT, UNPUBLISH) if step.name in request.POST), None)

    def save_model(self, request, obj, form, change):
        if change and not (self.is_drafting or may_publish(request.user)):
            # Locked until all is saved: else an editor might publish it in between, and this would take it back.
            stored = (
                Event.objects.select_for_update(no_key=True)
                .filter(pk=obj.pk)
                .values_list("publication_status", flat=True)
            )
            if stored.first() not in Event.EDITABLE:
                raise PermissionDenied
        obj.has_new_state = "publication_status" in form.changed_data
        super().save_model(request, obj, form, change)

    def response_add(self, request, obj, post_url_continue=None):
        response = super().response_add(request, obj, post_url_continue)
        return self._after_step(request, obj) or response

    def response_change(self, request, obj):
        response = super().response_change(request, obj)
        return self._after_step(request, obj) or response

    def _after_step(self, request, event):
        """Tell what became of it and what it still lacks; after a step, return the way back to its form."""
        step = self._step(request)
        if step:
            self.message_user(request, step.done, messages.SUCCESS)
        if event.has_new_state and event.publication_status == State.PUBLISHED:
            self._tell_what_is_missing(request, event)
        if step and self.has_view_or_change_permission(request, event):
            return HttpResponseRedirect(reverse("admin:events_event_change", args=[event.pk]))
        return None

    def _tell_what_is_missing(self, request, event):
        stored = Event.objects.for_detail().get(pk=event.pk)
        if not stored.is_public:
            self.message_user(
                request, _("Readers do not see it now: its hours of publication say so."), messages.WARNING
            )
        if lacks := missing(stored):
            form = reverse("admin:events_event_change", args=[event.pk])
            items = format_html_join("; ", '<a href="{}#{}">{}</a>', ((form, item.anchor, item.text) for item in lacks))
            self.message_user(request, format_html("{} {}", _("Still missing:"), items), messages.WARNING)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        """Its state and the steps from there are of what is stored; what it lacks, of what the form shows."""
        stored = None
        if change and obj:
            stored = obj if obj is self.shown else Event.objects.for_detail().get(pk=obj.pk)
        state = stored.publication_status if stored else State.DRAFT
        if self.has_change_permission(request, stored) and not (self.is_drafting or context["is_popup"]):
            context["steps"] = [
                step for step in STEPS.get(state, []) if step.state in Event.EDITABLE or may_publish(request.user)
            ]
        if stored:
            closed = "" if self.is_drafting or may_edit(stored, request.user) else ONLY_EDITORS
            form, inlines = context["adminform"].form, context["inline_admin_formsets"]
            typed = as_typed(form, [inline.formset for inline in inlines]) if form.is_bound else stored
            context |= {"stored": stored, "missing": missing(typed), "closed": closed}
            context["may_publish_draft"] = may_edit(stored, request.user)
        return super().render_change_form(request, context, add, change, form_url, obj)
