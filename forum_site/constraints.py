from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from forum_site.countries import CODE


class Rule(models.CheckConstraint):
    """A check constraint that tells its message at `field`, where the editor can mend it.

    In migrations it is a plain CheckConstraint: where a message is shown is no matter of the database's.
    """

    def __init__(self, *, field, **kwargs):
        self.field = field
        super().__init__(**kwargs)

    def validate(self, model, instance, exclude=None, using="default"):
        try:
            super().validate(model, instance, exclude=exclude, using=using)
        except ValidationError as error:
            raise ValidationError({self.field: error}) from error

    def clone(self):
        _, _, kwargs = self.deconstruct()
        return Rule(field=self.field, **kwargs)

    def deconstruct(self):
        _, args, kwargs = super().deconstruct()
        return "django.db.models.CheckConstraint", args, kwargs


def country_rule(field, name):
    return Rule(
        field=field,
        name=name,
        condition=Q(**{field: ""}) | Q(**{f"{field}__regex": CODE}),
        violation_error_message=_("Choose a country from the list."),
    )


def web_address_rule(field, name):
    """Only http and https: whatever wrote the row, its link can be put on a page."""
    return Rule(
        field=field,
        name=name,
        condition=Q(**{field: ""}) | Q(**{f"{field}__regex": r"^https?://[^\s]+$"}),
        violation_error_message=_("Write the whole address, beginning with https://."),
    )
