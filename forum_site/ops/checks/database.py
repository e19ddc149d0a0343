from pathlib import Path

from django.core.checks import Error, Warning
from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone
from django.utils.translation import gettext as _

from forum_site.core.checks import installation_check
from forum_site.ops import health

MOUNTS = Path("/proc/mounts")
NETWORK_FILE_SYSTEMS = ("nfs", "cifs", "smb", "9p", "fuse.sshfs", "fuse.gluster", "ceph", "afs", "lustre", "fuse.s3fs")
MAX_CLOCK_DIFFERENCE = 5  # seconds


@installation_check
def database_can_be_used():
    """Report a server that does not answer, is too old or read-only: other checks of it then fail as well."""
    try:
        problem = health.database_answers()
    except (DatabaseError, InterfaceError) as error:
        return [
            Error(
                _("The database cannot be used: %(error)s") % {"error": str(error).strip()},
                hint=_("Start it, or correct DATABASE_URL."),
                id="forum_site.E016",
            )
        ]
    if problem:
        return [
            Error(
                _("The database is read-only: %(problem)s.") % {"problem": problem},
                hint=_("Promote the standby, or name the primary in DATABASE_URL."),
                id="forum_site.E017",
            )
        ]
    return []


@installation_check
def encoding_is_unicode():
    statement = "PRAGMA encoding" if connection.vendor == "sqlite" else "SHOW server_encoding"
    if (encoding := value_of(statement)) in ("UTF-8", "UTF8"):
        return []
    return [
        Error(
            _("The encoding of the database is %(encoding)s: names in other scripts cannot be saved.")
            % {"encoding": encoding},
            hint=_("Make a backup, create a database with ENCODING 'UTF8', and restore the backup into it."),
            id="forum_site.E018",
        )
    ]


@installation_check
def migrations_are_applied():
    if problem := health.migrations_are_applied():
        return [
            Error(
                _("The tables are older than the code: %(problem)s.") % {"problem": problem},
                hint=_("Run manage.py backup, then manage.py migrate."),
                id="forum_site.E019",
            )
        ]
    return []


@installation_check
def sqlite_uses_write_ahead_log():
    if connection.vendor != "sqlite" or (mode := value_of("PRAGMA journal_mode")) == "wal":
        return []
    return [
        Error(
            _("The journal mode of SQLite is %(mode)s, not wal: readers and writers block each other.")
            % {"mode": mode},
            hint=_("Put VAR_DIR on a local disk, where WAL works, and remove journal_mode from DATABASE_URL."),
            id="forum_site.E020",
        )
    ]


@installation_check
def sqlite_is_on_a_local_disk():
    if connection.vendor != "sqlite" or not (kind := file_system(Path(connection.settings_dict["NAME"]))):
        return []
    if not kind.startswith(NETWORK_FILE_SYSTEMS):
        return []
    return [
        Error(
            _("The database file is on a network file system (%(kind)s), where the locks of SQLite fail.")
            % {"kind": kind},
            hint=_("Put VAR_DIR on a local disk, or use PostgreSQL."),
            id="forum_site.E021",
        )
    ]


def file_system(path):
    """Return the type of the file system of a path, or an empty text where that is unknown."""
    if not MOUNTS.exists():
        return ""
    found, path = ("", ""), path.resolve()
    for line in MOUNTS.read_text(errors="replace").splitlines():
        _device, mount_point, kind = line.split(" ")[:3]
        mount_point = mount_point.replace("\\040", " ")
        if path.is_relative_to(mount_point) and len(mount_point) >= len(found[0]):
            found = mount_point, kind
    return found[1]


@installation_check
def clocks_agree():
    if connection.vendor == "sqlite":
        return []  # It has the clock of this machine.
    difference = abs((value_of("SELECT clock_timestamp()") - timezone.now()).total_seconds())
    if difference <= MAX_CLOCK_DIFFERENCE:
        return []
    return [
        Warning(
            _("The clocks of this machine and of the database differ by %(seconds)s seconds.")
            % {"seconds": round(difference)},
            hint=_("Set both clocks by NTP: scheduled publication follows that of the database."),
            id="forum_site.W013",
        )
    ]


def value_of(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]
