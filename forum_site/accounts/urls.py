"""The pages of signing in: those of allauth that this site has, by its names. There is none to sign up."""

from allauth.account import views as account
from allauth.mfa.totp import views as totp
from csp.decorators import csp_update
from django.conf import settings
from django.urls import include, path, re_path

from forum_site.accounts import views

urlpatterns = [
    path("sign-in/", views.SignInView.as_view(), name="account_login"),
    path("sign-out/", account.logout, name="account_logout"),
    path("sign-up/", views.NoSignUpView.as_view(), name="account_signup"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("confirm/", views.ConfirmPasswordView.as_view(), name="account_reauthenticate"),
    path("password/", account.password_change, name="account_change_password"),
    path("password/first/", views.FirstPasswordView.as_view(), name="account_set_password"),
    path("second-factor/authenticate/", views.SecondFactorView.as_view(), name="mfa_authenticate"),
    path("second-factor/reauthenticate/", views.ConfirmSecondFactorView.as_view(), name="mfa_reauthenticate"),
    path(
        "second-factor/totp/activate/",
        csp_update({"img-src": ["data:"]})(totp.activate_totp),  # Its code to be photographed is in the page.
        name="mfa_activate_totp",
    ),
    path("second-factor/recovery-codes/", views.RecoveryCodesView.as_view(), name="mfa_view_recovery_codes"),
    path(
        "second-factor/recovery-codes/download/",
        views.DownloadRecoveryCodesView.as_view(),
        name="mfa_download_recovery_codes",
    ),
    path(
        "second-factor/recovery-codes/generate/",
        views.GenerateRecoveryCodesView.as_view(),
        name="mfa_generate_recovery_codes",
    ),
    path("second-factor/", include("allauth.mfa.urls")),
    path("sessions/", views.SessionsView.as_view(), name="usersessions_list"),
]
if settings.MAIL:
    urlpatterns += [
        path("lost-password/", account.password_reset, name="account_reset_password"),
        path("lost-password/sent/", account.password_reset_done, name="account_reset_password_done"),
        path(
            "lost-password/done/",
            account.password_reset_from_key_done,
            name="account_reset_password_from_key_done",
        ),
        re_path(
            "^lost-password/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
            account.password_reset_from_key,
            name="account_reset_password_from_key",
        ),
    ]
