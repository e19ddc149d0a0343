from django.conf import settings
from django.core.checks import Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured

from forum_site import env
from forum_site.ops.doctor import configuration
from forum_site.ops.doctor.finding import Severity

# Those that ask nobody. What the doctor only notes is no reason to stop.
OF_THE_DOCTOR = {
    "forum_site.W001": configuration.debug_is_off,
    "forum_site.W002": configuration.key_is_kept,
    "forum_site.W003": configuration.own_host_is_answered,
    "forum_site.W004": configuration.https_fits_the_proxy,
}


@register(Tags.security)
def settings_are_safe(app_configs, **kwargs):
    """What the environment may not say, no settings of one's own may: DEBUG, hosts, address and key."""
    hosts = [*settings.ALLOWED_HOSTS, settings.SITE_HOST]
    try:
        env.refuse_unsafe(debug=settings.DEBUG, hosts=hosts, url=settings.SITE_URL, key=settings.SECRET_KEY)
    except ImproperlyConfigured as error:
        return [Error(str(error), id="forum_site.E007")]
    return []


@register(Tags.security)
def proxies_are_believed_as_told(app_configs, **kwargs):
    believed = settings.SECURE_PROXY_SSL_HEADER if not settings.BEHIND_PROXY else None
    if not believed and not settings.USE_X_FORWARDED_HOST and not settings.USE_X_FORWARDED_PORT:
        return []
    return [
        Error(
            "What a client says of itself is believed: X-Forwarded-Proto without a proxy, or X-Forwarded-Host at all.",
            hint="Leave SECURE_PROXY_SSL_HEADER to BEHIND_PROXY, and USE_X_FORWARDED_HOST and _PORT off.",
            id="forum_site.E008",
        )
    ]


@register(Tags.security, deploy=True)
def doctor_finds_nothing(app_configs, **kwargs):
    found = [(name, check()) for name, check in OF_THE_DOCTOR.items()]
    return [
        Warning(finding.text, hint=finding.mend, id=name)
        for name, finding in found
        if finding and finding.severity > Severity.NOTE
    ]
