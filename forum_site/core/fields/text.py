"""Fields of plain text, normalized whenever they are written, by whatever way: a form, `save()`, `bulk_create()`,
`update()` or `loaddata`. What has nothing to be seen in it is empty.

In migrations they are Django's own CharField and TextField: normalizing is no matter of the database.
"""

from django import forms
from django.db import models

from forum_site.core.text.folding import normalize_line, normalize_lines


class OneLineFormField(forms.CharField):
    def to_python(self, value):
        value = super().to_python(value)
        return normalize_line(value) or self.empty_value if isinstance(value, str) else value


class LinesFormField(forms.CharField):
    def to_python(self, value):
        value = super().to_python(value)
        return normalize_lines(value) or self.empty_value if isinstance(value, str) else value


class NormalizedField:
    """For a model field of text; the heir has `normalize()` and names its `form_class`."""

    def to_python(self, value):
        value = super().to_python(value)
        return self.normalize(value) if isinstance(value, str) else value

    def pre_save(self, model_instance, add):
        value = super().pre_save(model_instance, add)
        if isinstance(value, str) and (normalized := self.normalize(value)) != value:
            setattr(model_instance, self.attname, normalized)
            return normalized
        return value

    def get_db_prep_save(self, value, connection):
        # `update()` and `loaddata` come by here, and never by pre_save.
        value = self.normalize(value) if isinstance(value, str) else value
        return super().get_db_prep_save(value, connection)

    def formfield(self, **kwargs):
        return super().formfield(**{"form_class": self.form_class, **kwargs})

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        return name, self.plain, args, kwargs


class OneLineField(NormalizedField, models.CharField):
    normalize = staticmethod(normalize_line)
    form_class = OneLineFormField
    plain = "django.db.models.CharField"


class LinesField(NormalizedField, models.TextField):
    normalize = staticmethod(normalize_lines)
    form_class = LinesFormField
    plain = "django.db.models.TextField"
