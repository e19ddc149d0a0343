import logging

from django.db import DatabaseError, InterfaceError, InternalError, OperationalError, connection
from django.shortcuts import render
from django.urls import reverse

from forum_site.core.observability import metrics

logger = logging.getLogger(__name__)

READ_ONLY = "25006"
ENDED = ("25P03", "25P04")  # Connections whose transaction was idle, or open, for too long.
MAX_UNSIGNED = 64 * 1024  # bytes: a name, a password, the answer of a passkey


class UnsignedBodyMiddleware:
    """Whoever has not signed in sends short forms alone: a long body is refused before any of it is read (413).

    Else Django would take in files of 64 MB to look for the token among the fields, and then lead to the sign-in. An
    editor whose session has ended is told so, too, and goes back to what was typed.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        length = request.META.get("CONTENT_LENGTH") or ""
        is_long = length.isascii() and length.isdigit() and (len(length) > 12 or int(length) > MAX_UNSIGNED)
        try:
            is_refused = is_long and not request.user.is_authenticated
        except DatabaseError as error:
            if not is_away(error):
                raise
            return unavailable(request, error)
        if is_refused:
            context = {"most": MAX_UNSIGNED, "may_be_kept": is_in_admin(request)}
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


def is_in_admin(request):
    """Return whether the request is for the admin, whose forms keep what is typed: see static/admin/autosave.js."""
    return request.path.startswith(reverse("admin:index"))


def unavailable(request, exception):
    """Return the answer that the database is away, and leave no connection on a server that takes no changes."""
    metrics.errors.inc()
    if is_read_only(exception):
        connection.close()  # Django would keep it; the next one may find a server that takes changes.
        logger.error("The database takes no changes: %s", request.path)
    else:
        logger.error("The database did not answer: %s", request.path, exc_info=exception)
    response = render(request, "503.html", status=503)
    response["Retry-After"] = "5"
    response["Cache-Control"] = "no-store"
    return response


def is_away(exception):
    """Return whether the database did not answer, or takes no changes.

    psycopg2 tells some lost connections by a plain DatabaseError, and those that the server ended amid a transaction by
    an InternalError.
    """
    is_plain = type(exception) is DatabaseError and exception.__cause__ is not None  # Django's own have no cause.
    is_ended = isinstance(exception, InternalError) and sqlstate(exception) in ENDED
    return is_plain or is_ended or isinstance(exception, OperationalError | InterfaceError) or is_read_only(exception)


def is_read_only(exception):
    """Return whether the server refused a change: a standby, or one with `default_transaction_read_only`."""
    while exception is not None:
        if sqlstate(exception) == READ_ONLY:
            return True
        exception = exception.__cause__  # A show that was written with others has the error of their writer.
    return False


def sqlstate(exception):
    """Return PostgreSQL's code of an error (appendix A of its manual); None for others."""
    return getattr(exception, "pgcode", None) or getattr(exception.__cause__, "pgcode", None)
