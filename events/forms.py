"""What the admin's forms check beyond the models: rules between rows, and help that an editor needs while typing."""

from adminsortable2.admin import CustomInlineFormSet
from django import forms
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import gettext_lazy as _

from events.models import Agreement, Event


class EventForm(forms.ModelForm):
    class Meta:
        model = Event
        fields = "__all__"  # noqa: DJ007 - the admin names them, in its fieldsets
        widgets = {"summary": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        zone = _("By the clock of %(zone)s.") % {"zone": get_current_timezone_name()}
        for name in ("publish_at", "unpublish_at"):
            if name in self.fields:
                self.fields[name].help_text = f"{self.fields[name].help_text} {zone}"

    def clean(self):
        super().clean()
        postponed = self.cleaned_data.get("standing") == Event.Standing.POSTPONED
        if postponed and "starts_on" in self.changed_data and not self.cleaned_data.get("former_starts_on"):
            self.cleaned_data["former_starts_on"] = self.initial.get("starts_on")


class ParticipationForm(forms.ModelForm):
    def validate_constraints(self):
        """The formset sees all rows of the event as they will be; the database only as they were."""


class ParticipationFormSet(CustomInlineFormSet):
    def clean(self):
        rows = [form for form in self.forms if form.cleaned_data and form not in self.deleted_forms]
        given_up = {
            (form.initial["organization"], form.initial["role"]): form
            for form in rows
            if form.instance.pk and {"organization", "role"} & set(form.changed_data)
        }
        seen = set()
        for form in rows:
            organization, role = form.cleaned_data.get("organization"), form.cleaned_data.get("role")
            if organization is None or not role:
                continue
            key = (organization.pk, role)
            if key in seen:
                form.add_error(
                    "organization", _("This organization has this role already. Take one of the two rows out.")
                )
            elif given_up.get(key, form) is not form:
                form.add_error(
                    "organization", _("Another row gives this role up in the same step. Save that first, then this.")
                )
            seen.add(key)


class AgreementForm(forms.ModelForm):
    class Meta:
        model = Agreement
        fields = [
            "title",
            "kind",
            "signed_on",
            "moment",
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
