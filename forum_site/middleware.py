import logging

from django.db import DatabaseError, InterfaceError, OperationalError
from django.shortcuts import render

from forum_site import metrics
from forum_site.views import is_in_admin

logger = logging.getLogger(__name__)

MOST_UNSIGNED = 64 * 1024  # bytes: a name, a password, the answer of a passkey


class UnsignedBodyMiddleware:
    """Whoever has not signed in sends short forms alone: a long body is refused before any of it is read (413).

    Else Django would take in files of 64 MB to look for the token among the fields, and then lead to the sign-in. An
    editor whose session has ended is told so, too, and goes back to what was typed.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        length = request.META.get("CONTENT_LENGTH") or ""
        is_long = length.isascii() and length.isdigit() and (len(length) > 12 or int(length) > MOST_UNSIGNED)
        try:
            is_refused = is_long and not request.user.is_authenticated
        except DatabaseError as error:
            if not is_away(error):
                raise
            return unavailable(request, error)
        if is_refused:
            context = {"most": MOST_UNSIGNED, "may_be_kept": is_in_admin(request)}
            return render(request, "413.html", context, status=413)
        return self.get_response(request)


class DatabaseBusyMiddleware:
    """Where the database is away, locked or too slow, tell the reader so: 503 with `Retry-After`, and no traceback."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        return unavailable(request, exception) if is_away(exception) else None


def unavailable(request, exception):
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
