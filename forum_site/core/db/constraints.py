import operator
import re

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

LOOKUPS = {
    "exact": operator.eq,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "in": lambda value, several: value in several,
    "regex": lambda value, pattern: re.search(pattern, value) is not None,
}


class FieldConstraint(models.CheckConstraint):
    """A check constraint that tells its message at `field`, where the editor can mend it.

    In migrations it is a plain CheckConstraint: where a message is shown is no matter of the database's. Before a save
    it is told here, where that can be told: the database would be asked once for each rule of each row.
    """

    def __init__(self, *, field, **kwargs):
        self.field = field
        super().__init__(**kwargs)

    def validate(self, model, instance, exclude=None, using="default"):
        excluded = exclude or ()
        values = {
            field.name: getattr(instance, field.attname)
            for field in model._meta.concrete_fields
            if field.name not in excluded
        }
        try:
            if truth(self.condition, values) is not False:
                return
        except (KeyError, TypeError):  # A field that is left out, or more than is told here: the database knows.
            pass
        try:
            super().validate(model, instance, exclude=exclude, using=using)
        except ValidationError as error:
            raise ValidationError({self.field: error}) from error

    def clone(self):
        _, _, kwargs = self.deconstruct()
        return FieldConstraint(field=self.field, **kwargs)

    def deconstruct(self):
        _, args, kwargs = super().deconstruct()
        return "django.db.models.CheckConstraint", args, kwargs


def truth(condition, values):
    """Return whether a condition holds for these values by name: True, False, or None where SQL says unknown.

    Raises KeyError or TypeError for what cannot be told without the database.
    """
    if isinstance(condition, Q):
        told = [truth(child, values) for child in condition.children]
        decisive = {Q.AND: False, Q.OR: True}[condition.connector]
        found = decisive if decisive in told else None if None in told else not decisive
        return found if found is None or not condition.negated else not found
    path, wanted = condition
    name, _dunder, lookup = path.partition("__")
    value = values[name]
    if wanted is None:
        return value is None
    if hasattr(wanted, "resolve_expression"):
        wanted = values[wanted.name] if type(wanted) is F else values[wanted]
    if value is None or wanted is None:
        return None
    return LOOKUPS[lookup or "exact"](value, wanted)
