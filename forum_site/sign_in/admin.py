from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from forum_site.sign_in.second_factor import has_second_factor, reset_second_factor

# Keys and sessions are read and changed through the pages of signing in, by their owners alone.
for model in (EmailAddress, Authenticator, UserSession, User):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


@admin.register(User)
class PersonAdmin(UserAdmin):
    """A user's page, from which a manager resets a colleague's second factor."""

    change_form_template = "admin/auth/user/change_form.html"

    def get_urls(self):
        view = self.admin_site.admin_view(self.reset_second_factor_view)
        reset = path("<path:object_id>/reset-second-factor/", view, name="auth_user_reset_second_factor")
        return [reset, *super().get_urls()]

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if change and self.may_reset_second_factor(request, obj):
            context["can_reset_second_factor"] = has_second_factor(obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def may_reset_second_factor(self, request, user):
        """Superusers may; their own they change where everybody does, with the password."""
        return request.user.is_superuser and self.has_change_permission(request, user) and user != request.user

    def reset_second_factor_view(self, request, object_id):
        user = self.get_object(request, object_id)
        if user is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.may_reset_second_factor(request, user):
            raise PermissionDenied
        if request.method == "POST":
            reset_second_factor(user)
            self.log_change(request, user, _("Second factor reset, and signed out everywhere."))
            messages.success(request, _("%(user)s now signs in with the password alone.") % {"user": user})
            return redirect(reverse("admin:auth_user_change", args=[user.pk]))
        context = {**self.admin_site.each_context(request), "opts": self.opts, "person": user}
        context["title"] = _("Reset the second factor of %(user)s") % {"user": user}
        return TemplateResponse(request, "admin/auth/user/reset_second_factor.html", context)
