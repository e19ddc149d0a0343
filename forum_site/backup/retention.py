"""The folder of backups: how `manage.py backup` names its own files, and which of them go when there are new ones."""

import re
import shutil
import time
from pathlib import Path

from django.conf import settings
from django.utils import timezone

_OWN = re.compile(r"forum-site-\d{8}-\d{6}\.tar")
_DRAFT = re.compile(r"\.forum-site-\d{8}-\d{6}\.tar\.\d+")  # of one that was killed
MIN_KEPT = 2  # backups that stay when there is no room for a new one
DRAFT_AGE = 24 * 3600  # seconds


def folder():
    return Path(settings.VAR_DIR) / "backups"


def new_path():
    """Return the name of a backup that begins now; names are in the order of time, which is UTC's."""
    return folder() / f"{timezone.now():forum-site-%Y%m%d-%H%M%S}.tar"


def own():
    """Return the files in the folder that have a name of ours, the newest first."""
    return sorted((path for path in files() if _OWN.fullmatch(path.name)), key=lambda path: path.name, reverse=True)


def files():
    return [path for path in folder().iterdir() if path.is_file() and not path.is_symlink()]


def room_needed():
    """Return how many bytes a new backup may take: as many as the files, and no fewer than the newest backup."""
    sizes = [path.stat().st_size for path in own()[:1]]
    if not settings.MEDIA_BUCKET:
        sizes.append(sum(path.stat().st_size for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()))
    return max(sizes, default=0) + settings.MIN_FREE_BYTES


def room_free():
    return shutil.disk_usage(folder()).free


def remove_oldest():
    """Delete the oldest of our own for a new one, but never one of the newest `MIN_KEPT`; return it, or None."""
    for path in own()[MIN_KEPT:][-1:]:
        path.unlink(missing_ok=True)
        return path
    return None


def remove_old(keep):
    """Delete all of our own but the newest `keep`, and drafts that were left lying; return what is gone."""
    if keep < 1:
        raise ValueError("The newest backup is never deleted.")
    long_ago = time.time() - DRAFT_AGE
    drafts = [path for path in files() if _DRAFT.fullmatch(path.name) and path.stat().st_mtime < long_ago]
    gone = [*own()[keep:], *drafts]
    for path in gone:
        path.unlink(missing_ok=True)
    return gone
