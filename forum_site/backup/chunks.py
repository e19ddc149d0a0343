"""Lines packed into the parts of an archive, about a chunk each, and unpacked again without trusting them.

A part ends with the line that makes it a chunk or more. So it cannot hold more than a chunk and one line: what would
unpack to more is refused before it is all there.
"""

import gzip
import zlib

from forum_site.backup.archive import CHUNK, InvalidArchiveError

MAX_LINE_BYTES = 32 * CHUNK  # A whole event of all that one form can send, three times over.


class LineTooLongError(Exception):
    """A row that is larger than a backup can bring back."""


def packed(lines, digest):
    """Yield parts, and how many lines each has; `digest` is given all of them."""
    waiting, size = [], 0
    for line in lines:
        if len(line) > MAX_LINE_BYTES:
            raise LineTooLongError
        digest.update(line)
        waiting.append(line)
        size += len(line)
        if size >= CHUNK:
            yield pack(waiting), len(waiting)
            waiting, size = [], 0
    if waiting:
        yield pack(waiting), len(waiting)


def pack(lines):
    return gzip.compress(b"".join(lines), mtime=0)


def unpacked(chunks):
    """Return the lines of a part that comes in pieces."""
    text = bytearray()
    for piece in expanded(chunks):
        text += piece
        if len(text) > CHUNK + MAX_LINE_BYTES:
            break
    # The last line begins within the first chunk.
    if not text.endswith(b"\n") or len(text) > CHUNK + MAX_LINE_BYTES or b"\n" in text[CHUNK - 1 : -1]:
        raise InvalidArchiveError("Rows in it are too large, or not packed as a backup packs them.")
    return [line + b"\n" for line in bytes(text).removesuffix(b"\n").split(b"\n")]


def expanded(chunks):
    """Yield what comes of packed pieces, a chunk at a time, however much that is."""
    unpacking = zlib.decompressobj(wbits=31)
    try:
        for chunk in chunks:
            text = unpacking.decompress(chunk, CHUNK)
            while text:
                yield text
                text = unpacking.decompress(unpacking.unconsumed_tail, CHUNK)
            if unpacking.unused_data:
                break
    except zlib.error as error:
        raise InvalidArchiveError(f"Rows in it cannot be unpacked: {error}.") from error
    if not unpacking.eof or unpacking.unused_data:
        raise InvalidArchiveError("Rows in it are not packed as a backup packs them.")
