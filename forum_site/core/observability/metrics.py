"""Numbers for Prometheus at `/metrics`: the extra `observe`, switched on by METRICS_TOKEN.

Without it, nothing is counted and nothing is loaded. With it, whoever asks must know the token; deploy/nginx says 404
to everybody, and lets a node be asked only from this machine. The workers of a node count in files that they share, so
that whichever of them is asked tells the sum (`serving.py` makes the folder). Labels are names that stand in the code,
never what a client sends: there are as many series as the site has views and statuses.
"""

import os
import time

from django.conf import settings
from django.db.backends.signals import connection_created
from django.http import Http404, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
WHOLE_SITES = ("admin", "account", "mfa", "usersessions")  # Of these, one name each.


class Uncounted:
    """In the place of a number, where there are none."""

    def labels(self, *values):
        return self

    def inc(self, amount=1):
        pass

    def observe(self, amount):
        pass


if settings.METRICS_TOKEN:
    from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest
    from prometheus_client import REGISTRY as OWN_REGISTRY
    from prometheus_client.multiprocess import MultiProcessCollector
    from prometheus_client.registry import CollectorRegistry

    requests = Counter("forum_requests", "Requests answered, by view and status.", ["view", "status"])
    seconds = Histogram("forum_request_seconds", "How long they took to answer.", ["view"], buckets=SECONDS)
    shows = Counter("forum_shows", "Shows of events that were counted.")
    pages = Counter("forum_pages", "Kept pages asked for, by where they were found, or else rendered.", ["home"])
    connections = Counter("forum_database_connections", "Connections to the database that were opened.")
    errors = Counter("forum_database_errors", "Requests that the database did not answer.")
else:
    requests = seconds = shows = pages = connections = errors = Uncounted()


def note_connection(**kwargs):
    connections.inc()


if settings.METRICS_TOKEN:
    connection_created.connect(note_connection)


class MetricsMiddleware:
    """The outermost one, so that it sees what is sent and all of its time; only there with METRICS_TOKEN."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        began = time.perf_counter()
        response = self.get_response(request)
        view = name_of_view(request)
        requests.labels(view, response.status_code).inc()
        seconds.labels(view).observe(time.perf_counter() - began)
        return response


def name_of_view(request):
    """Return the name of the address that a request was for, as urls.py has it; `admin` and the like as a whole."""
    if match := request.resolver_match:
        spaces = match.namespaces or [(match.view_name or "").partition("_")[0]]
        return spaces[0] if spaces[0] in WHOLE_SITES else match.view_name or "unnamed"
    return "static" if request.path.startswith(settings.STATIC_URL) else "none"


@never_cache
@require_safe
def metrics(request):
    asked = request.headers.get("Authorization", "")
    if not settings.METRICS_TOKEN or not constant_time_compare(asked, f"Bearer {settings.METRICS_TOKEN}"):
        raise Http404
    registry = OWN_REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
