"""How days are typed and printed in the admin: Django looks here before its own formats (FORMAT_MODULE_PATH).

In every language, a day is read in the same few ways, none of which means another day in another country. Django's own
formats take 05/06/2027 for 6 May in one language and for 5 June in another. English prints the day before the month, as
`forum_site/core/text/locales.py` has it.
"""

import sys
from types import ModuleType

from django.conf.global_settings import LANGUAGES
from django.utils.translation import to_locale

DATE_INPUT_FORMATS = ["%Y-%m-%d", "%d.%m.%Y", "%Y/%m/%d", "%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y"]
INPUT = {
    "DATE_INPUT_FORMATS": DATE_INPUT_FORMATS,
    "DATETIME_INPUT_FORMATS": [f"{day} {time}" for day in DATE_INPUT_FORMATS for time in ("%H:%M:%S", "%H:%M")],
}
ENGLISH = {
    "DATE_FORMAT": "j F Y",
    "TIME_FORMAT": "H:i",
    "DATETIME_FORMAT": "j F Y, H:i",
    "MONTH_DAY_FORMAT": "j F",
    "SHORT_DATE_FORMAT": "j M Y",
    "SHORT_DATETIME_FORMAT": "j M Y, H:i",
    "FIRST_DAY_OF_WEEK": 1,  # Monday
}


def add_language(code):
    """Make the module that Django imports for a language, where there is no file of it."""
    name = f"{__name__}.{to_locale(code)}"
    package, formats = ModuleType(name), ModuleType(f"{name}.formats")
    package.__path__ = []
    vars(formats).update(INPUT)
    if code.partition("-")[0] == "en":
        vars(formats).update(ENGLISH)
    sys.modules |= {name: package, formats.__name__: formats}


for code, _name in LANGUAGES:
    add_language(code)
