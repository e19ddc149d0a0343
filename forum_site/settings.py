"""Settings of the site, all from the environment, working with an empty one. docs/reference.md lists the names."""

import os
from pathlib import Path
from urllib.parse import quote

from django.urls import reverse_lazy

from forum_site import env

BASE_DIR = Path(__file__).resolve().parent.parent

env.refuse_misspelt(os.environ)

# One machine, one folder: the database file, media, collected static files and the generated key.
VAR_DIR = Path(os.environ.get("VAR_DIR") or BASE_DIR / "var").resolve()

DEBUG = env.boolean("DEBUG")
SECRET_KEY = env.secret_key(VAR_DIR)
SITE_NAME = os.environ.get("SITE_NAME") or "Forum Site"
SITE_URL, SITE_HOST = env.site_url()
SECURITY_CONTACT = env.security_contact()
ALLOWED_HOSTS = env.allowed_hosts(SITE_HOST)
IS_LOCAL = env.is_this_machine([*ALLOWED_HOSTS, SITE_HOST])
env.refuse_unsafe(debug=DEBUG, hosts=[*ALLOWED_HOSTS, SITE_HOST], url=SITE_URL, key=SECRET_KEY)

METRICS_TOKEN = env.metrics_token()
SENTRY_DSN = env.sentry_dsn()

INSTALLED_APPS = [
    "forum_site.accounts.apps.ForumAdminConfig",  # In place of django.contrib.admin: the same, with a guarded door.
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",  # Its templates of widgets, beside our own: see FORM_RENDERER.
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "adminsortable2",
    "ckeditor",
    "csp",
    "forum_site.core",
    "forum_site.pagecache",
    "forum_site.search",
    "forum_site.media",
    "forum_site.admin",
    "forum_site.accounts",
    "forum_site.linkcheck",
    "forum_site.backup",
    "forum_site.ops",
    "organizations",
    "events",  # Last: its groups are given permissions of all apps, after `migrate`.
]

MIDDLEWARE = [
    # What stands before Django's own puts its headers on every answer, its redirects and refusals included.
    "forum_site.core.observability.logs.RequestMiddleware",
    "forum_site.core.http.security_headers.PoliciesMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "forum_site.core.http.middleware.DatabaseBusyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "forum_site.core.http.middleware.UnsignedBodyMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "forum_site.urls"
WSGI_APPLICATION = "forum_site.wsgi.application"

if METRICS_TOKEN:
    MIDDLEWARE.insert(0, "forum_site.core.observability.metrics.MetricsMiddleware")

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "forum_site.website.context_processors.site",
            ],
        },
    },
]

FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASE_URL = os.environ.get("DATABASE_URL") or f"sqlite:///{quote(str(VAR_DIR / 'db.sqlite3'))}"
DATABASES = {"default": env.database(DATABASE_URL)}
# Rows of these apps stand on public pages: a change of theirs begins a new site version
# (forum_site/pagecache/models.py).
CONTENT_APPS = ["organizations", "events"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Login attempts are counted here, so it must be the same for all processes.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "sign_in_attempts",
        "OPTIONS": {"MAX_ENTRIES": 100_000},  # Else somebody who tries many names would push out what was counted.
    }
}

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
AUTHENTICATION_BACKENDS = ["forum_site.accounts.backend.AuthenticationBackend"]
SESSION_ENGINE = "forum_site.accounts.sessions"
SESSION_COOKIE_AGE = 8 * 3600  # seconds without a request: lunch and meetings end no session, a night does.
SESSION_LONGEST_AGE = 24 * 3600  # seconds after the login, however busy the session is.
LOGIN_URL = reverse_lazy("account_login")
LOGIN_REDIRECT_URL = reverse_lazy("admin:index")

# The groups that managers put people into (events/groups.py).
STAFF_GROUPS = ["Authors", "Editors", "Managers"]

# Where it is not required, everybody may still set one up.
SECOND_FACTOR_REQUIRED = not IS_LOCAL
ACCOUNT_ADAPTER = "forum_site.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "change_password": "forum_site.accounts.forms.ChangePasswordForm",
    "reset_password_from_key": "forum_site.accounts.forms.ResetPasswordKeyForm",
}
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60  # seconds for which a confirmation holds
# Whoever asks for a lost password has mail sent to an address of their choice.
ACCOUNT_RATE_LIMITS = {"reset_password": "5/m/ip,30/d/ip,3/d/key"}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]  # Sign-up is closed; with an address, allauth wants mail for it.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"[{SITE_NAME}] "
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = reverse_lazy("account_login")
MFA_ADAPTER = "forum_site.accounts.adapter.MFAAdapter"
MFA_FORMS = {
    "add_webauthn": "forum_site.accounts.forms.AddWebAuthnForm",
    "authenticate_webauthn": "forum_site.accounts.forms.AuthenticateWebAuthnForm",
    "login_webauthn": "forum_site.accounts.forms.LoginWebAuthnForm",
    "reauthenticate_webauthn": "forum_site.accounts.forms.ReauthenticateWebAuthnForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_ALLOW_UNVERIFIED_EMAIL = True  # Addresses come from managers, and nobody is asked to verify theirs.
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = SITE_NAME
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = IS_LOCAL

# Mail is sent only where it is set up: a link for a lost password, and a notice of each change of a password or factor.
MAIL = env.mail()
globals().update(MAIL)
ACCOUNT_EMAIL_NOTIFICATIONS = bool(MAIL)

LANGUAGE_CODE = env.language_code()
TIME_ZONE = env.time_zone()
USE_TZ = True
FORMAT_MODULE_PATH = "forum_site.core.formats"

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "forum_site.core.http.static_files.ServedFilesFinder",
]
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR_DIR / "media"
PICTURE_UPLOAD_URL = reverse_lazy("admin:events_picture_upload")  # Where the editor of texts sends pictures.
MEDIA_BUCKET = env.media_bucket()
STORAGES = {
    "default": {"BACKEND": "forum_site.media.s3.S3Storage", "OPTIONS": MEDIA_BUCKET}
    if MEDIA_BUCKET
    else {"BACKEND": "forum_site.media.storage.AtomicStorage"},
    "staticfiles": {
        # The editor fetches files by their plain names, so these stay beside the hashed ones.
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

WHITENOISE_ALLOW_ALL_ORIGINS = False  # Other sites have no use for our files.

# A long event (25 panels, 60 organizations) is one form.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024

HTTPS = SITE_URL.startswith("https://")
CSRF_TRUSTED_ORIGINS = [SITE_URL]
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "forum_site.ops.error_pages.csrf_failure"
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$", r"^metrics$"]  # Asked from beside the site, without its certificate.
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
BEHIND_PROXY = env.boolean("BEHIND_PROXY")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
X_FRAME_OPTIONS = "DENY"

# Nothing, but for what is named, and nothing inline; deploy/ says the same of what it serves itself.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "connect-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    },
}

# CKEditor 4 is the customer's choice and past its end of life. Its known hole opens only when scripts are admitted:
# forum_site.E001 fails when ours would be, and the cleaner in core/fields/rich_text.py is the boundary.
# security.W005 and W021 want HSTS for all hosts of the domain, and for good: the others are not ours.
SILENCED_SYSTEM_CHECKS = ["ckeditor.W001", "security.W005", "security.W021"]

# For how many days lines of the audit are kept, preview links after their end, and links to other sites that nobody
# asks any more; and how many of its own backups `manage.py backup` leaves. `all` keeps for good.
KEEP_AUDIT_DAYS = env.kept("KEEP_AUDIT_DAYS", 1095)
KEEP_PREVIEW_DAYS = env.kept("KEEP_PREVIEW_DAYS", 30)
KEEP_LINK_DAYS = env.kept("KEEP_LINK_DAYS", 180)
KEEP_BACKUPS = env.kept("KEEP_BACKUPS", 14)

MIN_FREE_BYTES = 200 * 1024 * 1024  # that uploads and the database need on the disk
SLOW_REQUEST = 1.0  # seconds, from which on a request is logged with its slowest statements
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "forum_site.core.observability.logs.LineFormatter",
            "fmt": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        },
        "json": {"()": "forum_site.core.observability.logs.JSONFormatter"},
    },
    "filters": {
        "refusals_in_a_line": {"()": "forum_site.core.observability.logs.RefusalsInALine"},
        # A page fetched ahead is answered 503 on purpose, and DatabaseBusyMiddleware tells of the others itself.
        "no_503": {
            "()": "django.utils.log.CallbackFilter",
            "callback": lambda record: getattr(record, "status_code", None) != 503,
        },
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "filters": ["refusals_in_a_line"],
            "formatter": env.log_format(IS_LOCAL),
        }
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        "django.request": {"filters": ["no_503"]},
        "forum_site.accounts": {"level": "INFO"},  # Logins and what changes an account: see accounts/log.py.
    },
}
