"""What the environment may say, read strictly: settings.py asks, this module answers or refuses.

A value that is not understood and a name that is nearly right are refused in one sentence, so that a site never runs
on a setting that somebody believes to have made.
"""

import os
import re
import secrets
from difflib import get_close_matches
from importlib.util import find_spec
from urllib.parse import unquote, urlsplit
from zoneinfo import available_timezones

import environ
from django.conf.global_settings import LANGUAGES
from django.core.exceptions import ImproperlyConfigured

THIS_MACHINE = ("localhost", "127.0.0.1", "[::1]")

NAMES = (
    "ALLOWED_HOSTS",
    "BEHIND_PROXY",
    "DATABASE_URL",
    "DEBUG",
    "EMAIL_FROM",
    "EMAIL_URL",
    "KEEP_AUDIT_DAYS",
    "KEEP_BACKUPS",
    "KEEP_LINK_DAYS",
    "KEEP_PREVIEW_DAYS",
    "LANGUAGE_CODE",
    "LOG_FORMAT",
    "MEDIA_S3_BUCKET",
    "MEDIA_S3_ENDPOINT",
    "MEDIA_S3_KEY",
    "MEDIA_S3_REGION",
    "MEDIA_S3_SECRET",
    "METRICS_TOKEN",
    "SECRET_KEY",
    "SECURITY_CONTACT",
    "SENTRY_DSN",
    "SITE_NAME",
    "SITE_URL",
    "TIME_ZONE",
    "VAR_DIR",
)


def refuse_misspelt(environment):
    """Refuse `DATABSE_URL` and its like: a name of ours but for a letter or two."""
    for name in environment:
        # Names that begin alike are closer to each other than to what is no name of ours.
        cutoff = 0.1 if name.upper().startswith("MEDIA_S3") else 0.85
        match = get_close_matches(name.upper(), NAMES, n=1, cutoff=cutoff)
        if match and name != match[0]:
            raise ImproperlyConfigured(f"{name} is not a setting of this site: did you mean {match[0]}?")


def boolean(name):
    """Return whether `name` says yes; unset means no."""
    value = os.environ.get(name, "").strip().lower()
    if value in ("1", "true", "yes", "on"):
        return True
    if value in ("", "0", "false", "no", "off"):
        return False
    raise ImproperlyConfigured(f"{name} must be true or false, not “{value}”.")


def kept(name, default, most=36_500):
    """Return how many (days, backups) are kept, or None for all of them."""
    text = os.environ.get(name, "").strip() or str(default)
    if text == "all":
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= most):
        raise ImproperlyConfigured(f"{name} must be a whole number from 1 to {most}, or all, not “{text}”.")
    return int(text)


def site_url():
    """Return the address of the site, without a closing slash, and its host."""
    url = os.environ.get("SITE_URL") or "http://127.0.0.1:8000"
    try:
        parts = urlsplit(url)
        understood = re.fullmatch(r"https?://[^\s/?#@]+/?", url) and parts.hostname and (parts.port or True)
    except ValueError:
        understood = False
    if not understood:
        raise ImproperlyConfigured(f"SITE_URL must look like https://forum.example, not “{url}”.")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{parts.netloc}", host


def log_format(on_this_machine):
    """Return how lines are logged: for people, or one JSON object each; unless it is said, as the site is reached."""
    name = os.environ.get("LOG_FORMAT") or ("line" if on_this_machine else "json")
    if name not in ("line", "json"):
        raise ImproperlyConfigured(f"LOG_FORMAT must be line or json, not “{name}”.")
    return name


def language_code():
    code = os.environ.get("LANGUAGE_CODE") or "en"
    if code not in dict(LANGUAGES):
        raise ImproperlyConfigured(f"LANGUAGE_CODE must be a language such as en or kk, not “{code}”.")
    return code


def time_zone():
    name = os.environ.get("TIME_ZONE") or "UTC"
    if name not in available_timezones():
        raise ImproperlyConfigured(f"TIME_ZONE must be a name such as Asia/Almaty, not “{name}”.")
    return name


def allowed_hosts(host):
    """Return the hosts that the site answers to: those named, else its own and this machine."""
    named = [name.strip() for name in os.environ.get("ALLOWED_HOSTS", "").split(",") if name.strip()]
    return named or list(dict.fromkeys((*THIS_MACHINE, host)))


def database(url):
    """Return Django's settings of the database at `url`, an SQLite file or a PostgreSQL of one or several hosts."""
    try:
        config = environ.Env.db_url_config(url)
        config |= network_hosts(url, config)
    except (ValueError, environ.ImproperlyConfigured) as error:
        raise ImproperlyConfigured(
            "DATABASE_URL must look like postgresql://user:password@host:5432/name (several hosts: "
            "host1:5432,host2:5432) or sqlite:////path/to/file."
        ) from error
    is_file = config.get("ENGINE") == "django.db.backends.sqlite3"
    more = config.get("OPTIONS", {})
    if is_file:
        options = {
            # Readers never wait for the writer; a writer takes its lock at once and waits its turn.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=5000;",
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
        }
    elif config.get("ENGINE") == "django.db.backends.postgresql":
        options = {"options": "-c statement_timeout=30s -c lock_timeout=5s -c idle_in_transaction_session_timeout=60s"}
        hosts = str(more.get("host") or more.get("hostaddr") or config["HOST"]).split(",")
        options |= connection_limits(hosts)
    else:
        raise ImproperlyConfigured("DATABASE_URL must name a postgresql or an sqlite database.")
    if config.get("ATOMIC_REQUESTS"):
        raise ImproperlyConfigured(
            "DATABASE_URL must not ask for ATOMIC_REQUESTS: a show is committed before its answer."
        )
    if "options" in more and "options" in options:
        more = {**more, "options": f"{options['options']} {more['options']}"}
    return {
        **config,
        "OPTIONS": {**options, **more},
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": not is_file,  # A file does not hang up.
    }


def network_hosts(url, config):
    """Return the hosts and ports of a PostgreSQL address as libpq takes them: one port a host, no brackets.

    django-environ drops a port that is left out among several, and leaves the brackets of IPv6 where there are several.
    Raises ValueError when a host or a port cannot be read.
    """
    hosts = unquote(urlsplit(url).netloc.rpartition("@")[2]).split(",")
    if config.get("ENGINE") != "django.db.backends.postgresql" or len(hosts) == 1:
        return {}
    found = [re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\s:/\[\]]+))(?::([0-9]{1,5}))?", host) for host in hosts]
    if not all(found):
        raise ValueError
    return {
        "HOST": ",".join(match[1] or match[2] for match in found),
        "PORT": ",".join(match[3] or "5432" for match in found),
    }


def connection_limits(hosts):
    """Return the connection options (libpq) for `hosts`: for a network, short limits.

    Of a machine that vanished nothing comes, not even a refusal. So what was sent and is not acknowledged after 5 s
    ends the connection, a new one is tried for 2 s at each host, and an idle one is probed.
    """
    limits = {"connect_timeout": 5}
    if any(host and not host.startswith(("/", "@")) for host in hosts):
        limits = {
            "connect_timeout": 2,  # seconds
            "tcp_user_timeout": 5000,  # milliseconds
            "keepalives_idle": 2,
            "keepalives_interval": 2,
            "keepalives_count": 3,
        }
    if len(hosts) > 1:
        limits["target_session_attrs"] = "read-write"
    return limits


def mail():
    """Return Django's settings of the server that sends mail, by their names; none of them without EMAIL_URL."""
    url, sender = os.environ.get("EMAIL_URL", ""), os.environ.get("EMAIL_FROM", "")
    if not url and not sender:
        return {}
    try:
        parts = urlsplit(url)
        understood = parts.scheme in ("smtp", "smtps", "smtp+tls") and parts.hostname and (parts.port or True)
    except ValueError:
        understood = False
    if not understood:
        raise ImproperlyConfigured("EMAIL_URL must look like smtp+tls://user:password@mail.example:587.")
    if parts.scheme == "smtp" and not is_this_machine([parts.hostname]):
        raise ImproperlyConfigured("EMAIL_URL must begin with smtp+tls:// or smtps:// unless it names this machine.")
    if not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", sender):
        raise ImproperlyConfigured(f"EMAIL_FROM must be an address such as desk@forum.example, not “{sender}”.")
    return {
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or {"smtp": 25, "smtps": 465, "smtp+tls": 587}[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_TIMEOUT": 10,
        "DEFAULT_FROM_EMAIL": sender,
    }


def security_contact():
    """Return the address, as a link, to which holes are reported; an empty text where none is told."""
    contact = os.environ.get("SECURITY_CONTACT", "").strip()
    if re.fullmatch(r"[^@\s<>:/]+@[^@\s<>:/]+", contact):
        return f"mailto:{contact}"
    if contact and not re.fullmatch(r"https://[^\s/]+[\x21-\x7e]*|mailto:[^@\s<>]+@[^@\s<>]+", contact):
        raise ImproperlyConfigured(
            f"SECURITY_CONTACT must be an address such as security@forum.example, or an https:// page, not “{contact}”."
        )
    return contact


def secret_key(var_dir):
    """Return SECRET_KEY, else the key kept in `var_dir`, made at the first start."""
    if key := os.environ.get("SECRET_KEY"):
        return key
    path = var_dir / "secret_key"
    try:
        if not path.exists():
            var_dir.mkdir(parents=True, exist_ok=True)
            draft = var_dir / f".secret_key.{os.getpid()}.{secrets.token_hex(4)}"
            draft.touch(mode=0o600)
            draft.write_text(secrets.token_urlsafe(64))
            try:
                os.link(draft, path)  # Fails when another worker was first: then its key is ours too.
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return path.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"Set SECRET_KEY, or point VAR_DIR to a folder that can be written: {error}."
        ) from error


def is_this_machine(hosts):
    """Return whether all `hosts` are this machine."""
    return all(host in THIS_MACHINE for host in hosts)


def refuse_unsafe(*, debug, hosts, url, key):
    """Refuse what must not stand on the open internet; `hosts` that are all this machine may do as they like."""
    if is_this_machine(hosts):
        return
    if debug:
        raise ImproperlyConfigured("DEBUG shows the site's secrets to everybody: unset it, or keep to localhost.")
    if any("*" in host for host in hosts):
        raise ImproperlyConfigured("ALLOWED_HOSTS must name the hosts of the site, without “*”.")
    if not url.startswith("https://"):
        raise ImproperlyConfigured(f"SITE_URL must begin with https:// when the site is not on localhost: {url}.")
    if len(key) < 50 or len(set(key)) < 5 or key.startswith("django-insecure-"):
        raise ImproperlyConfigured("SECRET_KEY must have at least 50 random characters, or be left out.")


# Optional extras, without which the site runs: a setting that asks for one that is not installed is refused.


def media_bucket():
    """Return where in an S3-compatible service media are kept, as `S3Storage` takes it; nothing: in a folder."""
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
