"""The file of a backup: a tar that any `tar` unpacks, written as a stream, and read strictly.

Of each member, only its name, its size and its content are ours to choose. So the reader takes nothing but what the
writer would have written, byte for byte: no links, no second name for a file, no padding that hides something. The last
two members are `manifest.json`, which has size and hash of every member before it, in order, and the hash of that.
"""

import hashlib
import os
import tarfile

BLOCK = 512
CHUNK = 1024 * 1024
LONGEST_NAME = 4096
MANIFEST, SEAL = "manifest.json", "manifest.json.sha256"
LARGEST_MANIFEST, FOR_EACH_MEMBER = 64 * CHUNK, 1024  # bytes: this large, and so much more for each member


class DamagedError(Exception):
    """An archive that is not restored: says why, in a sentence for a person."""


class ChangedWhileReadError(Exception):
    """A file became shorter while it was read."""


def header(name, size):
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info.tobuf(tarfile.GNU_FORMAT, "utf-8", "strict")


def padding(size):
    return bytes(-size % BLOCK)


def seal(manifest):
    """Return the line that closes an archive, as `sha256sum --check` reads it."""
    return f"{hashlib.sha256(manifest).hexdigest()}  {MANIFEST}\n".encode()


class Writer:
    """Writes members to a stream that need not be able to go back; keeps `[name, size, hash]` of each."""

    def __init__(self, stream):
        self.stream, self.members = stream, []

    def add(self, name, content):
        self.add_chunks(name, len(content), [content])

    def add_chunks(self, name, size, chunks):
        digest, written = hashlib.sha256(), 0
        self.stream.write(header(name, size))
        for chunk in chunks:
            self.stream.write(chunk)
            digest.update(chunk)
            written += len(chunk)
        if written != size:
            raise ChangedWhileReadError(name)
        self.stream.write(padding(size))
        self.members.append([name, size, digest.hexdigest()])

    def close(self, manifest):
        """Write the manifest, its seal and the end."""
        self.add(MANIFEST, manifest)
        self.add(SEAL, seal(manifest))
        self.stream.write(bytes(2 * BLOCK))


class Member:
    def __init__(self, file, name, size):
        self.file, self.name, self.size = file, name, size
        self.start, self.digest = file.tell(), hashlib.sha256()

    def chunks(self):
        """Yield the content; afterwards `digest` is that of all of it."""
        left = self.size
        while left:
            chunk = exactly(self.file, min(CHUNK, left))
            self.digest.update(chunk)
            left -= len(chunk)
            yield chunk

    def content(self):
        return b"".join(self.chunks())


def members(file):
    """Yield each member of the archive; raise `DamagedError` where it is not as a `Writer` leaves it."""
    end = os.fstat(file.fileno()).st_size
    file.seek(0)
    while start := exactly(file, BLOCK).rstrip(b"\0"):
        name, size = read_header(file, start.ljust(BLOCK, b"\0"))
        if size > end - file.tell():
            raise DamagedError(
                f"It says that {name} has {size} bytes, which is more than the file holds: it was cut off."
            )
        member = Member(file, name, size)
        yield member
        file.seek(member.start + size)
        if any(exactly(file, len(padding(size)))):
            raise DamagedError(f"There is something after {name} that does not belong there.")
    if file.read(BLOCK + 1) != bytes(BLOCK):
        raise DamagedError("It does not end where it should.")


def read_header(file, first):
    """Return the name and the size of the member that begins with the block `first`."""
    raw = first
    try:
        info = tarfile.TarInfo.frombuf(first, "utf-8", "strict")
        name = info.name
        if info.type == tarfile.GNUTYPE_LONGNAME:
            if not 0 < info.size <= LONGEST_NAME:
                raise DamagedError("A name in it is too long.")
            raw += exactly(file, info.size + len(padding(info.size)) + BLOCK)
            name = raw[BLOCK : BLOCK + info.size - 1].decode()
            info = tarfile.TarInfo.frombuf(raw[-BLOCK:], "utf-8", "strict")
        is_ours = info.size >= 0 and header(name, info.size) == raw
    except (tarfile.HeaderError, ValueError) as error:
        raise DamagedError("A header in it cannot be read: it is damaged, or no archive of this site.") from error
    if not is_ours:
        raise DamagedError(f"The header of {name!r} is not one that a backup writes.")
    return name, info.size


def exactly(file, size):
    content = file.read(size)
    if len(content) != size:
        raise DamagedError("It ends too early: it was cut off, or not written to its end.")
    return content
