from contextlib import contextmanager

from allauth.account import forms as account
from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from forum_site.accounts import log


class NewPassword:
    """For a form of one's own password: the new one differs, since somebody else may know the present one."""

    def clean_password1(self):
        password = self.cleaned_data["password1"]
        if self.user.check_password(password):
            raise ValidationError(_("This is your current password. Choose another one."))
        return password


class ChangePasswordForm(NewPassword, account.ChangePasswordForm):
    pass


class ResetPasswordKeyForm(NewPassword, account.ResetPasswordKeyForm):
    pass


@contextmanager
def forged_is_incorrect():
    """What no browser sends lacks a part, on which allauth's parser breaks: it is as good as a wrong code."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, ValidationError):
            raise
        raise get_adapter().validation_error("incorrect_code") from error


class CredentialField(forms.JSONField):
    """What a browser says of a passkey; Python's parser breaks on what is nested too deep, and on very long numbers."""

    widget = forms.HiddenInput

    def to_python(self, value):
        try:
            return super().to_python(value)
        except (RecursionError, ValueError) as error:
            raise get_adapter().validation_error("incorrect_code") from error


class LoggedPasskey:
    """For a form of a passkey: allauth has no signal for one that was refused."""

    def clean_credential(self):
        try:
            with forged_is_incorrect():
                return super().clean_credential()
        except ValidationError:
            key = self.user.pk if self.user else None
            log.note("factor_failed", context.request, key, factor=Authenticator.Type.WEBAUTHN.value)
            raise


class AddWebAuthnForm(webauthn.AddWebAuthnForm):
    credential = CredentialField()

    def clean(self):
        with forged_is_incorrect():
            return super().clean()


class AuthenticateWebAuthnForm(LoggedPasskey, webauthn.AuthenticateWebAuthnForm):
    credential = CredentialField()


class LoginWebAuthnForm(LoggedPasskey, webauthn.LoginWebAuthnForm):
    credential = CredentialField()


class ReauthenticateWebAuthnForm(LoggedPasskey, webauthn.ReauthenticateWebAuthnForm):
    credential = CredentialField()
