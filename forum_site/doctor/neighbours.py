"""What the site talks to beside its database: Redis and the mail server."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import get_connection
from django.utils.translation import gettext as _
from redis import Redis
from redis.exceptions import RedisError

from forum_site.doctor.finding import note, serious, warning
from forum_site.environment import THIS_MACHINE
from forum_site.kept_pages import PagesInRedis


def redis_answers():
    if not settings.REDIS_URL:
        return None
    wait = PagesInRedis.TIMEOUT
    try:
        redis = Redis.from_url(settings.REDIS_URL, socket_timeout=wait, socket_connect_timeout=wait, retry=None)
        redis.ping()
    except (RedisError, OSError, ValueError) as error:
        return warning(
            _("Redis does not answer within %(seconds)s s: %(error)s.") % {"seconds": wait, "error": error},
            _("Start it, mend REDIS_URL, or unset that: the site works without it."),
        )
    return None


def redis_has_a_password():
    parts = urlsplit(settings.REDIS_URL)
    if parts.scheme not in ("redis", "rediss") or parts.password:
        return None
    if (parts.hostname or "localhost") in (*THIS_MACHINE, "::1"):
        return None
    return serious(
        _("Redis at %(host)s is asked without a password: whoever reaches it can empty or fill it.")
        % {"host": parts.hostname},
        _("Set requirepass there, and REDIS_URL=redis://:password@host:6379/0 here."),
    )


def mail_can_be_sent():
    if not settings.MAIL:
        return note(
            _("Mail is not set up: nobody can reset a lost password by mail."),
            _("Set EMAIL_URL and EMAIL_FROM, or let managers set new passwords."),
        )
    try:
        mail = get_connection("django.core.mail.backends.smtp.EmailBackend")
        mail.open()
        mail.close()
    except OSError as error:  # All of smtplib's errors are.
        return warning(
            _("The mail server cannot be used: %(error)s.") % {"error": error}, _("Mend EMAIL_URL, or that server.")
        )
    return None
