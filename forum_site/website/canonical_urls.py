"""Addresses of public pages as people type, print and dictate them: in capitals, with spaces, without a slash."""

import re
from copy import copy
from urllib.parse import quote

from django.http import Http404
from django.urls import Resolver404, resolve

from forum_site.core.text.folding import HYPHENS, INVISIBLE, UNFIT

MAX_PATH_LENGTH = 300  # characters; no address of a page is longer

_UNSEEN = re.compile(f"[{INVISIBLE}]")
_BETWEEN_WORDS = re.compile(f"[\\s_{HYPHENS}]+")
_AROUND = " \t\r\n.,;:!?()[]<>«»“”„\"'’"  # What a sentence puts around an address.
_LEADING_ZEROS = re.compile(r"(?<=/)0+(?=[0-9]+(?:/|$))")


def canonical_address(request):
    """Return the address of the public page that a path which is none was meant for, with the query, or None.

    The page is asked for by HEAD, which is not counted as a show.
    """
    if request.method not in ("GET", "HEAD") or len(request.path_info) > MAX_PATH_LENGTH:
        return None
    if UNFIT.search(request.path_info):  # Typed by nobody.
        return None
    for path in spellings(request.path_info):
        if path != request.path_info and is_public_page(request, path):
            query = request.META.get("QUERY_STRING", "")
            # Only what the pattern of one of our own pages matches comes here: it begins with one slash.
            return quote(path) + (f"?{query}" if query else "")
    return None


def spellings(path):
    """Return how the path may have been meant."""
    text = _UNSEEN.sub("", path).rstrip(_AROUND + "/")
    parts = [_BETWEEN_WORDS.sub("-", part.strip(_AROUND)) for part in text.lower().split("/")]
    text = "/" + "/".join(filter(None, parts))
    text = _LEADING_ZEROS.sub("", text)
    return [f"{text}/", text] if text != "/" else []


def is_public_page(request, path):
    """Return whether a page that is the same for everybody is at `path`, or was there and leads on."""
    try:
        match = resolve(path)
    except Resolver404:
        return False
    if not getattr(getattr(match.func, "view_class", None), "redirects_misspelt", False):
        return False
    asked = copy(request)
    asked.method, asked.path, asked.path_info, asked.resolver_match = "HEAD", path, path, match
    try:
        response = match.func(asked, *match.args, **match.kwargs)
    except Http404:
        return False
    return response.status_code in (200, 301, 302, 304)
