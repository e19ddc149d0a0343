"""Days as people type them: what is understood everywhere in one way, and what has to be asked about."""

import datetime
import re

from babel.dates import format_date
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from forum_site.core.text.locales import page_locale

# Two numbers before a year, with slashes or hyphens: which of them is the month differs from country to country.
_EITHER_ORDER = re.compile(r"(\d{1,2})\s*([/-])\s*(\d{1,2})\s*\2\s*(\d{4})")
_SHORT_YEAR = re.compile(r"\d{1,2}\s*([/.-])\s*\d{1,2}\s*\1\s*\d{2}")
DAY_FIRST, MONTH_FIRST = "day", "month"


def readings(text):
    """Return the days that “05/06/2027” may be, by which of its numbers comes first; nothing of any other text."""
    match = _EITHER_ORDER.fullmatch(text.strip())
    if not match:
        return {}
    one, _separator, other, year = match.groups()
    found = {}
    for order, day, month in ((DAY_FIRST, one, other), (MONTH_FIRST, other, one)):
        try:
            found[order] = datetime.date(int(year), int(month), int(day))
        except ValueError:
            continue
    return found


def refusal(text):
    """Return why a day is not understood, and how to write it; "" where there is nothing special about it."""
    found = list(dict.fromkeys(readings(text).values()))
    if len(found) == 2:
        return _("“%(text)s” can mean %(one)s or %(other)s. Write %(iso_one)s or %(iso_other)s.") % {
            "text": text.strip(),
            "one": format_date(found[0], "long", locale=page_locale()),
            "other": format_date(found[1], "long", locale=page_locale()),
            "iso_one": found[0].isoformat(),
            "iso_other": found[1].isoformat(),
        }
    if found:
        return _("The order of day and month differs between countries. Write %(iso)s.") % {"iso": found[0].isoformat()}
    if _SHORT_YEAR.fullmatch(text.strip()):
        return _("Write the year with four digits, as in 2023-05-17.")
    return ""


class DayField(forms.DateField):
    """A day in one of the few ways that mean the same everywhere: DATE_INPUT_FORMATS of forum_site/formats."""

    default_error_messages = {
        "invalid": gettext_lazy("Write the day as 2023-05-17 or 17.05.2023, or choose it from the calendar.")
    }

    def to_python(self, value):
        try:
            return super().to_python(value)
        except ValidationError:
            if isinstance(value, str) and (told := refusal(value)):
                raise ValidationError(told, code="invalid") from None
            raise


class MomentField(forms.SplitDateTimeField):
    """A day and a time; the day as DayField reads it."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.fields = (DayField(required=False, disabled=self.disabled), self.fields[1])
