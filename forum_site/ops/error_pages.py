"""The pages of what went wrong.

Django's own for 403 and 404 look for a CSRF token in the form that was sent, and fail themselves when that is broken.
"""

import sys

from django.http import HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from forum_site.accounts import log
from forum_site.core.http.middleware import is_away, is_in_admin, unavailable
from forum_site.website.canonical_urls import canonical_address


def bad_request(request, exception):
    return render(request, "400.html", status=400)


def csrf_failure(request, reason=""):
    """Logging in renews the token of all forms, so those that were open before it are refused."""
    log.note_forbidden(request)
    return render(request, "403_csrf.html", {"may_be_kept": is_in_admin(request)}, status=403)


def page_not_found(request, exception):
    if address := canonical_address(request):
        return HttpResponsePermanentRedirect(address)
    return render(request, "404.html", status=404)


def permission_denied(request, exception):
    log.note_forbidden(request)
    return render(request, "403.html", status=403)


def server_error(request):
    error = sys.exc_info()[1]  # That of a middleware, such as of a session that could not be stored.
    try:
        if error and is_away(error):
            return unavailable(request, error)
        return render(request, "500.html", status=500)
    except Exception:  # Whatever broke the page may break this one too; a reader still gets a sentence.
        return HttpResponse(_("Something went wrong on our side. Please try again later."), "text/plain", 500)
