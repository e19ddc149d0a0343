"""The accounts of staff, looked after by managers.

A manager is who may change users without being a superuser: for a manager, superusers are not there; those who may do
more than the manager are seen and not changed; and no other group is given than `settings.STAFF_GROUPS`.
"""

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.reauthentication import (
    is_reauthentication_required,
    raise_if_reauthentication_required,
)
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from forum_site.accounts import log
from forum_site.accounts.mfa import has_second_factor, reset_second_factor
from forum_site.accounts.models import Account
from forum_site.admin.base import MAX_PK_DIGITS, SteadyAdmin

# Keys and sessions are read and changed through the pages of signing in, by their owners alone.
for model in (EmailAddress, Authenticator, UserSession, Group, User):
    if admin.site.is_registered(model):
        admin.site.unregister(model)

PREFILLED = ("username", "first_name", "last_name", "email", "usable_password", "is_staff", "groups")
ONLY_SUPERUSERS = ("is_superuser", "user_permissions")


def may_do_more(person, than):
    """Return whether `person`, active or not, was given a right that `than` was not."""
    if than.is_superuser or person.is_superuser:
        return person.is_superuser and not than.is_superuser
    rights_of = [Permission.objects.filter(Q(user=each) | Q(group__user=each)) for each in (person, than)]
    return rights_of[0].exclude(pk__in=rights_of[1].values("pk")).exists()


def confirm_before(request, address):
    """Lead to the page that asks who it is, and from there to `address`, without what was typed: it has a password."""
    methods = get_adapter().get_reauthentication_methods(request.user)
    if not methods:
        raise PermissionDenied
    return redirect(f"{methods[0]['url']}?{urlencode({'next': address})}")


class PreservedGroups:
    """For a form with groups: those that are not offered stay as they are."""

    def clean_groups(self):
        offered, chosen = self.fields["groups"].queryset, self.cleaned_data["groups"]
        kept = self.instance.groups.exclude(pk__in=offered.values("pk")) if self.instance.pk else Group.objects.none()
        return Group.objects.filter(Q(pk__in=chosen.values("pk")) | Q(pk__in=kept.values("pk")))


class StaffUserForm(PreservedGroups, UserChangeForm):
    pass


class NewStaffUserForm(PreservedGroups, AdminUserCreationForm):
    pass


class NewPasswordForm(AdminPasswordChangeForm):
    """Only for the password of somebody else: one's own is changed on a page that asks for the old one."""

    def save(self, commit=True):
        user = super().save(commit)
        if commit:
            Account.objects.require_new_password(user.pk)
            log.note("password_set", context.request, user.pk, by=context.request.user.pk)
            get_adapter().send_notification_mail("account/email/password_reset", user)
        return user


class KeysField(forms.ModelMultipleChoiceField):
    """Whose choices have as many digits as a key may have: more would overflow the database."""

    def clean(self, value):
        return super().clean([str(key)[:MAX_PK_DIGITS] for key in value or []])


@admin.register(Group)
class StaffGroupAdmin(SteadyAdmin, GroupAdmin):
    def formfield_for_manytomany(self, db_field, request, **kwargs):
        return super().formfield_for_manytomany(db_field, request, **{"form_class": KeysField, **kwargs})


@admin.register(User)
class StaffUserAdmin(SteadyAdmin, UserAdmin):
    form = StaffUserForm
    add_form = NewStaffUserForm
    change_password_form = NewPasswordForm
    change_form_template = "admin/auth/user/change_form.html"
    add_fieldsets = [
        (None, {"fields": ["username", ("first_name", "last_name"), "email"]}),
        (gettext_lazy("Password"), {"fields": ["usable_password", "password1", "password2"]}),
        (gettext_lazy("Permissions"), {"fields": ["is_staff", "groups"]}),
    ]
    readonly_fields = ["last_login", "date_joined"]  # A sign-in writes the first while the form is open.
    list_display = ["username", "first_name", "last_name", "email", "is_active", "group_names"]

    def get_urls(self):
        view = self.admin_site.admin_view(self.reset_second_factor_view)
        reset = path("<path:object_id>/reset-second-factor/", view, name="auth_user_reset_second_factor")
        return [reset, *super().get_urls()]

    def get_queryset(self, request):
        people = super().get_queryset(request).prefetch_related("groups")
        return people if request.user.is_superuser else people.filter(is_superuser=False)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and not (obj and may_do_more(obj, request.user))

    def has_delete_permission(self, request, obj=None):
        if obj and (obj == request.user or may_do_more(obj, request.user)):
            return False
        return super().has_delete_permission(request, obj)

    def get_list_filter(self, request):
        names = super().get_list_filter(request)
        return names if request.user.is_superuser else [name for name in names if name not in ONLY_SUPERUSERS]

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        if request.user.is_superuser:
            return fieldsets
        return [
            (title, {**options, "fields": [name for name in options["fields"] if name not in ONLY_SUPERUSERS]})
            for title, options in fieldsets
        ]

    def get_changeform_initial_data(self, request):
        return {"is_staff": True, **super().get_changeform_initial_data(request)}

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        if db_field.name == "groups" and not request.user.is_superuser:
            kwargs["queryset"] = Group.objects.filter(name__in=settings.STAFF_GROUPS).order_by("name")
            kwargs["widget"] = forms.CheckboxSelectMultiple()
        return super().formfield_for_manytomany(db_field, request, **{"form_class": KeysField, **kwargs})

    def add_view(self, request, form_url="", extra_context=None):
        if (
            request.method == "POST"
            and self.has_add_permission(request)
            and is_reauthentication_required(request, app="")
        ):
            typed = {name: ",".join(request.POST.getlist(name)) for name in PREFILLED}
            return confirm_before(request, f"{request.path}?{urlencode({**request.GET.dict(), **typed})}")
        return super().add_view(request, form_url, extra_context)

    def user_change_password(self, request, id, form_url=""):
        user = self.get_object(request, unquote(id))
        if user and self.has_change_permission(request, user):
            if user == request.user:
                return redirect("account_change_password")
            if is_reauthentication_required(request, app=""):
                return confirm_before(request, request.get_full_path())
        return super().user_change_password(request, id, form_url)

    def save_model(self, request, obj, form, change):
        old_email = form.initial.get("email")
        has_new_email = change and "email" in form.changed_data
        if has_new_email:  # A link for a lost password would go there.
            raise_if_reauthentication_required(request, app="")
        super().save_model(request, obj, form, change)
        if not change:
            Account.objects.require_new_password(obj.pk)
            log.note("account_added", request, obj.pk, by=request.user.pk)
        if has_new_email:
            log.note("email_changed", request, obj.pk, by=request.user.pk)
        if has_new_email and old_email:
            addresses = {"from_email": old_email, "to_email": obj.email}
            get_adapter().send_notification_mail("account/email/email_changed", obj, addresses, email=old_email)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if change and self.may_reset_second_factor(request, obj):
            context["can_reset_second_factor"] = has_second_factor(obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def may_reset_second_factor(self, request, user):
        """Whoever may change the account may; their own they change where everybody does, with the password."""
        return self.has_change_permission(request, user) and user != request.user

    def reset_second_factor_view(self, request, object_id):
        if not self.has_change_permission(request):
            raise PermissionDenied
        user = self.get_object(request, object_id)
        if user is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.may_reset_second_factor(request, user):
            raise PermissionDenied
        raise_if_reauthentication_required(request, app="")
        if request.method == "POST":
            reset_second_factor(user)
            log.note("second_factor_reset", request, user.pk, by=request.user.pk)
            get_adapter().send_notification_mail("account/email/second_factor_reset", user)
            self.log_change(request, user, _("Two-factor authentication reset, and logged out everywhere."))
            messages.success(request, _("%(user)s now logs in with the password alone.") % {"user": user})
            return redirect(reverse("admin:auth_user_change", args=[user.pk]))
        context = {**self.admin_site.each_context(request), "opts": self.opts, "person": user}
        context["title"] = _("Reset two-factor authentication of %(user)s") % {"user": user}
        return TemplateResponse(request, "admin/auth/user/reset_second_factor.html", context)

    @admin.display(description=gettext_lazy("groups"))
    def group_names(self, user):
        return ", ".join(group.name for group in user.groups.all())
