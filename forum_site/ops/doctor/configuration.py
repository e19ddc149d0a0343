"""The settings. What is misspelt or unsafe has been refused at the start already: this is what remains."""

import os
import zoneinfo
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from forum_site.media.file_modes import OTHERS
from forum_site.ops.doctor.finding import note, serious, warning


def debug_is_off():
    if settings.DEBUG:
        text = _("DEBUG is on: errors show the site's insides, and pages are slow.")
        return (note if settings.IS_LOCAL else serious)(text, _("Unset DEBUG unless you develop."))
    return None


def key_is_kept():
    path = settings.VAR_DIR / "secret_key"
    if os.environ.get("SECRET_KEY") or not path.exists():
        return None
    if path.stat().st_mode & 0o077:
        return serious(
            _("Others on this machine may read %(path)s, and sign in as anybody with it.") % {"path": path},
            _("chmod 600 %(path)s; if somebody might have read it, delete it and start the site anew.")
            % {"path": path},
        )
    if settings.IS_LOCAL:
        return None
    return note(
        _("The SECRET_KEY was made up and stands in %(path)s.") % {"path": path},
        _("Nothing, for one machine. Where several serve the site, set the same SECRET_KEY on all."),
    )


def others_cannot_read():
    """What lies in VAR_DIR, the database file and backups among it, is guarded by the mode of that folder."""
    path = settings.VAR_DIR
    if not path.exists() or not path.stat().st_mode & OTHERS:
        return None
    return serious(
        _("Others on this machine may look into %(path)s, which holds the site's data and keys.") % {"path": path},
        _("chmod o-rwx %(path)s; then end all sessions and set new passwords, if somebody might have read it.")
        % {"path": path},
    )


def own_host_is_answered():
    hosts, own = settings.ALLOWED_HOSTS, settings.SITE_HOST
    if any(own == host or (host.startswith(".") and own.endswith(host)) or host == "*" for host in hosts):
        return None
    return serious(
        _("The site answers 400 at its own address: ALLOWED_HOSTS has not %(host)s.") % {"host": own},
        _("Add %(host)s to ALLOWED_HOSTS, or unset it.") % {"host": own},
    )


def https_fits_the_proxy():
    if settings.HTTPS and not settings.BEHIND_PROXY:
        return warning(
            _("SITE_URL says https, and no proxy is said to speak it: behind one, every page redirects to itself."),
            _("Set BEHIND_PROXY=true if a proxy of yours sets X-Forwarded-Proto."),
        )
    if settings.BEHIND_PROXY and not settings.HTTPS:
        return warning(
            _("BEHIND_PROXY is on, and SITE_URL does not say https: cookies and forms travel in the open."),
            _("Set SITE_URL=https://…, or unset BEHIND_PROXY if there is no proxy."),
        )
    return None


def time_zones_are_known():
    mend = _("Update the time zone data: pip install --upgrade tzdata, or the system's package tzdata.")
    try:
        zoneinfo.ZoneInfo(settings.TIME_ZONE)
        almaty = zoneinfo.ZoneInfo("Asia/Almaty")
    except (zoneinfo.ZoneInfoNotFoundError, ValueError) as error:
        return serious(_("Time zones are not known here: %(error)s.") % {"error": error}, mend)
    # Kazakhstan has had one time since March 2024: whoever does not know that has data that are older.
    if datetime(2024, 6, 1, tzinfo=UTC).astimezone(almaty).utcoffset() != timedelta(hours=5):
        return warning(_("The time zone data are older than March 2024: times of events may be an hour off."), mend)
    return None
