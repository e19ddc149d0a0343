"""Whether what is derived agrees with what it is derived from."""

import io
from datetime import timedelta

from django.core.management import CommandError, call_command, get_commands
from django.utils import timezone
from django.utils.translation import gettext as _

from forum_site.ops.doctor.finding import serious, warning
from forum_site.ops.purge import everything
from forum_site.search import rebuild
from forum_site.search.declaration import registry
from forum_site.search.models import SearchEntry

PURGE_AGE = 8  # days


def is_purged():
    """What should have been deleted a week ago is still there."""
    moment = timezone.now() - timedelta(days=PURGE_AGE)
    found = [(each.name, number) for each in everything() if (number := each.count(moment))]
    if not found:
        return None
    return warning(
        _("What is past is kept longer than it should be: %(what)s.")
        % {"what": "; ".join(f"{name}: {number:,}" for name, number in found)},
        _("manage.py purge; have a timer do it each night."),
    )


def search_is_there():
    has_rows = any(search_index.model._base_manager.exists() for search_index in registry.values())
    if has_rows and not SearchEntry.objects.exists():
        return warning(_("The search finds nothing: its index is empty."), _("manage.py rebuild_search"))
    return None


def search_agrees():
    different = sum(len(entries) for _done, entries in rebuild.differences())
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
