"""The headers of every answer that tell browsers what they may do with it, beside those of Django and django-csp.

`PoliciesMiddleware` stands outside all that answers by itself: the redirect to https, WhiteNoise's files, error pages.
So does what writes the content security policy. What the proxies of deploy/ send by themselves says the same:
tests/deploy/test_headers.py compares them.
"""

from django.middleware.security import SecurityMiddleware
from django.utils.cache import patch_cache_control

# No page asks for any of these, so no script that slips in may. The two of passkeys are for our own pages alone.
NEVER_USED = (
    *("accelerometer", "autoplay", "camera", "clipboard-read", "display-capture", "encrypted-media"),
    *("fullscreen", "gamepad", "geolocation", "gyroscope", "hid", "idle-detection", "local-fonts", "magnetometer"),
    *("microphone", "midi", "payment", "picture-in-picture", "screen-wake-lock", "serial", "storage-access", "usb"),
    *("window-management", "xr-spatial-tracking"),
)
OWN = ("publickey-credentials-create", "publickey-credentials-get")
PERMISSIONS = ", ".join([*(f"{name}=()" for name in NEVER_USED), *(f"{name}=(self)" for name in OWN)])

# Pictures may be shown by other sites of the same institution (www.forum.example beside forum.example), pages and their
# files by nobody else. Servers are not asked: feeds, previews of links and calendars are fetched by these.
NOBODY_ELSE, OWN_SITES = "same-origin", "same-site"


class PoliciesMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response
        self.security = SecurityMiddleware(get_response)

    def __call__(self, request):
        response = self.get_response(request)
        self.security.process_response(request, response)  # It leaves out the hosts that it refuses itself.
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", NOBODY_ELSE)
        if is_for_one_person(request):
            patch_cache_control(response, private=True, no_store=True)
        return response


def is_for_one_person(request):
    """Return whether the answer was made by looking at who asks; no public page does."""
    session = getattr(request, "session", None)
    return bool(session) and session.accessed
