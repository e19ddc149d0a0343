"""Countries by their ISO 3166-1 codes, with names in the reader's language from Unicode's CLDR (by Babel)."""

import re
from functools import cache

from babel import Locale, UnknownLocaleError
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from forum_site.core.db.constraints import FieldConstraint

CODE = r"^[A-Z]{2}\Z"

# Two letters in CLDR, yet no country of the standard.
_NOT_A_COUNTRY = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"}


@cache
def _names(language):
    try:
        territories = Locale.parse(language, sep="-").territories
    except (UnknownLocaleError, ValueError):
        territories = Locale("en").territories
    return {code: name for code, name in territories.items() if re.match(CODE, code) and code not in _NOT_A_COUNTRY}


def country_name(code):
    """Return the name of the country in the current language, or the code itself where there is none."""
    return _names(get_language() or "en").get(code, code)


def known_country(code):
    """Return `code` if it is that of a country, else None."""
    return code if code in _names("en") else None


def country_choices():
    return _choices(get_language() or "en")


@cache
def _choices(language):
    return sorted(_names(language).items(), key=lambda country: country[1])


class CountryField(models.CharField):
    """Two letters; `get_<field>_display()` is the country's name."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("max_length", 2)
        kwargs.setdefault("choices", country_choices)
        super().__init__(*args, **kwargs)

    def contribute_to_class(self, cls, name, **kwargs):
        super().contribute_to_class(cls, name, **kwargs)
        # Django's own looks through all countries for one.
        setattr(cls, f"get_{name}_display", lambda self: country_name(getattr(self, name)))

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        kwargs.pop("choices", None)
        return name, "django.db.models.CharField", args, kwargs


def country_constraint(field, name):
    return FieldConstraint(
        field=field,
        name=name,
        condition=Q(**{field: ""}) | Q(**{f"{field}__regex": CODE}),
        violation_error_message=_("Choose a country from the list."),
    )
