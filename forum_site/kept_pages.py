"""Public pages, rendered once an edition and kept: they are the same for every reader.

`KeptPageView` makes a class-based view keep what it renders: in the memory of its process, and in Redis where REDIS_URL
names one, so that several processes render a page once. A kept page is used only in the edition that it was rendered in
(see forum_site/editions.py), so it never has to be deleted: what nobody asks for falls out by and by.
"""

import hashlib
import json
import logging
import re
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock
from time import monotonic
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse, HttpResponseNotModified
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import parse_etags
from django.utils.translation import get_language
from redis import Redis, RedisError

from forum_site import metrics
from forum_site.compressed import CompressedStart, accepts_gzip
from forum_site.editions import Edition

logger = logging.getLogger(__name__)

ATTEMPTS = 3  # How often a page is rendered whose edition ends before it is sent.
PAGE_NUMBER = "[1-9][0-9]{0,5}"
MEMORY = 64 * 1024 * 1024  # bytes of pages that a process keeps


@dataclass(frozen=True)
class KeptPage:
    edition: Edition
    etag: str
    start: bytes
    end: bytes  # What stands behind the mark, of a page that something is put into.
    facts: dict  # What the view has to know of the page without rendering it; JSON can hold it.

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


class PagesInRedis:
    """The second home, for all processes. It is never needed: what goes wrong there is a page that is not found.

    After an error it is left alone for a while, so that a Redis that hangs costs a reader `TIMEOUT` once and the next
    ones nothing.
    """

    TIMEOUT = 0.25  # seconds
    PAUSE = 10  # seconds
    AGE = 24 * 60 * 60  # seconds

    def __init__(self, url):
        self._redis = Redis.from_url(url, socket_timeout=self.TIMEOUT, socket_connect_timeout=self.TIMEOUT, retry=None)
        self._asked_again_at = 0
        self._release = release()

    def get(self, key, edition):
        signed = self._ask(self._redis.get, self._name(key, edition))
        if not isinstance(signed, bytes):
            return None
        signature, _space, text = signed.partition(b" ")
        if not constant_time_compare(signature, self._sign(text)):
            return None  # Nothing that we put there.
        etag, start, end, facts = json.loads(text)
        return KeptPage(edition, etag, start.encode(), end.encode(), facts)

    def put(self, key, page):
        text = json.dumps([page.etag, page.start.decode(), page.end.decode(), page.facts], ensure_ascii=False).encode()
        self._ask(self._redis.set, self._name(key, page.edition), self._sign(text) + b" " + text, ex=self.AGE)

    def _sign(self, text):
        return salted_hmac("forum_site.kept_pages", text, algorithm="sha256").hexdigest().encode()

    def _name(self, key, edition):
        name = json.dumps([self._release, str(edition.version), edition.until.isoformat(), *key])
        return f"forum-site:page:{hashlib.blake2b(name.encode(), digest_size=24).hexdigest()}"

    def _ask(self, command, *args, **kwargs):
        if monotonic() < self._asked_again_at:
            return None
        try:
            return command(*args, **kwargs)
        except (RedisError, OSError) as error:
            self._asked_again_at = monotonic() + self.PAUSE
            logger.warning("Redis did not answer, so it is left alone for %s s: %s", self.PAUSE, error)
            return None


def release():
    """Return a name of what renders pages: while a site is updated, old and new processes keep theirs apart."""
    sources = [path for folder in settings.RENDERING_SOURCES for path in sorted(Path(folder).rglob("*"))]
    digest = hashlib.blake2b(
        f"{settings.SITE_NAME}\n{settings.SITE_URL}\n{settings.TIME_ZONE}".encode(), digest_size=16
    )
    for path in sources:
        if path.is_file() and path.suffix != ".pyc":
            digest.update(path.read_bytes())
    return digest.hexdigest()


in_memory = PagesInMemory()
in_redis = PagesInRedis(settings.REDIS_URL) if settings.REDIS_URL else None


class KeptPageView:
    """For a class-based view of a public page: what it renders is kept for the edition.

    The page may depend on its path, the language, and those parameters of the query that `kept_query` names, each with
    the pattern of the values worth keeping; on nothing else of the request.
    """

    kept_query = {}
    redirects_misspelt = True  # See forum_site/canonical_address.py.
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
        """Return what `answer()` has to know of a page that is no longer rendered, as JSON can hold it."""
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
        page = in_redis.get(key, edition) if in_redis else None
        if page:
            metrics.pages.labels("redis").inc()
            in_memory.put(key, page)
        return page

    def _keep(self, key, page):
        if key is None:
            return
        in_memory.put(key, page)
        if in_redis:
            in_redis.put(key, page)
