import logging

from django.db import DatabaseError, InterfaceError, OperationalError
from django.shortcuts import render

from forum_site import metrics

logger = logging.getLogger(__name__)


class DatabaseBusyMiddleware:
    """Where the database is away, locked or too slow, tell the reader so: 503 with `Retry-After`, and no traceback."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if is_away(exception):
            metrics.errors.inc()
            logger.error("The database did not answer: %s", request.path, exc_info=exception)
            response = render(request, "503.html", status=503)
            response["Retry-After"] = "5"
            response["Cache-Control"] = "no-store"
            return response


def is_away(exception):
    """Return whether the database did not answer; psycopg2 tells some lost connections by a plain DatabaseError."""
    is_plain = type(exception) is DatabaseError and exception.__cause__ is not None  # Django's own have no cause.
    return is_plain or isinstance(exception, OperationalError | InterfaceError)
