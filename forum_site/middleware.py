import logging

from django.db import InterfaceError, OperationalError
from django.shortcuts import render

logger = logging.getLogger(__name__)


class DatabaseBusyMiddleware:
    """Where the database is away, locked or too slow, tell the reader so: 503 with `Retry-After`, and no traceback."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if isinstance(exception, OperationalError | InterfaceError):
            logger.error("The database did not answer: %s", request.path, exc_info=exception)
            response = render(request, "503.html", status=503)
            response["Retry-After"] = "5"
            response["Cache-Control"] = "no-store"
            return response
