from allauth.account.decorators import reauthentication_required
from allauth.account.views import LoginView, PasswordSetView, ReauthenticateView
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.usersessions.views import ListUserSessionsView
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views.generic import FormView, TemplateView

from forum_site.accounts import log
from forum_site.accounts.adapter import UnreadableFactorError
from forum_site.accounts.session_hash import end_other_sessions

TOO_MANY = "too_many_login_attempts"  # The code of allauth's error.


class LimitedView:
    """Answers 429 where it is the number of attempts that is refused, and not what was typed."""

    def form_invalid(self, form):
        response = super().form_invalid(form)
        if any(error.code == TOO_MANY for errors in form.errors.as_data().values() for error in errors):
            response.status_code = 429
        return response


class SignInView(LimitedView, LoginView):
    pass


class SecondFactorView(LimitedView, mfa.AuthenticateView):
    pass


class ConfirmPasswordView(LimitedView, ReauthenticateView):
    pass


class ConfirmSecondFactorView(LimitedView, mfa.ReauthenticateView):
    pass


@method_decorator(reauthentication_required, name="dispatch")
class FirstPasswordView(PasswordSetView):
    """For an account without a password, which signs in by a passkey: there is no old one to ask for."""


class SessionsView(ListUserSessionsView):
    @method_decorator(reauthentication_required)
    def post(self, request, *args, **kwargs):
        return super().post(request, *args, **kwargs)

    def form_valid(self, form):
        response = super().form_valid(form)
        end_other_sessions(self.request.user.pk)  # Those that are in no list, too.
        log.note("other_sessions_ended", self.request, self.request.user.pk)
        return response


class ReadableCodes:
    """Answers with a sentence where the codes were encrypted with another `SECRET_KEY`."""

    def dispatch(self, request, *args, **kwargs):
        try:
            return super().dispatch(request, *args, **kwargs)
        except UnreadableFactorError as error:
            return render(request, "mfa/recovery_codes/unreadable.html", {"error": error.message}, status=503)


class RecoveryCodesView(ReadableCodes, recovery_codes.ViewRecoveryCodesView):
    pass


class DownloadRecoveryCodesView(ReadableCodes, recovery_codes.DownloadRecoveryCodesView):
    pass


class GenerateRecoveryCodesView(recovery_codes.GenerateRecoveryCodesView):
    def get_context_data(self, **kwargs):
        """Without the number of codes left, which the page does not print: the old codes may be unreadable."""
        return FormView.get_context_data(self, **kwargs)


class NoSignUpView(TemplateView):
    """Allauth wants an address to sign up; nobody can, by any method."""

    template_name = "account/signup_closed.html"

    def get(self, request, *args, **kwargs):
        return self.render_to_response({}, status=404)

    post = get
