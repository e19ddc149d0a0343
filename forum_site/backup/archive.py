"""The file of a backup: a tar that any `tar` unpacks, written as a stream.

The last two members are `manifest.json`, which has name, size and hash of every member before it, in order, and the
hash of that.
"""

import hashlib
import tarfile

BLOCK = 512
CHUNK = 1024 * 1024
MAX_NAME_LENGTH = 4096
MANIFEST, SEAL = "manifest.json", "manifest.json.sha256"
LARGEST_MANIFEST, FOR_EACH_MEMBER = 64 * CHUNK, 1024  # bytes: this large, and so much more for each member


class InvalidArchiveError(Exception):
    """An archive that is not restored: says why, in a sentence for a person."""


class ChangedWhileReadError(Exception):
    """A file became shorter while it was read."""


def header(name, size):
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info.tobuf(tarfile.GNU_FORMAT, "utf-8", "strict")


def padding(size):
    return bytes(-size % BLOCK)


def checksum(manifest):
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
        self.add(SEAL, checksum(manifest))
        self.stream.write(bytes(2 * BLOCK))


class Member:
    """A file in an archive; `digest` is that of its content once all of it has been read."""

    def __init__(self, info, file):
        self.name, self.size, self._file = info.name, info.size, file
        self.digest = hashlib.sha256()

    def chunks(self):
        try:
            while chunk := self._file.read(CHUNK):
                self.digest.update(chunk)
                yield chunk
        except tarfile.TarError as error:
            raise InvalidArchiveError(f"{self.name} ends too early: the archive was cut off.") from error

    def content(self):
        return b"".join(self.chunks())


def members(file):
    """Yield the files of an archive; raise `InvalidArchiveError` for links, folders and damage."""
    file.seek(0)
    try:
        with tarfile.open(fileobj=file, mode="r:", errorlevel=2) as archive:
            for info in archive:
                if not info.isreg() or info.issparse() or len(info.name) > MAX_NAME_LENGTH:
                    raise InvalidArchiveError(f"{info.name!r} in it is not a file that a backup writes.")
                yield Member(info, archive.extractfile(info))
    except (tarfile.TarError, ValueError) as error:
        raise InvalidArchiveError("It is damaged, cut off, or no archive of this site.") from error
