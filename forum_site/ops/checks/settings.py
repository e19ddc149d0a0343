import os
import zoneinfo
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core.checks import Error, Info, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _

from forum_site import env
from forum_site.core.checks import installation_check
from forum_site.media.file_modes import OTHERS


@register(Tags.security)
def settings_are_safe(app_configs, **kwargs):
    """Refuse in any settings what the environment may not say: of DEBUG, hosts, URL and key."""
    hosts = [*settings.ALLOWED_HOSTS, settings.SITE_HOST]
    try:
        env.refuse_unsafe(debug=settings.DEBUG, hosts=hosts, url=settings.SITE_URL, key=settings.SECRET_KEY)
    except ImproperlyConfigured as error:
        return [Error(str(error), id="forum_site.E007")]
    return []


@register(Tags.security)
def forwarded_headers_are_trusted_as_set(app_configs, **kwargs):
    trusted = settings.SECURE_PROXY_SSL_HEADER if not settings.BEHIND_PROXY else None
    if not trusted and not settings.USE_X_FORWARDED_HOST and not settings.USE_X_FORWARDED_PORT:
        return []
    return [
        Error(
            "Headers of clients are trusted: X-Forwarded-Proto without a proxy, or X-Forwarded-Host.",
            hint="Leave SECURE_PROXY_SSL_HEADER to BEHIND_PROXY, and USE_X_FORWARDED_HOST and _PORT off.",
            id="forum_site.E008",
        )
    ]


@register(Tags.security, deploy=True)
def debug_is_off(app_configs, **kwargs):
    if not settings.DEBUG:
        return []
    level = Info if settings.IS_LOCAL else Warning
    text = _("DEBUG is on: error pages show code and settings, and pages are slow.")
    return [level(text, hint=_("Unset DEBUG unless you develop."), id="forum_site.W001")]


@register(Tags.security, deploy=True)
def secret_key_is_private(app_configs, **kwargs):
    path = settings.VAR_DIR / "secret_key"
    if os.environ.get("SECRET_KEY") or not path.exists():
        return []
    if path.stat().st_mode & 0o077:
        return [
            Warning(
                _("Others on this machine can read %(path)s, and with it log in as anybody.") % {"path": path},
                hint=_("Run chmod 600 %(path)s. If somebody may have read it, delete it and restart the site.")
                % {"path": path},
                id="forum_site.W002",
            )
        ]
    return []


@register(Tags.security, deploy=True)
def own_host_is_allowed(app_configs, **kwargs):
    hosts, own = settings.ALLOWED_HOSTS, settings.SITE_HOST
    if any(own == host or (host.startswith(".") and own.endswith(host)) or host == "*" for host in hosts):
        return []
    return [
        Warning(
            _("The site answers 400 at its own URL: ALLOWED_HOSTS lacks %(host)s.") % {"host": own},
            hint=_("Add %(host)s to ALLOWED_HOSTS, or unset it.") % {"host": own},
            id="forum_site.W003",
        )
    ]


@register(Tags.security, deploy=True)
def https_matches_proxy(app_configs, **kwargs):
    if settings.HTTPS and not settings.BEHIND_PROXY:
        text = _("SITE_URL is https without BEHIND_PROXY: behind a proxy, every page redirects to itself.")
        hint = _("Set BEHIND_PROXY=true if your proxy sets X-Forwarded-Proto.")
    elif settings.BEHIND_PROXY and not settings.HTTPS:
        text = _("BEHIND_PROXY is on and SITE_URL is not https: cookies and forms are sent unencrypted.")
        hint = _("Set SITE_URL=https://…, or unset BEHIND_PROXY if there is no proxy.")
    else:
        return []
    return [Warning(text, hint=hint, id="forum_site.W004")]


@installation_check
def secret_key_is_set():
    path = settings.VAR_DIR / "secret_key"
    if settings.IS_LOCAL or os.environ.get("SECRET_KEY") or not path.exists():
        return []
    return [
        Info(
            _("The SECRET_KEY was generated and is stored in %(path)s.") % {"path": path},
            hint=_("Where several machines serve the site, set the same SECRET_KEY on all."),
            id="forum_site.I003",
        )
    ]


@installation_check
def var_dir_is_private():
    """The mode of VAR_DIR protects the database file and the backups in it."""
    path = settings.VAR_DIR
    if not path.exists() or not path.stat().st_mode & OTHERS:
        return []
    return [
        Error(
            _("Others on this machine can look into %(path)s, which holds the data and keys of the site.")
            % {"path": path},
            hint=_("Run chmod o-rwx %(path)s. If somebody may have read it, end all sessions and set new passwords.")
            % {"path": path},
            id="forum_site.E022",
        )
    ]


@installation_check
def time_zones_are_current():
    hint = _("Update the time zone data: pip install --upgrade tzdata, or the system's package tzdata.")
    try:
        zoneinfo.ZoneInfo(settings.TIME_ZONE)
        almaty = zoneinfo.ZoneInfo("Asia/Almaty")
    except (zoneinfo.ZoneInfoNotFoundError, ValueError) as error:
        text = _("Time zones are missing: %(error)s.") % {"error": error}
        return [Error(text, hint=hint, id="forum_site.E023")]
    # Since March 2024, all of Kazakhstan has had one time: older data do not know that.
    if datetime(2024, 6, 1, tzinfo=UTC).astimezone(almaty).utcoffset() != timedelta(hours=5):
        text = _("The time zone data are older than March 2024: times of events may be an hour off.")
        return [Warning(text, hint=hint, id="forum_site.W014")]
    return []
