"""Public pages, rendered once an edition and kept: they are the same for every reader.

`KeptPageView` makes a class-based view keep what it renders in the memory of its process. A kept page is used only in
the edition that it was rendered in (models.py), so it never has to be deleted: what nobody asks for falls out.
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
from forum_site.pagecache.gzip import CompressedStart, accepts_gzip
from forum_site.pagecache.models import Edition

ATTEMPTS = 3  # How often a page is rendered whose edition ends before it is sent.
PAGE_NUMBER = "[1-9][0-9]{0,5}"
MEMORY = 64 * 1024 * 1024  # bytes of pages that a process keeps


@dataclass(frozen=True)
class KeptPage:
    edition: Edition
    etag: str
    start: bytes
    end: bytes  # What stands behind the mark, of a page that something is put into.
    facts: dict  # What the view has to know of the page without rendering it

    @classmethod
    def rendered(cls, edition, body, facts, mark=""):
        # Weak: the number of shows that is put into an event's page is not in it, and it may be compressed or not.
        etag = f'W/"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
        start, _mark, end = body.rpartition(mark.encode()) if mark else (body, b"", b"")
        return cls(edition, etag, start, end, facts)

    @cached_property
    def compressed(self):
        return CompressedStart(self.start)

    @property
    def size(self):
        """The bytes of memory that it takes."""
        return len(self.start) + len(self.end) + len(self.compressed)

    def answer(self, request, inserted=b""):
        """Return the response to `request`: the page with what is put into it, or that the browser has it already."""
        headers = {"ETag": self.etag, "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
        known = request.META.get("HTTP_IF_NONE_MATCH")
        if known and self.etag in parse_etags(known):
            return HttpResponseNotModified(headers=headers)
        end = inserted + self.end
        if accepts_gzip(request):
            return HttpResponse(self.compressed.followed_by(end), headers={**headers, "Content-Encoding": "gzip"})
        return HttpResponse(self.start + end, headers=headers)


class PagesInMemory:
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


in_memory = PagesInMemory()


class KeptPageView:
    """For a class-based view of a public page: what it renders is kept for the edition.

    The page may depend on its path, the language, and those parameters of the query that `kept_query` names, each with
    the pattern of the values worth keeping; on nothing else of the request.
    """

    kept_query = {}
    redirects_misspelt = True  # See forum_site/website/canonical_urls.py.
    mark = ""  # Stands where `answer()` puts something into the page; the last one counts.

    def get(self, request, *args, **kwargs):
        key = self.page_key()
        for attempt in range(1, ATTEMPTS + 1):
            edition = self.edition = Edition.current()
            page = self._kept(key, edition)
            if page is None:
                metrics.pages.labels("rendered").inc()
                response = super().get(request, *args, **kwargs)
                if response.status_code != 200:
                    return response
                response = response.render() if hasattr(response, "render") else response
                page = KeptPage.rendered(edition, response.content, self.page_facts(), self.mark)
                self._keep(key, page)
            if response := self.answer(page, is_last_attempt=attempt == ATTEMPTS):
                return response

    def answer(self, page, is_last_attempt):
        """Return the response with `page`, or None when its edition has just ended and it must be rendered anew."""
        return page.answer(self.request)

    def page_facts(self):
        """Return what `answer()` has to know of a page that is no longer rendered."""
        return {}

    def page_key(self):
        """Return what the page depends upon, as texts; None when it is not worth keeping."""
        values = {name: self.request.GET[name] for name in self.kept_query if name in self.request.GET}
        if not all(re.fullmatch(self.kept_query[name], value) for name, value in values.items()):
            return None
        return (get_language(), self.request.path, urlencode(values))

    def _kept(self, key, edition):
        if key is None:
            return None
        page = in_memory.get(key)
        if page and page.edition == edition:
            metrics.pages.labels("memory").inc()
            return page
        return None

    def _keep(self, key, page):
        if key is not None:
            in_memory.put(key, page)
