from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession

from forum_site.accounts.models import Account

PROOFS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


def has_second_factor(user):
    """Return whether `user` signs in with an app or a passkey; recovery codes alone are none."""
    return is_mfa_enabled(user, PROOFS)


def session_has_second_factor(request):
    """Return whether this very session gave a second factor, or set it up: another one of the account may not have."""
    return any(record["method"] == "mfa" for record in get_authentication_records(request, request.user))


def reset_second_factor(user):
    """Take away what `user` signs in with beside the password, recovery codes included, and end all sessions."""
    Authenticator.objects.filter(user=user).delete()
    Account.objects.end_sessions(user.pk)
    UserSession.objects.filter(user=user).delete()
