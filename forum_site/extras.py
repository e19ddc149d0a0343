"""What the environment may say of the optional extras, read as strictly as the rest of it (environment.py).

The site runs without them. A setting that asks for one that is not installed is refused.
"""

import os
import re
from importlib.util import find_spec
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from forum_site.env import is_this_machine


def media_bucket():
    """Return where in an S3-compatible service media are kept, as `BucketFiles` takes it; nothing: in a folder."""
    names = ("BUCKET", "ENDPOINT", "REGION", "KEY", "SECRET")
    said = {name.lower(): os.environ.get(f"MEDIA_S3_{name}", "").strip() for name in names}
    if not any(said.values()):
        return {}
    lacking = [f"MEDIA_S3_{name}" for name in names if name != "REGION" and not said[name.lower()]]
    if lacking:
        raise ImproperlyConfigured(f"Media in a bucket need {' and '.join(lacking)}, too.")
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", said["bucket"]):
        raise ImproperlyConfigured(f"MEDIA_S3_BUCKET must be the name of a bucket, not “{said['bucket']}”.")
    try:
        parts = urlsplit(said["endpoint"])
        understood = (
            re.fullmatch(r"https?://[^\s/?#@]+/?", said["endpoint"]) and parts.hostname and (parts.port or True)
        )
    except ValueError:
        understood = False
    if not understood:
        raise ImproperlyConfigured(
            f"MEDIA_S3_ENDPOINT must look like https://s3.eu-central-1.amazonaws.com, not “{said['endpoint']}”."
        )
    if parts.scheme == "http" and not is_this_machine([parts.hostname]):
        raise ImproperlyConfigured("MEDIA_S3_ENDPOINT must begin with https:// unless it names this machine.")
    refuse_without_extra("MEDIA_S3_BUCKET", "s3", "obstore")
    return {**said, "endpoint": said["endpoint"].rstrip("/"), "region": said["region"] or "us-east-1"}


def metrics_token():
    """Return what a request for /metrics must know; an empty text: there are none."""
    token = os.environ.get("METRICS_TOKEN", "")
    if token and not re.fullmatch(r"[\x21-\x7e]{32,}", token):
        raise ImproperlyConfigured("METRICS_TOKEN must have at least 32 random characters, without spaces.")
    if token:
        refuse_without_extra("METRICS_TOKEN", "observe", "prometheus_client")
    return token


def sentry_dsn():
    """Return where errors are reported; an empty text: nowhere."""
    dsn = os.environ.get("SENTRY_DSN", "").strip()
    if dsn and not re.fullmatch(r"https://\w+@[\w.:-]+(/[\w-]+)*/\d+", dsn):
        raise ImproperlyConfigured("SENTRY_DSN must look like https://key@sentry.example/1.")
    if dsn:
        refuse_without_extra("SENTRY_DSN", "observe", "sentry_sdk")
    return dsn


def refuse_without_extra(name, extra, module):
    if find_spec(module) is None:
        raise ImproperlyConfigured(
            f"{name} needs the extra “{extra}”: .venv/bin/python -m pip install --require-hashes "
            f"-r requirements-extras.txt."
        )
