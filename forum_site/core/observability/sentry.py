"""Errors reported to a Sentry: the extra `observe`, switched on by SENTRY_DSN.

What is logged as an error is reported, whether a request or a command was at work. A report has no query, cookie, body,
user, address of a reader, nor the values of variables: of the request it has what a line of the log has (logs.py).
"""

import logging

import sentry_sdk
from django.conf import settings
from sentry_sdk.integrations.excepthook import ExcepthookIntegration
from sentry_sdk.integrations.logging import LoggingIntegration

from forum_site.core.observability.logs import current, without_keys


def begin(dsn, transport=None):
    """Report errors from now on; `transport` takes the place of the one that sends them."""
    sentry_sdk.init(
        dsn,
        transport=transport,
        release=settings.BASE_DIR.name,
        environment=settings.SITE_HOST,
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[LoggingIntegration(level=None, event_level=logging.ERROR), ExcepthookIntegration()],
        before_send=without_values,
        include_local_variables=False,
        include_source_context=False,
        max_breadcrumbs=0,
        auto_session_tracking=False,
    )


def without_values(event, hint):
    """Return the report without what people typed: databases tell on further lines which values they refused."""
    event.pop("extra", None)  # A record's, such as the request.
    for exception in event.get("exception", {}).get("values", []):
        exception["value"] = without_keys((exception.get("value") or "").partition("\n")[0])
    if "logentry" in event:
        event["logentry"] = {"formatted": without_keys(event["logentry"]["formatted"])}
    if asked := current.get():
        event["tags"] = {"request": asked.name}
        event["request"] = {"method": asked.method, "url": f"{settings.SITE_URL}{asked.path}"}
    return event
