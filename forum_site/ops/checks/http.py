from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Error, Tags, register
from django.urls import Resolver404, resolve

BROAD = {"*", "http:", "https:", "data:", "blob:", "'unsafe-inline'", "'unsafe-eval'"}
# Outermost first: each puts its headers on what those behind it answer by themselves.
OUTSIDE = ["forum_site.core.http.security_headers.PoliciesMiddleware", "csp.middleware.CSPMiddleware"]
INSIDE = ["django.middleware.security.SecurityMiddleware", "whitenoise.middleware.WhiteNoiseMiddleware"]


@register(Tags.security)
def policies_are_strict(app_configs, **kwargs):
    policy = settings.CONTENT_SECURITY_POLICY.get("DIRECTIVES", {})
    scripts = set(policy.get("script-src", policy.get("default-src", ["*"])))
    errors = []
    if scripts & BROAD or settings.CONTENT_SECURITY_POLICY.get("EXCLUDE_URL_PREFIXES"):
        errors.append(
            Error(
                "The content security policy admits scripts that are not files of this site.",
                hint="Take inline scripts, eval, schemes and EXCLUDE_URL_PREFIXES out of CONTENT_SECURITY_POLICY.",
                id="forum_site.E002",
            )
        )
    closed = {
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
    }
    if any(policy.get(directive) != sources for directive, sources in closed.items()):
        errors.append(
            Error(
                "The content security policy lets others frame pages, take forms, or set where addresses begin.",
                hint="Give CONTENT_SECURITY_POLICY its frame-ancestors, form-action, base-uri and object-src again.",
                id="forum_site.E003",
            )
        )
    order = [name for name in settings.MIDDLEWARE if name in OUTSIDE or name in INSIDE]
    if order[: len(OUTSIDE)] != OUTSIDE:
        errors.append(
            Error(
                "Some responses lack security headers: the middleware that sets them must come before any that "
                "responds.",
                hint=f"Put {' and '.join(OUTSIDE)} before {INSIDE[0]} in MIDDLEWARE.",
                id="forum_site.E004",
            )
        )
    return errors


@register(Tags.security)
def media_can_do_nothing(app_configs, **kwargs):
    """What is uploaded is served by the site's own host, so nothing in it may run, by what the view says of itself."""
    if urlsplit(settings.MEDIA_URL).netloc:
        return []
    try:
        policy = getattr(resolve(f"{settings.MEDIA_URL}none.png").func, "policy", {})
    except Resolver404:
        return []  # A proxy serves them, whose headers rehearsals/deploy/ compares.
    if policy.get("sandbox") and policy.get("default-src") == ["'none'"]:
        return []
    return [
        Error(
            "Uploaded files are served on the site's own address without a sandbox: one could act as its reader.",
            hint="Serve MEDIA_URL by forum_site.media.storage.serve_media.",
            id="forum_site.E005",
        )
    ]


@register(Tags.security)
def cookies_are_kept_from_others(app_configs, **kwargs):
    """That they are Secure, Django's own security.W012 and W016 tell."""
    is_kept = settings.SESSION_COOKIE_HTTPONLY and settings.CSRF_COOKIE_HTTPONLY
    same_site = {settings.SESSION_COOKIE_SAMESITE, settings.CSRF_COOKIE_SAMESITE}
    if is_kept and same_site <= {"Lax", "Strict"}:
        return []
    return [
        Error(
            "Cookies can be read by scripts, or are sent along from pages of other sites.",
            hint="Set SESSION_COOKIE_HTTPONLY and CSRF_COOKIE_HTTPONLY, and both SAMESITE to Lax.",
            id="forum_site.E006",
        )
    ]
