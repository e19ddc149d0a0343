"""Secrets in the database, encrypted with a key that is not in it, nor in a backup: one derived from `SECRET_KEY`."""

import base64

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac

SALT = "forum_site.accounts.encryption"


def _cipher():
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [salted_hmac(SALT, "", secret=key, algorithm="sha256").digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def encrypt(text):
    return _cipher().encrypt(text.encode()).decode()


def decrypt(token):
    """Return the text. Raises `cryptography.fernet.InvalidToken` where another key encrypted it, or none."""
    return _cipher().decrypt(token).decode()
