"""System checks of a running installation: `manage.py check --deploy --database default` runs them.

They look at the disk, the database and other services, so that `check` without a database leaves them out. Messages are
`Info` where something is worth knowing, `Warning` where something does not work or will stop working, and `Error` where
the site fails or is open to others.
"""

from django.core.checks import Error, Tags, register
from django.db import DatabaseError, InterfaceError
from django.utils.translation import gettext as _


def installation_check(check):
    """Register a function that returns a list of messages; where it fails itself, that is an Error."""

    def run(app_configs=None, databases=None, **kwargs):
        if not databases:
            return []
        try:
            return check()
        except (DatabaseError, InterfaceError, OSError) as error:
            text = _("%(check)s failed: %(error)s") % {"check": check.__name__, "error": str(error).strip()}
            return [Error(text, hint=_("Fix the error and run the checks again."), id="forum_site.E010")]

    run.__name__, run.__doc__ = (
        check.__name__,
        check.__doc__,
    )  # Without `__wrapped__`, whose arguments Django would check.
    return register(run, Tags.database, deploy=True)
