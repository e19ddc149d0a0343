"""How the readers of a page's language write days and numbers, from Unicode's CLDR (by Babel)."""

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from django.utils.translation import get_language


def page_locale():
    """Return the Locale of the current language."""
    # Plain English is read all over the world: the day before the month, which needs no comma either.
    language = {"en": "en-gb"}.get(get_language(), get_language() or "en-gb")
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en_GB")


def first_weekday():
    """Return the day that weeks begin with where most speakers of the current language live; 0 is Monday."""
    locale = page_locale()
    if not locale.territory:
        likely = get_global("likely_subtags")
        locale = Locale.parse(likely.get(str(locale)) or likely.get(locale.language) or "en_GB")
    return locale.first_week_day
