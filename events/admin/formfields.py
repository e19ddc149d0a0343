"""Days and times in the admin's forms, understood as people write them."""

from django.db import models
from django.utils.formats import get_format
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from forum_site.core.text.dates import DayField, MomentField


def input_formats(name, *more):
    """Return the formats of the current language, and those that people write in any language."""
    return lazy(lambda: [*get_format(name), *more], list)()


FORMFIELD_OVERRIDES = {
    models.DateField: {"form_class": DayField},
    models.DateTimeField: {"form_class": MomentField},
    models.TimeField: {
        "input_formats": input_formats("TIME_INPUT_FORMATS", "%H.%M"),
        "error_messages": {"invalid": _("Write the time as 14:30.")},
    },
}
