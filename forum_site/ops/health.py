"""Whether the site lives, and whether it can serve: `/livez` and `/readyz`, for whatever watches over it.

`/livez` asks nothing but the process itself; the production server answers it without a thread of ours
(forum_site/serving.py). `/readyz` runs the checks of `CHECKS`, each of which returns what is
wrong, or nothing; it answers 503 when one does. The public is told names of checks; the reason goes to the log.
"""

import logging
import shutil
import time
from threading import Lock

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

logger = logging.getLogger(__name__)

KEPT_FOR = 1.0  # seconds: however often it is asked, the database is asked once


def database_answers():
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            cursor.execute("SELECT 1")
            return None
        cursor.execute("SELECT current_setting('transaction_read_only')")
        is_read_only = cursor.fetchone()[0] == "on"
    if is_read_only:
        connection.close()  # The next one may find a server that takes changes.
        return "the server takes no changes: it is a standby, or was made read-only"
    return None


def migrations_are_applied():
    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if pending:
        return f"{len(pending)} migrations are not applied, the first is {pending[0][0]}"
    return None


def media_can_be_written():
    default_storage.probe()


def disk_has_room():
    there = [path for path in (settings.VAR_DIR, settings.MEDIA_ROOT) if path.exists()]
    if not there:
        return f"neither {settings.VAR_DIR} nor {settings.MEDIA_ROOT} is there"
    free = min(shutil.disk_usage(path).free for path in there)
    return f"{free} bytes are free" if free < settings.MIN_FREE_BYTES else None


CHECKS = {
    "database": database_answers,
    "migrations": migrations_are_applied,
    "media": media_can_be_written,
    "disk": disk_has_room,
}


class Readiness:
    """The answers of a moment ago, for all who ask at once."""

    def __init__(self):
        self.lock, self.asked_at, self.answers = Lock(), float("-inf"), {}

    def __call__(self):
        with self.lock:
            if time.monotonic() - self.asked_at > KEPT_FOR:
                answers = {}
                for name, check in CHECKS.items():
                    # Whoever waited in vain for the database once need not wait again.
                    answers[name] = (name != "migrations" or answers["database"]) and self._ask(name, check)
                self.answers = answers
                self.asked_at = time.monotonic()
            return self.answers

    def _ask(self, name, check):
        try:
            problem = check()
        except (DatabaseError, InterfaceError, OSError) as error:
            problem = str(error) or type(error).__name__
        if problem:
            logger.error("Not ready: %s: %s", name, problem)
        return not problem


readiness = Readiness()


@never_cache
@require_safe
def livez(request):
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request):
    answers = readiness()
    body = {name: "ok" if is_well else "failed" for name, is_well in answers.items()}
    return JsonResponse(body, status=200 if all(answers.values()) else 503)
