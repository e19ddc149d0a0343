import logging
from ipaddress import ip_address

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import InvalidToken
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from forum_site.accounts import encryption, log
from forum_site.accounts.mfa import has_second_factor
from forum_site.core.http.client_ip import client_address

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request):
        """Accounts are made in the admin alone."""
        return False

    def is_safe_url(self, url):
        """What is no address is none to be led to: Python's parser raises on some, such as `http://[`."""
        try:
            return super().is_safe_url(url)
        except ValueError:
            return False

    def get_client_ip(self, request):
        """Return an address in any case: behind a socket there may be none, and all share the limits of one."""
        try:
            return str(ip_address(client_address(request)))
        except ValueError:
            return "::"

    def get_reauthentication_methods(self, user):
        """Where there is a second factor, the password alone confirms nothing; where there is none, codes do not."""
        methods = super().get_reauthentication_methods(user)
        by_factor = [method for method in methods if method["id"].startswith("mfa_")]
        return by_factor if has_second_factor(user) else [method for method in methods if method not in by_factor]

    def send_password_reset_mail(self, user, email, context):
        log.note("password_reset_requested", self.request, user.pk)
        super().send_password_reset_mail(user, email, context)

    def send_notification_mail(self, template_prefix, user, context=None, email=None):
        """Send it where there is an address. The change that it is about was made, whether mail works or not."""
        try:
            super().send_notification_mail(template_prefix, user, context, email or user.email)
        except OSError:  # smtplib's errors are such, too.
            logger.exception("A mail about a change of an account could not be sent.")


class UnreadableFactorError(ValidationError):
    """A secret that this site's key does not open. It is a fault of no code that was typed, and told in a sentence."""

    def __init__(self):
        super().__init__(
            _(
                "Your authenticator app cannot be checked, because the SECRET_KEY of the site has changed. "
                "Use a passkey, or ask a manager to reset your two-factor authentication."
            ),
            code="unreadable_factor",
        )


class MFAAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("Incorrect code. Each code works once: wait for the next one, or use a recovery code."),
    }

    def encrypt(self, text):
        return encryption.encrypt(text)

    def decrypt(self, encrypted_text):
        try:
            return encryption.decrypt(encrypted_text)
        except InvalidToken:
            raise UnreadableFactorError from None
