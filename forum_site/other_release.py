"""A form that was opened on another release of the site: while one node is updated after the other, that happens.

What the other release did not offer is not in what is sent, and would be emptied; what it alone offers would be lost.
So nothing is saved. The form is shown again with what was typed, and with what is stored where nothing could be typed,
to be looked over and saved.
"""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

OFFERED = "_offered"  # A hidden field, with the names of what a form has: fields, and the rows of an inline.
UPDATED = _("The site was updated since you opened this page. What you typed is here: look it over and save again.")


class OtherReleaseAdmin:
    def changeform_view(self, request, *args, **kwargs):
        request.is_of_change_form = True  # Tables that are imported use the form, too, and offer nothing.
        return super().changeform_view(request, *args, **kwargs)

    def get_form(self, request, obj=None, **kwargs):
        form_class = super().get_form(request, obj, **kwargs)
        if request.method != "POST" or not hasattr(request, "is_of_change_form"):
            return form_class
        fields = set(form_class.base_fields)
        rows = {formset.get_default_prefix() for formset, _inline in self.get_formsets_with_inlines(request, obj)}
        sent = offered(request.POST, fields, rows)
        if sent == fields | rows:
            return form_class

        class OpenedElsewhere(form_class):
            def __init__(self, *args, **kwargs):
                super().__init__(*args, **kwargs)
                for name in self.fields.keys() - sent:
                    self.fields[name].bound_data = lambda data, initial: initial

            def clean(self):
                super().clean()
                raise ValidationError(UPDATED)

        return OpenedElsewhere

    def get_formset_kwargs(self, request, obj, inline, prefix):
        kwargs = super().get_formset_kwargs(request, obj, inline, prefix)
        if "data" in kwargs and not has_rows(request.POST, prefix):
            for name in ("data", "files", "save_as_new"):  # Rows that were not offered are those that are stored.
                del kwargs[name]
        return kwargs

    def render_change_form(self, request, context, *args, **kwargs):
        rows = [inline.formset.prefix for inline in context["inline_admin_formsets"]]
        context["offered"] = " ".join([*context["adminform"].form.base_fields, *rows])
        return super().render_change_form(request, context, *args, **kwargs)


def offered(post, fields, rows):
    """Return what the form that was sent had. One that does not say had all, unless it lacks the rows of an inline."""
    if OFFERED in post:
        return set(post[OFFERED].split())
    rows_there = {prefix for prefix in rows if has_rows(post, prefix)}
    if rows_there == rows:
        return fields | rows
    return rows_there | {name for name in fields if any(key == name or key.startswith(f"{name}_") for key in post)}


def has_rows(post, prefix):
    return f"{prefix}-TOTAL_FORMS" in post
