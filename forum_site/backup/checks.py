import time

from django.conf import settings
from django.core.checks import Info, Warning
from django.utils.translation import gettext as _

from forum_site.backup.media import STAGING, staging_root
from forum_site.core.checks import installation_check

BACKUP_AGE = 8  # days


@installation_check
def restores_are_complete():
    found = [str(path) for path in staging_root().glob(f"{STAGING}*")]
    if not found:
        return []
    return [
        Warning(
            _("A restore was interrupted, or is running: %(paths)s.") % {"paths": ", ".join(found)},
            hint=_("If none is running, restore again, check that no file is missing, and delete that folder."),
            id="forum_site.W008",
        )
    ]


@installation_check
def backups_are_recent():
    folder = settings.VAR_DIR / "backups"
    found = [path.stat().st_mtime for path in folder.glob("*.tar")]
    if not found and not settings.IS_LOCAL:
        return [
            Info(
                _("There is no backup in %(path)s.") % {"path": folder},
                hint=_("Ignore this if backups are made elsewhere; else run manage.py backup, each night by a timer."),
                id="forum_site.I002",
            )
        ]
    if found and (days := (time.time() - max(found)) / 86400) > BACKUP_AGE:
        return [
            Warning(
                _("The last backup in %(path)s is %(days)s days old.") % {"path": folder, "days": int(days)},
                hint=_("Run manage.py backup, each night by a timer."),
                id="forum_site.W009",
            )
        ]
    return []
