"""The site's settings, with what tests need beside: a folder of their own, and static files from their sources."""

import os
import tempfile

_folder = tempfile.TemporaryDirectory(prefix="forum-site-tests-")  # Gone when the tests are.
os.environ.setdefault("VAR_DIR", _folder.name)

from forum_site.settings import *
from forum_site.settings import DATABASES, VAR_DIR

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "forum_site.media.storage.AtomicStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": VAR_DIR / "test.sqlite3"}  # A file, as in production: WAL and its locks.
