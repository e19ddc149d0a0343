"""Addresses as they stand outside of pages: the whole one of a page of ours, and those of other sites.

For those there is the field, and the rule that lets a page link whatever stands in it.
"""

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from forum_site.core.db.constraints import FieldConstraint

# Controls, and marks that turn the direction of a text, between brackets of a pattern: with them an address looks like
# another one, or moves what a terminal shows.
UNSEEN = r"\x00-\x20\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"


def absolute(path):
    """Return the whole address of `path`, a path of ours, whatever host was asked."""
    return f"{settings.SITE_URL}{path}"


class WebAddressField(models.URLField):
    default_validators = [
        *models.URLField.default_validators,
        RegexValidator(rf"[\s{UNSEEN}]", _("The URL has spaces or invisible characters."), inverse_match=True),
    ]

    def formfield(self, **kwargs):
        return super().formfield(**{"assume_scheme": "https", **kwargs})

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.URLField", args, kwargs


def url_constraint(field, name):
    """Only http and https, whatever way the row was written."""
    return FieldConstraint(
        field=field,
        name=name,
        condition=Q(**{field: ""}) | Q(**{f"{field}__regex": r"^https?://[^\s]+\Z"}),
        violation_error_message=_("Enter the whole URL, beginning with https://."),
    )
