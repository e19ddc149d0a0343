from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.checks import Error, Warning
from django.utils import timezone
from django.utils.translation import gettext as _

from forum_site.core.checks import installation_check
from forum_site.ops import health
from forum_site.ops.purge import everything

PURGE_AGE = 8  # days


@installation_check
def disk_has_room():
    if problem := health.disk_has_room():
        return [
            Error(
                _("The disk is nearly full: %(problem)s.") % {"problem": problem},
                hint=_("Make room on the disk of VAR_DIR: old backups and logs first."),
                id="forum_site.E011",
            )
        ]
    return []


@installation_check
def static_files_are_collected():
    if settings.DEBUG:
        return []
    hint = _("Run manage.py collectstatic --noinput, then restart the site.")
    collected = Path(settings.STATIC_ROOT, "staticfiles.json")
    if not collected.exists():
        return [Error(_("Static files are not collected: pages fail."), hint=hint, id="forum_site.E012")]
    sources = [path for folder in settings.STATICFILES_DIRS for path in Path(folder).rglob("*") if path.is_file()]
    if max((path.stat().st_mtime for path in sources), default=0) > collected.stat().st_mtime:
        return [Warning(_("Static files are newer than those that are served."), hint=hint, id="forum_site.W006")]
    return []


@installation_check
def expired_rows_are_purged():
    """Report what should have been deleted a week ago."""
    moment = timezone.now() - timedelta(days=PURGE_AGE)
    found = [(each.name, number) for each in everything() if (number := each.count(moment))]
    if not found:
        return []
    return [
        Warning(
            _("Expired data has not been deleted: %(what)s.")
            % {"what": "; ".join(f"{name}: {number:,}" for name, number in found)},
            hint=_("Run manage.py purge, each night by a timer."),
            id="forum_site.W007",
        )
    ]
