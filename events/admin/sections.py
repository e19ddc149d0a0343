from django.contrib.admin.utils import flatten
from django.utils.text import capfirst


class Section:
    """A part of a long form, a fieldset or an inline: what the list of its parts says of it."""

    def __init__(self, position, fieldset=None, inline=None):
        self.position, self.fieldset, self.inline = position, fieldset, inline

    @property
    def heading_id(self):
        if self.fieldset:
            return f"fieldset-0-{self.position}-heading"
        return f"{self.inline.formset.prefix}-heading"

    @property
    def title(self):
        return self.fieldset.name if self.fieldset else capfirst(self.inline.opts.verbose_name_plural)

    @property
    def problems(self):
        """How many fields of it keep the form from being saved; asked when the page is drawn, with all errors there."""
        if self.fieldset:
            return sum(name in self.fieldset.form.errors for name in flatten(self.fieldset.fields))
        formset = self.inline.formset
        return sum(len(form.errors) for form in formset.forms) + len(formset.non_form_errors())
