from csp.decorators import csp_update
from django.contrib import messages
from django.utils.decorators import method_decorator
from django.utils.html import format_html

from forum_site.core.fields.rich_text import RichTextFormField


class RichTextAdmin:
    """For a ModelAdmin that has an editor in its form or an inline.

    CKEditor 4 writes inline styles, and shows a picture from memory while it is sent. It would write inline scripts,
    too, but for static/admin/editor_policy.js: no script that slips into a text or a form runs, here as elsewhere.
    """

    @method_decorator(csp_update({"style-src": ["'unsafe-inline'"], "img-src": ["data:", "blob:"]}))
    def changeform_view(self, *args, **kwargs):
        return super().changeform_view(*args, **kwargs)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        for each in (form, *(row for formset in formsets for row in formset.forms)):
            for name, field in each.fields.items():
                if isinstance(field, RichTextFormField) and (report := field.report()):
                    label = each[name].label
                    if each is not form:
                        label = f"{each.instance}, {label}"
                    messages.warning(request, format_html("{}: {}.", label, report))
