"""`/.well-known/security.txt` (RFC 9116): whom to tell of a hole. It is there where SECURITY_CONTACT is set."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

HOLDS_FOR = timedelta(days=180)  # RFC 9116 recommends less than a year; whoever keeps a copy asks again by then.


def expires():
    """Return the last moment of the day on which what is told now ends, so that it is the same all day long."""
    day = timezone.now().astimezone(UTC).date() + HOLDS_FOR
    return datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=UTC)


@cache_control(public=True, max_age=86_400)
@require_safe
def security_txt(request):
    if not settings.SECURITY_CONTACT:
        raise Http404("SECURITY_CONTACT is not set.")
    lines = [
        f"Contact: {settings.SECURITY_CONTACT}",
        f"Expires: {expires():%Y-%m-%dT%H:%M:%SZ}",
        f"Preferred-Languages: {', '.join(dict.fromkeys((settings.LANGUAGE_CODE, 'en')))}",
        f"Canonical: {settings.SITE_URL}{request.path}",
    ]
    return HttpResponse("".join(f"{line}\n" for line in lines), content_type="text/plain; charset=utf-8")
