"""Logs for whoever keeps the site up: one JSON object a line, each with the request that it belongs to.

`RequestMiddleware` names each request, tells the name to the client (`X-Request-ID`) and to every line that is logged
meanwhile, and logs requests that took too long, with their slowest statements. Nothing that people type is logged:
no query of an address, no parameter of a statement, no cookie and no body.
"""

import json
import logging
import re
import time
import uuid
from contextvars import ContextVar
from datetime import UTC, datetime

from django.conf import settings
from django.db import connection

logger = logging.getLogger(__name__)

MAX_STATEMENTS = 5
MAX_STATEMENT_LENGTH = 500  # characters
_NAME = re.compile(r"[A-Za-z0-9._-]{8,64}")
# PostgreSQL tells the values of the row and the statement that it refused, on lines of their own behind its sentence.
_VALUES = re.compile(r"^(DETAIL|LINE \d+): .*?(?=\n\n(?:The above exception was|During handling of)|\Z)", re.M | re.S)
_OPENING = re.compile(r"^(/preview/|/account/lost-password/)(?!sent/|done/).+")
_OPENING_IN_TEXT = re.compile(
    r"((?:^|[\s\"'“(=:]|https?://[^\s/]+)(?:/preview/|/account/lost-password/))(?!sent/|done/)[^\s\"'”)]+", re.M
)

current = ContextVar("current", default=None)


def without_key(path):
    """Return a path without what opens something by itself: the token of a preview, the key for a lost password."""
    return _OPENING.sub(r"\1…", path)


def without_keys(text):
    """Return a text whose addresses are without them."""
    return _OPENING_IN_TEXT.sub(r"\1…", text)


class RefusalsInALine(logging.Filter):
    """What a client is refused, such as a host of its own, is told without a traceback: anybody could fill the log."""

    def filter(self, record):
        if 400 <= getattr(record, "status_code", 0) < 500:
            record.exc_info = record.exc_text = None
        return True


class LineFormatter(logging.Formatter):
    def formatException(self, error):  # noqa: N802 - logging's own name
        return _VALUES.sub(r"\1: …", super().formatException(error))


class JSONFormatter(LineFormatter):
    def format(self, record):
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": without_keys(record.getMessage()),
        }
        if request := current.get():
            line |= {"request": request.name, "method": request.method, "path": request.path}
        if status := getattr(record, "status_code", None):
            line["status"] = status
        line |= getattr(record, "facts", {})
        if record.exc_info:
            line["exception"] = without_keys(self.formatException(record.exc_info))
        # In ASCII: halves of characters and other ends of lines stand in addresses.
        return json.dumps(line, default=str)


class CurrentRequest:
    """The request that is being answered: its name and address, and the statements that it took."""

    def __init__(self, request):
        named = request.headers.get("X-Request-ID", "") if settings.BEHIND_PROXY else ""
        self.name = named if _NAME.fullmatch(named) else uuid.uuid4().hex
        self.method, self.path = request.method, without_key(request.path)
        self.statements = []
        self.began = time.perf_counter()

    def note_statement(self, execute, sql, params, many, context):
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.statements.append((time.perf_counter() - began, sql))

    @property
    def seconds(self):
        return time.perf_counter() - self.began

    def slowest(self):
        slowest = sorted(self.statements, key=lambda statement: -statement[0])[:MAX_STATEMENTS]
        return [{"seconds": round(seconds, 3), "sql": sql[:MAX_STATEMENT_LENGTH]} for seconds, sql in slowest]


class RequestMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        asked = CurrentRequest(request)
        token = current.set(asked)
        try:
            with connection.execute_wrapper(asked.note_statement):
                response = self.get_response(request)
            response["X-Request-ID"] = asked.name
            if asked.seconds > settings.SLOW_REQUEST:
                self._tell_slow(asked, response)
            return response
        finally:
            current.reset(token)

    def _tell_slow(self, asked, response):
        facts = {
            "seconds": round(asked.seconds, 3),
            "status": response.status_code,
            "statements": len(asked.statements),
            "in_database": round(sum(seconds for seconds, _sql in asked.statements), 3),
            "slowest": asked.slowest(),
        }
        logger.warning("A request took %.1f s: %s", asked.seconds, asked.path, extra={"facts": facts})
