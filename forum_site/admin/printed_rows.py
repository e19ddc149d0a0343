"""Rows that pages of several events print, such as a tag or a picture, and who may change them.

What is printed on something that has been published is changed by those who may publish, whichever row it stands in.
A model of such rows has a queryset with `printed_keys()`, its ModelAdmin is a `PublishedRowsAdmin`.
"""

from django.apps import apps
from django.utils.translation import gettext_lazy as _

from forum_site.core.db.publishing import Publishable

PRINTED = _("This is printed on something that has been published: only those who may publish can change it.")


def may_publish(user):
    """Return whether the user may publish rows of every model that is published."""
    return all(
        user.has_perm(f"{model._meta.app_label}.publish_{model._meta.model_name}")
        for model in apps.get_models()
        if issubclass(model, Publishable)
    )


class PublishedRowsAdmin:
    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and not self.is_closed(request, obj)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and not self.is_closed(request, obj)

    def is_closed(self, request, obj):
        """Return whether a row stays as it is for this person, because something that has been published prints it."""
        if obj is None or obj.pk is None or may_publish(request.user):
            return False
        return bool(self.model._default_manager.filter(pk=obj.pk).printed_keys())

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if self.is_closed(request, obj):
            context["closed_because"] = PRINTED
        return super().render_change_form(request, context, add, change, form_url, obj)
