"""Files: what editors upload, what the browser loads beside pages, and backups."""

import time
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from forum_site.backup.media import STAGING, staging_root
from forum_site.ops import health
from forum_site.ops.doctor.finding import note, serious, warning

BACKUP_AGE = 8  # days


def media_can_be_written():
    try:
        health.media_can_be_written()
    except OSError as error:
        return serious(
            _("Uploads cannot be stored: %(error)s.") % {"error": error},
            _("Mend MEDIA_S3_…, or the service that keeps the bucket.")
            if settings.MEDIA_BUCKET
            else _("Let the account that runs the site write in %(path)s.") % {"path": settings.MEDIA_ROOT},
        )
    return None


def bucket_is_closed():
    if settings.MEDIA_BUCKET and default_storage.is_open_to_all():
        return serious(
            _("Anybody can read the bucket of media, past the site and what it forbids files to do."),
            _("Take public access from the bucket %(name)s: the site alone reads it, with its key.")
            % {"name": settings.MEDIA_BUCKET["bucket"]},
        )
    return None


def media_were_taken_along():
    left = settings.MEDIA_BUCKET and next((path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()), None)
    if left and not default_storage.exists(left.relative_to(settings.MEDIA_ROOT).as_posix()):
        return warning(
            _("Media are kept in a bucket, which lacks what lies in %(path)s.") % {"path": settings.MEDIA_ROOT},
            _("Copy these files to the bucket under the same names, then remove the folder."),
        )
    return None


def disk_has_room():
    if problem := health.disk_has_room():
        return serious(
            _("The disk is nearly full: %(problem)s.") % {"problem": problem},
            _("Make room on the disk of VAR_DIR: old backups and logs go first."),
        )
    return None


def static_files_are_collected():
    if settings.DEBUG:
        return None
    mend = _("manage.py collectstatic --noinput, then start the site anew.")
    collected = Path(settings.STATIC_ROOT, "staticfiles.json")
    if not collected.exists():
        return serious(_("Styles and scripts are not collected: pages fail."), mend)
    sources = [path for folder in settings.STATICFILES_DIRS for path in Path(folder).rglob("*") if path.is_file()]
    if max((path.stat().st_mtime for path in sources), default=0) > collected.stat().st_mtime:
        return warning(_("Styles or scripts are newer than those that are served."), mend)
    return None


def restores_have_ended():
    found = [str(path) for path in staging_root().glob(f"{STAGING}*")]
    if not found:
        return None
    return warning(
        _("A restore was broken off, or is at work: %(paths)s.") % {"paths": ", ".join(found)},
        _("If none is at work, run it again, see that no file is missing, and delete that folder."),
    )


def backups_are_young():
    found = [path.stat().st_mtime for path in (settings.VAR_DIR / "backups").glob("*.tar")]
    if not found and not settings.IS_LOCAL:
        return note(
            _("There is no backup in %(path)s.") % {"path": settings.VAR_DIR / "backups"},
            _("Nothing, if backups are made elsewhere; else manage.py backup, by a timer each night."),
        )
    if found and (days := (time.time() - max(found)) / 86400) > BACKUP_AGE:
        return warning(
            _("The last backup in %(path)s is %(days)s days old.")
            % {"path": settings.VAR_DIR / "backups", "days": int(days)},
            _("manage.py backup; have a timer do it each night."),
        )
    return None
