"""Which figures are looked at: the form above them, and the periods that are one click away."""

import datetime
from typing import NamedTuple
from urllib.parse import urlencode

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from events.shows.statistics import DAY, Period, Step
from forum_site.core.text.dates import DayField

FIRST_DAY = datetime.date(2000, 1, 1)  # Nothing was counted before the web had counters.
UNLIKELY_DAY = _("Is the year right? The day lies between 1 January 2000 and today.")


class CountedDayField(DayField):
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})

    def validate(self, value):
        super().validate(value)
        if value and not FIRST_DAY <= value <= timezone.localdate():
            raise forms.ValidationError(UNLIKELY_DAY)


class QuickLink(NamedTuple):
    label: str
    query: str
    is_current: bool


class PeriodForm(forms.Form):
    """The last 30 days, day by day, unless the address says otherwise."""

    first = CountedDayField(label=pgettext_lazy("a period", "From"))
    last = CountedDayField(label=pgettext_lazy("a period", "To"))
    step = forms.ChoiceField(
        label=_("Step"),
        choices=Step,
        error_messages={"invalid_choice": _("Choose days, weeks, months or years.")},
    )

    def __init__(self, query):
        today = timezone.localdate()
        self.by_default = {"first": today - 29 * DAY, "last": today, "step": Step.DAY}
        super().__init__()
        given = {name: query.get(self.add_prefix(name)) for name in self.fields}
        self.data = {self.add_prefix(name): given[name] or self.by_default[name] for name in self.fields}
        self.is_bound = True

    def add_prefix(self, field_name):
        return {"first": "from", "last": "to"}.get(field_name, field_name)

    def clean(self):
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if first and last and last < first:
            self.add_error("last", _("The period ends before it begins."))

    @property
    def asked(self):
        """The first day, the last one and the step; those by default when one of the fields cannot be read."""
        asked = self.cleaned_data if self.is_valid() else self.by_default
        return asked["first"], asked["last"], Step(asked["step"])

    @property
    def query(self):
        return self._query_of(*self.asked)

    def quick_links(self, event):
        today = timezone.localdate()
        year_ago = today.replace(day=1, year=today.year - 1)
        links = [
            (_("30 days"), (today - 29 * DAY, today, Step.DAY)),
            (_("12 months"), (Step.MONTH.last_day_from(year_ago) + DAY, today, Step.MONTH)),
        ]
        if everything := Period.all(event):
            links.append((_("All"), (*everything.asked, Step.MONTH)))
        return [QuickLink(label, self._query_of(*period), period == self.asked) for label, period in links]

    def _query_of(self, first, last, step):
        return urlencode({"from": first, "to": last, "step": step})
