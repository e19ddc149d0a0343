"""Texts sent as gzip (RFC 1952) that are compressed once, though their end is another one each time."""

import re
import struct
import zlib

RAW = -15  # for zlib: deflate alone, without a head and checksums of its own
HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"  # deflate, no name, no time, whichever system
REFUSED = r"\s*;\s*q=0(\.0*)?\s*(,|$)"


def accepts_gzip(request):
    return re.search(rf"\bgzip\b(?!{REFUSED})", request.META.get("HTTP_ACCEPT_ENCODING", "")) is not None


class GzipPrefix:
    """The start of a text. What stands behind it costs no more than its own length."""

    def __init__(self, text):
        deflate = zlib.compressobj(wbits=RAW)
        self._compressed = HEAD + deflate.compress(text) + deflate.flush(zlib.Z_SYNC_FLUSH)
        self._crc, self._length = zlib.crc32(text), len(text)

    def __len__(self):
        return len(self._compressed)

    def followed_by(self, end):
        """Return the gzip of the whole text; its `end` is stored in it as it is."""
        sums = struct.pack("<LL", zlib.crc32(end, self._crc), self._length + len(end))
        return self._compressed + zlib.compress(end, 0, RAW) + sums
