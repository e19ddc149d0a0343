"""What the admin's forms check beyond the models: rules between rows, and help that an editor needs while typing."""

from copy import copy

from adminsortable2.admin import CustomInlineFormSet
from django import forms
from django.forms.formsets import TOTAL_FORM_COUNT
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import gettext_lazy as _
from js_asset import Script

from events.admin.widgets import FocusForm, PictureChooser
from events.models import Agreement, Event, EventPicture, Picture
from events.models.event import default_time_zone
from events.revisions.load import keep
from forum_site.core.fields.time_zones import proposed_zone

# Of each kind on the form of an event: Django would draw 2,000 for whoever says that so many are sent. A row of
# agreements takes as long as three of panels, and all that fit, together, are drawn in less than two seconds.
MAX_ROWS = {"participations": 120, "pictures": 80, "panels": 80, "visits": 20, "agreements": 20, "documents": 40}
# Sent where the time zone of a new event was chosen, even if it is the one that the form began with.
ZONE_IS_CHOSEN = "time_zone_is_chosen"
# What a picture of the library says of itself, and what an event says of its cover.
TAKEN_ALONG = {
    "cover_alt": "alt",
    "cover_is_decorative": "is_decorative",
    "cover_credit": "credit",
    "cover_focus_x": "focus_x",
    "cover_focus_y": "focus_y",
}


class EventForm(FocusForm):
    focus_of = "cover"
    focus_fields = ("cover_focus_x", "cover_focus_y")
    may_choose = True
    proposed_time_zone = ""
    cover_from_library = forms.ModelChoiceField(
        Picture.objects.all(),
        label=_("or a picture of the library"),
        required=False,
        widget=PictureChooser,
        help_text=_("Picture ID. Its alt text and credit are copied."),
    )

    class Media:
        js = [Script("admin/time_zone.js", type="module")]

    class Meta:
        model = Event
        fields = "__all__"
        widgets = {"summary": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        zone = _("By the clock of %(zone)s.") % {"zone": get_current_timezone_name()}
        for name in ("publish_at", "unpublish_at"):
            if name in self.fields:
                self.fields[name].help_text = f"{self.fields[name].help_text} {zone}"
        self.fields["cover_from_library"].disabled = not self.may_choose

    def clean(self):
        super().clean()
        postponed = self.cleaned_data.get("status") == Event.Status.POSTPONED
        if postponed and "starts_on" in self.changed_data and not self.cleaned_data.get("original_starts_on"):
            self.cleaned_data["original_starts_on"] = self.initial.get("starts_on")
        if picture := self.cleaned_data.get("cover_from_library"):
            self._take_cover(picture)
        if "time_zone" in self.fields and self.instance._state.adding:
            self._propose_time_zone()

    def _propose_time_zone(self):
        """Where nobody has chosen a zone, the place tells it."""
        if self.cleaned_data.get("time_zone") != default_time_zone() or self.data.get(ZONE_IS_CHOSEN):
            return
        country, city = (self.cleaned_data.get(name) or "" for name in ("country", "city"))
        if country and (zone := proposed_zone(country, city)):
            self.cleaned_data["time_zone"] = self.proposed_time_zone = zone

    def _take_cover(self, picture):
        """A stored file never changes, so that the event may name the one of the library."""
        if "cover" in self.changed_data and self.cleaned_data.get("cover"):
            self.add_error("cover_from_library", _("You chose two covers. Upload one, or choose one here."))
            return
        self.cleaned_data["cover"] = picture.file.name
        for name, of_picture in TAKEN_ALONG.items():
            # Unless something else was typed of it.
            if name in self.cleaned_data and (self.cleaned_data[name] or None) == (self[name].initial or None):
                self.cleaned_data[name] = getattr(picture, of_picture)


def as_typed(form, formsets):
    """Return the event as a form that was sent has it, with its rows, as far as what was typed can be read."""
    event = copy(form.instance)
    event._prefetched_objects_cache = {}
    for formset in formsets:
        rows = [row for row in formset.forms if row.has_changed() or row.instance.pk]
        rows = [row for row in rows if not (hasattr(row, "cleaned_data") and formset._should_delete_form(row))]
        if formset.model is EventPicture:
            rows = [row for row in rows if row.instance.picture_id]
            for row in rows:
                if hasattr(row, "cleaned_data"):
                    row.instance.picture = row.described() or row.instance.picture
        keep(event, formset.get_default_prefix(), [row.instance for row in rows])
    return event


class PositionField(forms.IntegerField):
    """Where a row stands; the browser fills it when a row is dragged."""

    widget = forms.HiddenInput(attrs={"class": "_reorder_"})

    def __init__(self):
        super().__init__(required=False, min_value=0, max_value=10_000)

    def clean(self, value):
        return super().clean(value) or 0


class OrderedFormSet(CustomInlineFormSet):
    """Rows in an order of their own; no more than `max_num` of the inline, unless so many are stored."""

    _in_typed_order = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.absolute_max = self.max_num
        if self.is_bound and (self.management_form.cleaned_data.get(TOTAL_FORM_COUNT) or 0) > self.max_num:
            self.absolute_max = max(self.max_num, len(self.get_queryset()))

    def get_queryset(self):
        """The rows are those that the event was loaded with: a working draft's are in no table."""
        if self._in_typed_order is not None:
            return self._in_typed_order
        loaded = getattr(self.instance, "_prefetched_objects_cache", {}).get(self.get_default_prefix())
        return super().get_queryset() if loaded is None else list(loaded)

    def put_in_typed_order(self):
        """Of a form that is shown again: stored rows stand where they were dragged to, and new ones come last."""
        number = self.initial_form_count()
        rows = sorted(self.forms[:number], key=lambda form: form.instance.position)
        self.forms[:number], self._in_typed_order = rows, [form.instance for form in rows]

    def add_fields(self, form, index):
        super().add_fields(form, index)
        form.fields["position"] = PositionField()


class ParticipationForm(forms.ModelForm):
    def validate_constraints(self):
        """Left to the formset, which knows all rows as they will be; the database, only as they were."""


class ParticipationFormSet(OrderedFormSet):
    def clean(self):
        rows = [form for form in self.forms if form.has_changed() or form.instance.pk]
        rows = [form for form in rows if hasattr(form, "cleaned_data") and not self._should_delete_form(form)]
        given_up = {
            (form.initial["organization"], form.initial["role"]): form
            for form in rows
            if form.instance.pk and {"organization", "role"} & set(form.changed_data)
        }
        taken = self._roles_of_other_rows()
        for form in rows:
            organization, role = form.cleaned_data.get("organization"), form.cleaned_data.get("role")
            if organization is None or not role:
                continue
            key = (organization.pk, role)
            if key in taken:
                form.add_error(
                    "organization", _("This organization has this role already. Take one of the two rows out.")
                )
            elif given_up.get(key, form) is not form:
                form.add_error(
                    "organization", _("Another row gives this role up in the same step. Save that first, then this.")
                )
            taken.add(key)

    def _roles_of_other_rows(self):
        """What somebody else has entered since this form was opened."""
        if self.instance.pk is None:
            return set()
        known = [form.instance.pk for form in self.forms if form.instance.pk]
        return set(self.instance.participations.exclude(pk__in=known).values_list("organization_id", "role"))

    def save_existing_objects(self, commit=True):
        # Rows that are taken out make room for those that take over their role.
        number = self.initial_form_count()
        self.forms[:number] = sorted(self.forms[:number], key=lambda form: not self._should_delete_form(form))
        return super().save_existing_objects(commit)


class AgreementForm(forms.ModelForm):
    class Meta:
        model = Agreement
        fields = [
            "title",
            "kind",
            "signed_on",
            "signed_during",
            "parties",
            "other_parties",
            "status",
            "valid_until",
            "document",
            "summary",
        ]
        widgets = {"other_parties": forms.Textarea(attrs={"rows": 3})}

    def clean(self):
        super().clean()
        unreadable = {"parties", "other_parties"} & set(self.errors)
        named = self.cleaned_data.get("parties") or self.cleaned_data.get("other_parties", "").strip()
        if not (named or unreadable):
            self.add_error("parties", _("Name who signed: organizations here, or groups under “other parties”."))
