"""Uploaded files: those that are there, those that rows name, and how they come back without a half file.

They lie in MEDIA_ROOT, or in a bucket (forum_site/media/s3.py), whose storage then is asked.
"""

import os
import shutil
import stat
import tempfile
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import models

from forum_site.backup.archive import CHUNK, InvalidArchiveError
from forum_site.backup.rows import fields_of

FOLDER = "media/"
STAGING = ".restoring-"
TO_SPARE = 50 * 1024 * 1024  # bytes that a restore leaves free


def names():
    """Yield the names of the files, in order; under MEDIA_ROOT also of what stands there and is no file of ours."""
    if settings.MEDIA_BUCKET:
        yield from default_storage.names()
        return
    root = Path(settings.MEDIA_ROOT)
    for folder, folders, files in os.walk(root):
        linked = [name for name in folders if Path(folder, name).is_symlink()]
        folders[:] = sorted(name for name in folders if name not in linked and not name.startswith(STAGING))
        for name in sorted(files + linked):
            yield Path(folder, name).relative_to(root).as_posix()


def add(writer, name):
    """Put a file into the archive; return why it is not in it, or nothing."""
    if not can_be_named(name):
        return "its name is not one that every system can store"
    if settings.MEDIA_BUCKET:
        return add_from_bucket(writer, name)
    path = Path(settings.MEDIA_ROOT, name)
    try:
        with open(path, "rb", opener=without_waiting) as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode):
                return "it is no file"
            writer.add_chunks(FOLDER + name, about.st_size, in_chunks(file, about.st_size))
    except FileNotFoundError:
        return "it was deleted meanwhile"
    except OSError as error:
        if error.filename is None:  # It was the archive that could not be written.
            raise
        return error.strerror or "it cannot be read"
    return None


def add_from_bucket(writer, name):
    """As `add()`; a bucket that does not answer ends the backup, which would else lack whatever comes after."""
    try:
        size, chunks = default_storage.found(name)
    except FileNotFoundError:
        return "it was deleted meanwhile"
    writer.add_chunks(FOLDER + name, size, chunks)
    return None


def without_waiting(path, flags):
    return os.open(path, flags | os.O_NONBLOCK)  # A pipe would be waited for.


def in_chunks(file, size):
    while size and (chunk := file.read(min(CHUNK, size))):
        size -= len(chunk)
        yield chunk


def can_be_named(name):
    """Return whether a name stays in its folder, wherever it is unpacked."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    path = PurePosixPath(name)
    is_plain = str(path) == name and not path.is_absolute() and ".." not in path.parts and name != "."
    return is_plain and not set(name) & {"\0", "\\", "\n", "\r"} and not name.startswith(STAGING)


def file_fields(model):
    return [field.attname for field in fields_of(model) if isinstance(field, models.FileField)]


class NotMovedBackError(OSError):
    """Files stand in the folder where they waited, and nowhere else."""


def staging_root():
    """Return where a restore lays its files out: beside the media, so that they need only be moved."""
    return Path(settings.VAR_DIR if settings.MEDIA_BUCKET else settings.MEDIA_ROOT)


@contextmanager
def staged(needed):
    """A folder where files wait until all of them are there; it is gone afterwards."""
    root = staging_root()
    root.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(root).free
    if free < needed + TO_SPARE:
        raise InvalidArchiveError(f"Its files need {needed} bytes in {root}, where {free} are free.")
    folder = Path(tempfile.mkdtemp(prefix=STAGING, dir=root))
    try:
        yield folder
    except NotMovedBackError:
        raise
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)


def stage(folder, member):
    path = Path(folder, member.name.removeprefix(FOLDER))
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "xb") as file:
        for chunk in member.chunks():
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())


class MediaSwap:
    """Files of a folder move to where they are served from; `with MediaSwap():` moves them back if the stretch fails.

    A file that stood there waits, with its name, until the stretch has succeeded.
    """

    def __init__(self):
        self._root = Path(settings.MEDIA_ROOT).resolve()
        self._undoing = []  # What undoes each step that was made, as `(function, arguments)`.

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _trace):
        if error is None:
            return
        stuck = []
        for undo, paths in reversed(self._undoing):
            try:
                undo(*paths)
            except OSError as failure:
                stuck.append(str(failure))
        if stuck:
            raise NotMovedBackError(f"{error}. Not all could be moved back: {'; '.join(stuck)}") from error

    def put_in_place(self, folder):
        """Move all files, and return how many they are."""
        if settings.MEDIA_BUCKET:
            return put_into_bucket(folder)
        moved, former = 0, folder / STAGING
        for path in [path for path in sorted(folder.rglob("*")) if path.is_file()]:
            name = path.relative_to(folder)
            target = self._root / name
            if not target.parent.resolve().is_relative_to(self._root):
                raise InvalidArchiveError(f"{target.parent} leads out of {self._root}: remove that link.")
            self._make_folder(target.parent)
            path.chmod(0o644)
            if os.path.lexists(target):
                (former / name).parent.mkdir(parents=True, exist_ok=True)
                self._move(target, former / name)
            self._move(path, target)
            moved += 1
        return moved

    def _make_folder(self, path):
        if not path.is_dir():
            self._make_folder(path.parent)
            path.mkdir()
            self._undoing.append((os.rmdir, (path,)))

    def _move(self, source, target):
        if source.is_dir() and not source.is_symlink():
            raise IsADirectoryError(f"{source} is a folder here, and a file in the backup.")
        os.rename(source, target)
        self._undoing.append((os.rename, (target, source)))


def put_into_bucket(folder):
    """Files that are there already are as they should be: none is ever stored anew under its name."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    for path in paths:
        default_storage.put(path.relative_to(folder).as_posix(), path.read_bytes())
    return len(paths)
