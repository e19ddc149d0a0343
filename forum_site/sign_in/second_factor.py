from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession

PROOFS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


def has_second_factor(user):
    """Return whether `user` signs in with an app or a passkey; recovery codes alone are none."""
    return is_mfa_enabled(user, PROOFS)


def reset_second_factor(user):
    """Take away what `user` signs in with beside the password, recovery codes included, and end all sessions."""
    Authenticator.objects.filter(user=user).delete()
    for session in UserSession.objects.filter(user=user):
        session.end()
