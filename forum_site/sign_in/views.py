from allauth.account.views import LoginView, ReauthenticateView
from allauth.mfa.base import views as mfa
from django.views.generic import TemplateView

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


class NoSignUpView(TemplateView):
    """Allauth wants an address to sign up; nobody can, by any method."""

    template_name = "account/signup_closed.html"

    def get(self, request, *args, **kwargs):
        return self.render_to_response({}, status=404)

    post = get
