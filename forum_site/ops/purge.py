"""What has outlived its use, and is deleted by `manage.py purge`; docs/operations.md tells what is kept for how long.

Content is never among it: no event, no version of one, no show. A model whose rows outlive their use says so by its
queryset's `expired(moment)`: those that may be gone at that moment. Those of other packages are told here.
"""

import re
from datetime import UTC, timedelta
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.core.cache.backends.db import DatabaseCache
from django.db import connection
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from forum_site.media.kept_uploads import KeptFiles
from forum_site.media.renditions import original_stem, stored_picture

AT_ONCE = 500
DRAFT = re.compile(r"\.[0-9a-f]{32}")  # of a rendition, while it is written
DRAFT_AGE = timedelta(days=1)


class Rows:
    """Rows of a model; `expired` returns those that may be gone at a moment."""

    def __init__(self, name, expired):
        self.name, self._outlived = name, expired

    def count(self, moment):
        return self._outlived(moment).order_by().count()

    def remove(self, moment):
        """Delete them, some at a time, so that nobody who writes waits long; yield how many."""
        rows = self._outlived(moment).order_by()
        while keys := list(rows.values_list("pk", flat=True)[:AT_ONCE]):
            rows.model._base_manager.filter(pk__in=keys).delete()
            yield len(keys)


class Attempts:
    """What is remembered of attempts to sign in: Django's cache in the database, which forgets only when it is full."""

    name = property(lambda self: _("Login attempts"))

    def _ask(self, statement, moment):
        cache = caches["default"]
        if not isinstance(cache, DatabaseCache):
            return 0
        table, expires = map(connection.ops.quote_name, (cache._table, "expires"))
        until = moment.astimezone(UTC) if settings.USE_TZ else moment
        with connection.cursor() as cursor:
            cursor.execute(
                f"{statement} FROM {table} WHERE {expires} < %s",
                [connection.ops.adapt_datetimefield_value(until.replace(microsecond=0))],
            )
            return cursor.fetchone()[0] if cursor.description else cursor.rowcount

    def count(self, moment):
        return self._ask("SELECT COUNT(*)", moment)

    def remove(self, moment):
        yield self._ask("DELETE", moment)  # They are 100,000 at most, and small.


class Renditions:
    """Files of renditions in a width or format that no page asks for any more, and drafts that were broken off."""

    name = property(lambda self: _("Files of renditions"))

    def _found(self, moment):
        root = Path(settings.MEDIA_ROOT)
        for path in root.rglob("*"):
            name = path.relative_to(root).as_posix()
            if DRAFT.fullmatch(path.name):
                if path.is_file() and path.stat().st_mtime < (moment - DRAFT_AGE).timestamp():
                    yield path
            elif (stem := original_stem(name)) and not path.is_symlink() and self._is_out_of_use(root, stem, name):
                yield path

    def _is_out_of_use(self, root, stem, name):
        """Return whether its picture is there, and goes by other renditions; without a picture, it is all there is."""
        for ending in (".jpg", ".png", ".webp"):
            if (root / f"{stem}{ending}").is_file() and (picture := stored_picture(f"{stem}{ending}")):
                return name not in {
                    picture.rendition(width, end) for width in picture.widths for end in picture.endings
                }
        return False

    def count(self, moment):
        return sum(1 for _path in self._found(moment))

    def remove(self, moment):
        for path in list(self._found(moment)):
            path.unlink(missing_ok=True)
            yield 1


def days_before(moment, days):
    return moment - timedelta(days=days)


def old_audit_lines(moment):
    """Return the admin's log of what was done, as far as it is older than a site keeps it."""
    if settings.KEEP_AUDIT_DAYS is None:
        return LogEntry.objects.none()
    return LogEntry.objects.filter(action_time__lt=days_before(moment, settings.KEEP_AUDIT_DAYS))


def ended_sessions(moment):
    return Session.objects.filter(expire_date__lt=moment)


def sessions_listed(moment):
    """Return addresses and browsers of sessions that are no more."""
    alive = Session.objects.filter(expire_date__gte=moment).values("session_key")
    listed = apps.get_model("usersessions.usersession").objects
    return listed.filter(last_seen_at__lt=moment).exclude(session_key__in=alive)


def everything():
    """Return all that may have expired, in the order of the report."""
    own = [model for model in apps.get_models() if hasattr(model._default_manager, "expired")]
    return [
        Rows(_("Audit log entries"), old_audit_lines),
        Rows(_("Sessions that ended"), ended_sessions),
        Rows(_("Addresses and browsers of sessions that ended"), sessions_listed),
        Attempts(),
        *(Rows(str(capfirst(model._meta.verbose_name_plural)), model._default_manager.expired) for model in own),
        Renditions(),
        KeptFiles(_("Files of forms that nobody finished")),
    ]
