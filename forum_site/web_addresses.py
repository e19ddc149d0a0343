"""Addresses as they stand outside of pages: the whole one of a page of ours, and those of other sites.

For those there is the field, and the rule that lets a page link whatever stands in it.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from forum_site.constraints import Rule


def absolute(path):
    """Return the whole address of `path`, a path of ours, whatever host was asked."""
    return f"{settings.SITE_URL}{path}"


class WebAddressField(models.URLField):
    def formfield(self, **kwargs):
        return super().formfield(**{"assume_scheme": "https", **kwargs})

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.URLField", args, kwargs


def web_address_rule(field, name):
    """Only http and https, whatever way the row was written."""
    return Rule(
        field=field,
        name=name,
        condition=Q(**{field: ""}) | Q(**{f"{field}__regex": r"^https?://[^\s]+\Z"}),
        violation_error_message=_("Write the whole address, beginning with https://."),
    )
