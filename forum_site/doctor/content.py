"""Whether what is derived agrees with what it is derived from."""

import io

from django.core.management import CommandError, call_command, get_commands
from django.utils.translation import gettext as _

from forum_site.doctor.finding import serious, warning
from forum_site.search import rebuilding
from forum_site.search.models import SearchEntry
from forum_site.search.searched import registry


def search_is_there():
    has_rows = any(searched.model._base_manager.exists() for searched in registry.values())
    if has_rows and not SearchEntry.objects.exists():
        return warning(_("The search finds nothing: its index is empty."), _("manage.py rebuild_search"))
    return None


def search_agrees():
    different = sum(len(entries) for _done, entries in rebuilding.differences())
    if different:
        return warning(
            _("The index of the search differs from the content in %(rows)s rows.") % {"rows": different},
            _("manage.py rebuild_search"),
        )
    return None


def counts_agree():
    if "check_counts" not in get_commands():
        return None
    try:
        call_command("check_counts", stdout=io.StringIO())
    except CommandError as error:
        return serious(
            _("The numbers of shows do not agree. %(error)s") % {"error": error},
            _("manage.py check_counts tells which; keep a backup before anything is changed."),
        )
    return None
