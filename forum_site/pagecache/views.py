"""Public pages, rendered once a site version and kept: they are the same for every reader.

`CachedPageView` makes a class-based view keep what it renders in the memory of its process. A cached page is used only
in the site version that it was rendered in (models.py), so it never has to be deleted: what nobody asks for falls out.
"""

import hashlib
import re
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseNotModified
from django.utils.http import parse_etags
from django.utils.translation import get_language

from forum_site.core.observability import metrics
from forum_site.pagecache.gzip import GzipPrefix, accepts_gzip
from forum_site.pagecache.models import SiteVersion

ATTEMPTS = 3  # How often a page is rendered whose site version ends before it is sent.
PAGE_NUMBER = "[1-9][0-9]{0,5}"
MEMORY = 64 * 1024 * 1024  # bytes of pages that a process keeps


@dataclass(frozen=True)
class CachedPage:
    site_version: SiteVersion
    etag: str
    start: bytes
    end: bytes  # What stands behind the mark, of a page that something is put into.
    metadata: dict  # What the view has to know of the page without rendering it

    @classmethod
    def rendered(cls, site_version, body, metadata, placeholder=""):
        # Weak: the number of shows that is put into an event's page is not in it, and it may be compressed or not.
        etag = f'W/"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
        start, _placeholder, end = body.rpartition(placeholder.encode()) if placeholder else (body, b"", b"")
        return cls(site_version, etag, start, end, metadata)

    @cached_property
    def compressed(self):
        return GzipPrefix(self.start)

    @property
    def size(self):
        """The bytes of memory that it takes."""
        return len(self.start) + len(self.end) + len(self.compressed)

    def respond(self, request, inserted=b""):
        """Return the response to `request`: the page with what is put into it, or that the browser has it already."""
        headers = {"ETag": self.etag, "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
        known = request.META.get("HTTP_IF_NONE_MATCH")
        if known and self.etag in parse_etags(known):
            return HttpResponseNotModified(headers=headers)
        end = inserted + self.end
        if accepts_gzip(request):
            return HttpResponse(self.compressed.followed_by(end), headers={**headers, "Content-Encoding": "gzip"})
        return HttpResponse(self.start + end, headers=headers)


class PageCache:
    """The pages last asked for, up to `MEMORY`, the one longest unasked leaving first."""

    def __init__(self):
        self._pages = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def get(self, key):
        with self._lock:
            page = self._pages.get(key)
            if page:
                self._pages.move_to_end(key)
            return page

    def put(self, key, page):
        with self._lock:
            self._size += page.size - (self._pages[key].size if key in self._pages else 0)
            self._pages[key] = page
            self._pages.move_to_end(key)
            while self._size > MEMORY:
                self._size -= self._pages.popitem(last=False)[1].size

    def clear(self):
        with self._lock:
            self._pages.clear()
            self._size = 0


page_cache = PageCache()


class CachedPageView:
    """For a class-based view of a public page: what it renders is kept for the site version.

    The page may depend on its path, the language, and those parameters of the query that `cached_params` names, each
    with the pattern of the values worth keeping; on nothing else of the request.
    """

    cached_params = {}
    redirects_misspelt = True  # See forum_site/website/canonical_urls.py.
    placeholder = ""  # Stands where `respond()` puts something into the page; the last one counts.

    def get(self, request, *args, **kwargs):
        key = self.page_key()
        for attempt in range(1, ATTEMPTS + 1):
            site_version = self.site_version = SiteVersion.current()
            page = self._cached(key, site_version)
            if page is None:
                metrics.pages.labels("rendered").inc()
                response = super().get(request, *args, **kwargs)
                if response.status_code != 200:
                    return response
                response = response.render() if hasattr(response, "render") else response
                page = CachedPage.rendered(site_version, response.content, self.page_metadata(), self.placeholder)
                self._store(key, page)
            if response := self.respond(page, is_last_attempt=attempt == ATTEMPTS):
                return response

    def respond(self, page, is_last_attempt):
        """Return the response with `page`, or None to render it again: its site version has ended."""
        return page.respond(self.request)

    def page_metadata(self):
        """Return what `respond()` has to know of a page that is no longer rendered."""
        return {}

    def page_key(self):
        """Return what the page depends upon, as texts; None when it is not worth keeping."""
        values = {name: self.request.GET[name] for name in self.cached_params if name in self.request.GET}
        if not all(re.fullmatch(self.cached_params[name], value) for name, value in values.items()):
            return None
        return (get_language(), self.request.path, urlencode(values))

    def _cached(self, key, site_version):
        if key is None:
            return None
        page = page_cache.get(key)
        if page and page.site_version == site_version:
            metrics.pages.labels("memory").inc()
            return page
        return None

    def _store(self, key, page):
        if key is not None:
            page_cache.put(key, page)
