"""The database: that it answers, is one that we know, and is as the code wants it."""

from pathlib import Path

from django.db import NotSupportedError, connection
from django.utils import timezone
from django.utils.translation import gettext as _

from forum_site.ops import health
from forum_site.ops.doctor.finding import serious, warning

MOUNTS = Path("/proc/mounts")
OVER_A_NETWORK = ("nfs", "cifs", "smb", "9p", "fuse.sshfs", "fuse.gluster", "ceph", "afs", "lustre", "fuse.s3fs")
CLOCKS_APART = 5  # seconds


def version_is_supported():
    try:
        connection.check_database_version_supported()
    except NotSupportedError as error:
        return serious(str(error), _("Update the database server, or take back the last update of the site."))
    return None


def encoding_is_unicode():
    question = "PRAGMA encoding" if connection.vendor == "sqlite" else "SHOW server_encoding"
    if (encoding := one_value(question)) in ("UTF-8", "UTF8"):
        return None
    return serious(
        _("The database stores texts as %(encoding)s: names in other scripts cannot be saved.")
        % {"encoding": encoding},
        _("Make a backup, create a database with ENCODING 'UTF8', and restore the backup into it."),
    )


def migrations_are_applied():
    if problem := health.migrations_are_applied():
        return serious(
            _("The tables are older than the code: %(problem)s.") % {"problem": problem},
            _("manage.py backup, then manage.py migrate."),
        )
    return None


def sqlite_writes_ahead():
    if connection.vendor != "sqlite" or (mode := one_value("PRAGMA journal_mode")) == "wal":
        return None
    return serious(
        _("SQLite's journal mode is %(mode)s and not wal: readers and writers wait for each other.") % {"mode": mode},
        _("Put VAR_DIR on a local disk, where WAL works, and take journal_mode out of DATABASE_URL."),
    )


def sqlite_is_on_a_local_disk():
    if connection.vendor != "sqlite" or not (kind := file_system(Path(connection.settings_dict["NAME"]))):
        return None
    if not kind.startswith(OVER_A_NETWORK):
        return None
    return serious(
        _("The database file is on a network file system (%(kind)s), where SQLite's locks fail and content is lost.")
        % {"kind": kind},
        _("Put VAR_DIR on a local disk, or set DATABASE_URL to a PostgreSQL."),
    )


def file_system(path):
    """Return the kind of file system that a path is on, or an empty text where that cannot be told."""
    if not MOUNTS.exists():
        return ""
    found, path = ("", ""), path.resolve()
    for line in MOUNTS.read_text(errors="replace").splitlines():
        _device, place, kind = line.split(" ")[:3]
        place = place.replace("\\040", " ")
        if path.is_relative_to(place) and len(place) >= len(found[0]):
            found = place, kind
    return found[1]


def clocks_agree():
    if connection.vendor == "sqlite":
        return None  # It has the clock of this machine.
    apart = abs((one_value("SELECT clock_timestamp()") - timezone.now()).total_seconds())
    if apart <= CLOCKS_APART:
        return None
    return warning(
        _("The clocks of this machine and of the database are %(seconds)s seconds apart.") % {"seconds": round(apart)},
        _("Have both set their clocks by NTP: scheduled pages turn by the database's."),
    )


def one_value(question):
    with connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone()[0]
