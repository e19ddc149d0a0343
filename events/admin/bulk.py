"""What the list of events does with all that are chosen: publish them, unpublish them, put them into a series.

Each event is checked in full, the right to change it included, and saved in a transaction of its own; those that cannot
be changed are told, with the reason, and keep none of the others from it.
"""

from typing import NamedTuple

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core import signing
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from events.admin.publication import ONLY_EDITORS
from events.editing.alt_text import refuse_undescribed_gallery
from events.models import Event, Revision, Series
from events.revisions.snapshot import equal, take_snapshot
from events.revisions.store import latest, lock, record
from forum_site.admin.base import OVERTAKEN, format_errors

MAX_AT_ONCE = 200  # Each is checked, saved and made findable: more would keep the editor waiting.
MAX_NAMED = 10
DAY = 24 * 60 * 60  # seconds
UNPUBLISHED_TOGETHER = "events.unpublished"


class Change(NamedTuple):
    field: str
    value: object
    done: str
    nothing_to_do: str


PUBLISH = Change(
    "publication_status",
    Event.PublicationStatus.PUBLISHED,
    ngettext_lazy("%(count)d event was published.", "%(count)d events were published.", "count"),
    ngettext_lazy("%(count)d event was published already.", "%(count)d events were published already.", "count"),
)
UNPUBLISH = Change(
    "publication_status",
    Event.PublicationStatus.UNPUBLISHED,
    ngettext_lazy("%(count)d event was unpublished.", "%(count)d events were unpublished.", "count"),
    ngettext_lazy("%(count)d event was unpublished already.", "%(count)d events were unpublished already.", "count"),
)


class PublishAgain(NamedTuple):
    """That events are published again that were unpublished at once, each as long as it is at the version of then."""

    numbers: dict
    done = ngettext_lazy("%(count)d event was published again.", "%(count)d events were published again.", "count")
    nothing_to_do = ngettext_lazy(
        "%(count)d event was changed after it was unpublished, and stays as it is.",
        "%(count)d events were changed after they were unpublished, and stay as they are.",
        "count",
    )


def put_into(series):
    """Return the change that gives an event this series, or none."""
    return Change(
        "series",
        series and series.pk,
        ngettext_lazy("%(count)d event has a new series.", "%(count)d events have a new series.", "count")
        if series
        else ngettext_lazy(
            "%(count)d event was taken out of its series.", "%(count)d events were taken out of their series.", "count"
        ),
        ngettext_lazy("%(count)d event already had this value.", "%(count)d events already had this value.", "count"),
    )


def revisions_of(keys):
    """Return the number of the version that each of these events is at, by key."""
    revisions = Revision.objects.live().filter(event__in=keys).order_by().values_list("event")
    return dict(revisions.annotate(last=Max("number")))


def same_as_last(key):
    last = latest(key)
    return last is not None and equal(last.content, take_snapshot(key))


class SeriesForm(forms.Form):
    series = forms.ModelChoiceField(Series.objects.all(), label=gettext_lazy("Series"))


class BulkChangesAdmin:
    """For the ModelAdmin of events."""

    @admin.action(permissions=["publish"], description=gettext_lazy("Publish selected events"))
    def publish(self, request, queryset):
        changed = self._change_each(request, self._chosen(request, queryset), PUBLISH)
        if hidden := Event.objects.hidden().filter(pk__in=changed).count():
            told = ngettext(
                "%(count)d of them is not seen now: its hours of publication say so.",
                "%(count)d of them are not seen now: their hours of publication say so.",
                hidden,
            )
            self.message_user(request, told % {"count": hidden}, messages.WARNING)

    @admin.action(permissions=["publish"], description=gettext_lazy("Unpublish selected events"))
    def unpublish(self, request, queryset):
        keys = self._chosen(request, queryset)
        if not keys:
            return None
        events = Event.objects.filter(pk__in=keys)
        if "post" not in request.POST:
            context = {
                **self.admin_site.each_context(request),
                "title": _("Unpublish these events?"),
                "opts": self.opts,
                "action": "unpublish",
                "events": events.defer("body"),
                "public": set(events.published().values_list("pk", flat=True)),
                "action_checkbox_name": ACTION_CHECKBOX_NAME,
            }
            return TemplateResponse(request, "admin/events/unpublish_events.html", context)
        published = set(
            events.filter(publication_status=Event.PublicationStatus.PUBLISHED).values_list("pk", flat=True)
        )
        if unpublished := published.intersection(self._change_each(request, keys, UNPUBLISH)):
            token = signing.dumps(list(revisions_of(unpublished).items()), salt=UNPUBLISHED_TOGETHER, compress=True)
            link = reverse("admin:events_event_publish_again", args=[token])
            self.message_user(request, format_html('<a href="{}">{}</a>', link, _("Publish them again")), messages.INFO)
        return None

    def get_urls(self):
        view = self.admin_site.admin_view(self.publish_again_view)
        return [path("publish-again/<str:token>/", view, name="events_event_publish_again"), *super().get_urls()]

    def publish_again_view(self, request, token):
        """Undo the unpublishing of events that were unpublished together, within a day and once."""
        if not self.has_publish_permission(request):
            raise PermissionDenied
        try:
            numbers = dict(signing.loads(token, salt=UNPUBLISHED_TOGETHER, max_age=DAY))
        except signing.BadSignature as error:
            raise Http404 from error
        if request.method == "POST":
            self._change_each(request, list(numbers), PublishAgain(numbers))
            return HttpResponseRedirect(reverse("admin:events_event_changelist"))
        now = revisions_of(numbers)
        events = Event.objects.filter(pk__in=[key for key in numbers if now.get(key) == numbers[key]]).defer("body")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Publish these events again?"),
            "opts": self.opts,
            "events": events,
            "changed_count": len(numbers) - len(events),
        }
        return TemplateResponse(request, "admin/events/publish_again.html", context)

    @admin.action(permissions=["change"], description=gettext_lazy("Set the series of selected events"))
    def set_series(self, request, queryset):
        keys = self._chosen(request, queryset)
        if not keys:
            return None
        form = SeriesForm(request.POST if "series" in request.POST else None)
        if "take_out" in request.POST or form.is_valid():
            series = None if "take_out" in request.POST else form.cleaned_data["series"]
            self._change_each(request, keys, put_into(series))
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": _("Set the series"),
            "opts": self.opts,
            "form": form,
            "action": "set_series",
            "events": Event.objects.filter(pk__in=keys).select_related("series").defer("body"),
            "action_checkbox_name": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/events/set_series.html", context)

    def _chosen(self, request, queryset):
        """Return the keys of the chosen events; none, and say so, when they are too many or gone."""
        keys = list(queryset.values_list("pk", flat=True)[: MAX_AT_ONCE + 1])
        if not keys:
            self.message_user(request, _("These events no longer exist."), messages.WARNING)
        elif len(keys) > MAX_AT_ONCE:
            keys = []
            told = _("Choose at most %(limit)d events at once. Nothing was changed.") % {"limit": MAX_AT_ONCE}
            self.message_user(request, told, messages.WARNING)
        return keys

    def _change_each(self, request, keys, change):
        """Change the events with these keys, tell what became of each, and return the keys of those changed."""
        changed, unchanged, failed = [], [], []
        for key in keys:
            try:
                is_changed = self._change_one(request, key, change)
            except Event.DoesNotExist:
                continue  # Somebody has deleted it just now, or put it into the bin.
            except ValidationError as error:
                failed.append((key, format_errors(Event, error.message_dict)))
            except IntegrityError:
                failed.append((key, OVERTAKEN))
            else:
                (changed if is_changed else unchanged).append(key)
        if changed:
            self.message_user(request, change.done % {"count": len(changed)}, messages.SUCCESS)
        if unchanged:
            self.message_user(request, change.nothing_to_do % {"count": len(unchanged)}, messages.INFO)
        if failed:
            self._tell_failed(request, failed)
        return changed

    def _change_one(self, request, key, change):
        """Return whether there was something to change. The row is read anew, and only what is changed is written."""
        if isinstance(change, PublishAgain):
            with transaction.atomic():
                lock(key)
                is_as_then = revisions_of([key]).get(key) == change.numbers[key] and same_as_last(key)
                return is_as_then and self._change_one(request, key, PUBLISH)
        field = Event._meta.get_field(change.field)
        with transaction.atomic():
            event = Event.objects.not_trashed().select_for_update(no_key=True).get(pk=key)
            if not self.has_change_permission(request, event):
                raise ValidationError({NON_FIELD_ERRORS: [ONLY_EDITORS]})
            if getattr(event, field.attname) == change.value:
                return False
            record(key)
            setattr(event, field.attname, change.value)
            event.full_clean()
            if event.publication_status == Event.PublicationStatus.PUBLISHED:
                refuse_undescribed_gallery(event)
            event.save(update_fields=[field.name, "updated_at"])
            self.log_change(request, event, [{"changed": {"fields": [str(field.verbose_name)]}}])
        return True

    def _tell_failed(self, request, failed):
        told = ngettext("%(count)d event was not changed:", "%(count)d events were not changed:", len(failed)) % {
            "count": len(failed)
        }
        self.message_user(request, told, messages.ERROR)
        titles = dict(Event.objects.filter(pk__in=[key for key, _reason in failed]).values_list("pk", "title"))
        for key, reason in failed[:MAX_NAMED]:
            address = reverse("admin:events_event_change", args=[key])
            line = format_html('<a href="{}">{}</a>: {}', address, titles.get(key, key), reason)
            self.message_user(request, line, messages.ERROR)
        if (more := len(failed) - MAX_NAMED) > 0:
            self.message_user(request, _("… and %(count)d more.") % {"count": more}, messages.ERROR)
