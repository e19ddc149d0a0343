"""Media in a bucket of an S3-compatible service, in place of a folder: the extra `s3`, switched on by MEDIA_S3_BUCKET.

`S3Storage` is the storage, and keeps what `AtomicStorage` of media.py keeps: a file is there whole or not at all, since
it is put by one request, and it is read by our own view alone, so that the bucket stays private. Whatever goes wrong
there is a `StorageUnavailableError`, which is an OSError as that of a full disk is: forms tell it, and a picture gives
way to a drawn one.

A bucket that hangs must not take the site with it. Each request of ours has its limits, few threads ask at once, and
after an error the bucket is left alone for a while.
"""

import logging
from datetime import timedelta
from pathlib import PurePosixPath
from tempfile import SpooledTemporaryFile
from threading import BoundedSemaphore
from time import monotonic
from urllib.parse import urljoin

import obstore
from django.conf import settings
from django.core.files import File
from django.core.files.storage import Storage
from django.http import FileResponse, HttpResponseNotModified
from django.utils.encoding import filepath_to_uri
from django.utils.http import http_date
from django.views.static import was_modified_since
from obstore.exceptions import BaseError
from obstore.store import S3Store

from forum_site.media.storage import StorageUnavailableError

logger = logging.getLogger(__name__)

CONNECT, SILENCE, WHOLE = timedelta(seconds=2), timedelta(seconds=3), timedelta(seconds=20)
RETRIES = {"max_retries": 1, "retry_timeout": timedelta(seconds=2)}  # One that hung is not asked again.
PAUSE = 10  # Seconds for which a bucket that failed is left alone.
AT_ONCE = 6  # Threads of a process that read for readers; it has twelve.
PATIENCE = 1  # Seconds that a reader waits for one of them.
IN_MEMORY = 2 * 1024 * 1024  # bytes of a file that is being read; the rest waits on the disk
PROBE = ".writable"

# Of the process: threads that begin at once make a storage each.
readers = BoundedSemaphore(AT_ONCE)
left_alone_until = {}  # By place.


class S3Storage(Storage):
    def __init__(self, bucket, endpoint, region, key, secret):
        self.place = f"the bucket {bucket} at {endpoint}"
        where = {"endpoint": endpoint, "region": region}
        keys = {"access_key_id": key, "secret_access_key": secret}
        limits = {"connect_timeout": CONNECT, "timeout": WHOLE, "allow_http": endpoint.startswith("http://")}
        reading = {**limits, "read_timeout": SILENCE}
        # While a file is sent, nothing is read: only the limit of the whole request holds.
        self._writing = S3Store(bucket, **where, **keys, client_options=limits, retry_config=RETRIES)
        self._reading = S3Store(bucket, **where, **keys, client_options=reading, retry_config=RETRIES)
        self._anybody = S3Store(bucket, **where, skip_signature=True, client_options=reading, retry_config=RETRIES)

    def _ask(self, command, *args, **kwargs):
        if monotonic() < left_alone_until.get(self.place, 0):
            raise StorageUnavailableError("It failed a moment ago, and is left alone.")
        try:
            return command(*args, **kwargs)
        except BaseError as error:
            left_alone_until[self.place] = monotonic() + PAUSE
            reason = str(error).partition("\n")[0]
            logger.warning("The bucket of media did not answer, so it is left alone for %s s: %s", PAUSE, reason)
            raise StorageUnavailableError(reason) from error

    def _find(self, name):
        if not is_plain(name):
            raise FileNotFoundError(name)
        return self._ask(obstore.get, self._reading, name)

    def _content_of(self, found, name):
        content = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - whoever asked closes it
        for chunk in self.chunks_of(found):
            content.write(chunk)
        content.seek(0)
        return File(content, PurePosixPath(name).name)

    def chunks_of(self, found):
        chunks = iter(found.stream(min_chunk_size=1024 * 1024))
        while chunk := self._ask(next, chunks, None):
            yield bytes(chunk)

    def found(self, name):
        """Return the size of a file, and what yields its content."""
        found = self._find(name)
        return found.meta["size"], self.chunks_of(found)

    def _open(self, name, mode="rb"):
        if mode != "rb":
            raise ValueError("A file in a bucket is only read, or put there whole.")
        return self._content_of(self._find(name), name)

    def _save(self, name, content):
        content.seek(0)
        self.put(name, content.read())
        return name

    def put(self, name, content):
        """Put a whole file in its place."""
        if not is_plain(name):
            raise ValueError(f"This is no name of a file: {name!r}.")
        try:
            self._ask(obstore.put, self._writing, name, content, use_multipart=False)
        except FileNotFoundError as error:  # It is the bucket that is not there.
            raise StorageUnavailableError(f"There is no {self.place}.") from error

    def delete(self, name):
        if is_plain(name):
            self._ask(obstore.delete, self._writing, name)

    def exists(self, name):
        return self.size_or_none(name) is not None

    def size(self, name):
        if (size := self.size_or_none(name)) is None:
            raise FileNotFoundError(name)
        return size

    def size_or_none(self, name):
        try:
            return self._ask(obstore.head, self._reading, name)["size"] if is_plain(name) else None
        except FileNotFoundError:
            return None

    def url(self, name):
        return urljoin(settings.MEDIA_URL, filepath_to_uri(name).lstrip("/"))

    def names(self):
        """Yield the names of all files, in order."""
        pages = iter(obstore.list(self._reading, chunk_size=1000))
        while page := self._ask(next, pages, None):
            yield from (file["path"] for file in page if file["path"] != PROBE)

    def answer(self, request, name):
        """Return the response with a file; raise FileNotFoundError, or MediaAwayError before anything is sent."""
        if not readers.acquire(timeout=PATIENCE):
            raise StorageUnavailableError("Enough readers wait for it.")
        try:
            found = self._find(name)
            changed = found.meta["last_modified"].timestamp()
            if not was_modified_since(request.headers.get("If-Modified-Since"), changed):
                return HttpResponseNotModified()
            content = self._content_of(found, name)
        finally:
            readers.release()
        return FileResponse(content, headers={"Last-Modified": http_date(changed)})

    def probe(self):
        """Raise MediaAwayError if nothing can be stored; else the bucket is asked again, however it failed before."""
        left_alone_until.pop(self.place, None)
        try:
            self._ask(obstore.put, self._reading, PROBE, b"1", use_multipart=False)
        except FileNotFoundError as error:
            raise StorageUnavailableError(f"There is no {self.place}.") from error

    def is_open_to_all(self):
        """Return whether somebody without a key reads what `probe()` has stored."""
        try:
            obstore.get(self._anybody, PROBE)
        except (BaseError, OSError):
            return False
        return True


def is_plain(name):
    """Return whether a name means one file and no other: the service would read others, too, as that file's."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    path = PurePosixPath(name)
    is_own = str(path) == name and not path.is_absolute() and not {".", ".."} & set(path.parts)
    return is_own and name.isprintable() and len(name) < 1000
