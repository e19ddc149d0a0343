from functools import wraps

from django.conf import settings
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.contrib.contenttypes import views as contenttypes
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from forum_site.accounts import log

SESSION_ENDED = gettext_lazy(
    "Your session has ended, so nothing was saved. Log in again: "
    "the form then offers what you typed, which is saved in this browser."
)
WHY = {
    "account_change_password": gettext_lazy("Someone else set your password. Choose your own to continue."),
    "account_reauthenticate": gettext_lazy("Confirm with two-factor authentication to continue."),
    "mfa_index": gettext_lazy("The admin of this site requires two-factor authentication."),
}


class ForumAdminSite(AdminSite):
    """The admin, whose one door are the pages of signing in, and which wants a second factor where that is required."""

    def get_urls(self):
        view = self.admin_view(self.view_on_site)
        return [path("r/<int:content_type_id>/<int:object_id>/", view, name="view_on_site"), *super().get_urls()]

    def admin_view(self, view, cacheable=False):
        """Handle a form once, however often it is sent, and tell whoever sends one after the end of the session."""
        from forum_site.admin.submissions import once  # A model, which is not there when this is read.

        guarded = super().admin_view(once(view), cacheable)

        @wraps(guarded)
        def tell(request, *args, **kwargs):
            if request.method == "POST" and not request.user.is_authenticated and view != self.logout:
                messages.warning(request, SESSION_ENDED)
            return guarded(request, *args, **kwargs)

        return tell

    def view_on_site(self, request, content_type_id, object_id):
        """Lead to the page of a row, as Django does, whoever may view that row: its address may be hidden still."""
        from django.contrib.contenttypes.models import ContentType

        content_type = ContentType.objects.filter(pk=content_type_id).first()
        model_admin = self._registry.get(content_type and content_type.model_class())
        row = model_admin and model_admin.get_object(request, str(object_id))
        if not row:
            raise Http404
        if not model_admin.has_view_permission(request, row):
            raise PermissionDenied
        return contenttypes.shortcut(request, content_type_id, object_id)

    def has_permission(self, request):
        return super().has_permission(request) and not self.lacks(request)

    def lacks(self, request):
        """Return the page that somebody of the staff has to visit before the admin opens, or None."""
        from forum_site.accounts.mfa import (
            has_second_factor,
            session_has_second_factor,
        )  # Models, not yet there.

        account = getattr(request.user, "account", None)
        if account and account.must_change_password and request.user.has_usable_password():
            return "account_change_password"
        if settings.SECOND_FACTOR_REQUIRED and not session_has_second_factor(request):
            return "account_reauthenticate" if has_second_factor(request.user) else "mfa_index"
        return None

    @method_decorator([never_cache, login_not_required])
    def login(self, request, extra_context=None):
        """Lead to what is still missing, else back to where somebody wanted to go."""
        if not request.user.is_authenticated:
            return redirect_to_login(self._next(request), reverse("account_login"))
        if not super().has_permission(request):
            log.note_forbidden(request)
            return render(request, "account/not_staff.html", status=403)
        if page := self.lacks(request):
            messages.info(request, WHY[page])
            return HttpResponseRedirect(f"{reverse(page)}?{urlencode({'next': self._next(request)})}")
        return HttpResponseRedirect(self._next(request))

    def password_change(self, request, extra_context=None):
        return redirect("account_change_password")

    def _next(self, request):
        """Return the address of ours that the request names, else the admin."""
        address = request.GET.get("next", "")
        is_ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
        return address if is_ours else reverse("admin:index")
