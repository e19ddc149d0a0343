from django.core.exceptions import ValidationError
from django.db import models


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
