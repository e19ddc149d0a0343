"""Errors reported to a Sentry: the extra `observe`, switched on by SENTRY_DSN.

What is logged as an error is reported, whether a request or a command was at work, and nothing else: no request is
looked at. A report has the message, where in the code it happened, and of the request what a line of the log has of it
(logs.py). It has no query, cookie, body, user, address of a reader, nor the values of variables; `bare()` takes away
whatever the library puts in beside, and every secret that the site knows.
"""

import logging
import re

import sentry_sdk
from django.conf import settings
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.excepthook import ExcepthookIntegration
from sentry_sdk.utils import event_from_exception

from forum_site.logs import current, without_keys

KEPT = (
    *("event_id", "timestamp", "platform", "sdk", "release", "environment", "server_name"),
    *("level", "logger", "logentry", "exception"),
)
LONGEST = 500  # characters of a message
_TYPED = re.compile(r"[^\s@<>(='\"]+@[^\s@<>)'\",;]+|(?<=[\w/])\?[^\s'\"]+")  # An address of mail, a query.


class Reports(logging.Handler):
    def emit(self, record):
        try:
            event, hint = {}, None
            if record.exc_info and record.exc_info[0]:
                options = sentry_sdk.get_client().options
                event, hint = event_from_exception(record.exc_info, client_options=options)
            message = {"formatted": record.getMessage()}
            event |= {"level": record.levelname.lower(), "logger": record.name, "logentry": message}
            sentry_sdk.capture_event(event, hint)
        except Exception:  # A report that cannot be made must not be an error of its own.
            self.handleError(record)


def begin(dsn, transport=None):
    """Report errors from now on; `transport` takes the place of the one that sends them."""
    sentry_sdk.init(
        dsn,
        transport=transport,
        release=settings.BASE_DIR.name,
        environment=settings.SITE_HOST,
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[ExcepthookIntegration(), AtexitIntegration(callback=lambda pending, timeout: None)],
        before_send=bare,
        max_request_body_size="never",
        include_local_variables=False,
        include_source_context=False,
        max_breadcrumbs=0,
        auto_session_tracking=False,
        enable_metrics=False,
        send_client_reports=False,
        spotlight=False,
    )
    root = logging.getLogger()
    if not any(isinstance(handler, Reports) for handler in root.handlers):
        root.addHandler(Reports(logging.ERROR))


def bare(event, hint):
    """Return of a report only what may leave the site."""
    event = {name: event[name] for name in KEPT if name in event}
    for exception in event.get("exception", {}).get("values", []):
        exception["value"] = first_line(exception.get("value"))
    if "logentry" in event:
        event["logentry"] = {"formatted": first_line(event["logentry"].get("formatted"))}
    if asked := current.get():
        event["tags"] = {"request": asked.name}
        event["request"] = {"method": asked.method, "url": f"{settings.SITE_URL}{asked.path}"}
    return without_secrets(event, secrets_of_the_site())


def first_line(text):
    """Databases tell on further lines which values they refused."""
    return _TYPED.sub("…", without_keys((text or "").partition("\n")[0]))[:LONGEST]


def secrets_of_the_site():
    found = [
        settings.SECRET_KEY,
        settings.METRICS_TOKEN,
        settings.DATABASE_URL,
        settings.SENTRY_DSN,
    ]
    found += [database.get("PASSWORD") for database in settings.DATABASES.values()]
    found += [settings.MAIL.get("EMAIL_HOST_PASSWORD"), *map(settings.MEDIA_BUCKET.get, ("key", "secret"))]
    return sorted({secret for secret in found if secret and len(secret) > 3}, key=len, reverse=True)


def without_secrets(value, secrets):
    if isinstance(value, dict):
        return {name: without_secrets(each, secrets) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [without_secrets(each, secrets) for each in value]
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, "…")
    return value
