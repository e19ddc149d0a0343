"""The site's settings for the scanners: nobody is told to wait at the door, so that they reach what is behind it."""

from forum_site.settings import *  # noqa: F403

ACCOUNT_RATE_LIMITS = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # Theirs are thousands of attempts.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
