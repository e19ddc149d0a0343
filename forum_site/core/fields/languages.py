"""The language that a page's title and texts are written in, where it is not the language of the site."""

from django.conf import settings
from django.db import models
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _


def language_choices():
    """Return the codes of the languages with their names, each as its own speakers write it."""
    choices = [(code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES]
    return sorted(choices, key=lambda choice: choice[1].casefold())


class LanguageField(models.CharField):
    """A code such as "kk" or "zh-hans"; empty means the language of the site."""

    def __init__(self, *args, **kwargs):
        for name, value in {
            "max_length": 12,
            "choices": language_choices,
            "blank": True,
            "default": "",
            "db_default": "",
        }.items():
            kwargs.setdefault(name, value)
        kwargs.setdefault("help_text", _("Of the title and the texts; empty if it is the language of this site."))
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        kwargs.pop("choices", None)
        return name, "django.db.models.CharField", args, kwargs
