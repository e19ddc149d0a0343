import argparse
import errno
import os
import sys
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from forum_site.backup import retention
from forum_site.backup.archive import ChangedWhileReadError
from forum_site.backup.chunks import LineTooLongError
from forum_site.backup.dump import back_up
from forum_site.core.text.plain import for_terminal

TOLD = 20  # files that are named


class Command(BaseCommand):
    help = _(
        "Writes the whole site (database, uploaded files, settings without secrets) into one file, while the site "
        "runs. It holds password hashes and keys of two-factor authentication: keep it private."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--to",
            metavar="FILE",
            help=_("The file to write, or - for the standard output. Otherwise a new one in backups/ of VAR_DIR."),
        )

        parser.add_argument(
            "--keep",
            type=number_of_backups,
            metavar="NUMBER",
            help=_(
                "How many backups to keep in backups/ of VAR_DIR, the new one included, or all (default: "
                "KEEP_BACKUPS, %(number)s). Only files named by this command are deleted."
            )
            % {"number": settings.KEEP_BACKUPS or "all"},
        )

    def handle(self, *, to, keep, **options):
        if keep and to:
            raise CommandError(_("--keep is about the backups in backups/ of VAR_DIR: leave --to out."))
        try:
            if to == "-":
                self.write_to(sys.stdout.buffer, _("the standard output"))
            else:
                path = Path(to) if to else retention.new_path()
                if not to:
                    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                if to:
                    with whole_file(path) as file:
                        self.write_to(file, path)
                else:
                    keep = keep or settings.KEEP_BACKUPS or "all"
                    self.write_where_room_is(path, may_remove=keep != "all")
                    self.remove_old(keep)
        except ChangedWhileReadError as error:
            raise CommandError(
                _("%(file)s became shorter while it was read. There is no backup; try again.")
                % {"file": for_terminal(error)}
            ) from error
        except LineTooLongError as error:
            raise CommandError(
                _("There is no backup: a row of %(label)s is larger than one that can be restored.") % {"label": error}
            ) from error
        except (OSError, DatabaseError) as error:
            raise CommandError(_("There is no backup: %(error)s") % {"error": for_terminal(error)}) from error

    def write_where_room_is(self, path, may_remove):
        """Write a backup into the folder of backups, in place of the oldest where the disk is full."""
        while retention.room_free() < retention.room_needed() and self.remove_oldest(may_remove):
            pass
        if (free := retention.room_free()) < (needed := retention.room_needed()):
            raise CommandError(self.no_room(free, needed))
        while True:
            try:
                with whole_file(path) as file:
                    self.write_to(file, path)
                return
            except OSError as error:
                if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                    raise
                if not self.remove_oldest(may_remove):
                    raise CommandError(self.no_room(retention.room_free(), retention.room_needed())) from error

    def remove_oldest(self, may_remove):
        gone = retention.remove_oldest() if may_remove else None
        if gone:
            self.stderr.write(_("Deleted to make room for the new backup: %(name)s") % {"name": gone.name})
        return gone

    def no_room(self, free, needed):
        return _(
            "There is no backup: about %(needed)s are needed and %(free)s are free. The backups that are there stay: "
            "%(number)s. Make room in %(folder)s, or write to another disk with --to."
        ) % {
            "needed": filesizeformat(needed),
            "free": filesizeformat(free),
            "number": len(retention.own()),
            "folder": retention.folder(),
        }

    def remove_old(self, keep):
        """Only now, when the new one is on the disk."""
        try:
            gone = [] if keep == "all" else retention.remove_old(keep)
        except OSError as error:
            raise CommandError(
                _("The backup is whole. Old ones could not be deleted: %(error)s") % {"error": error}
            ) from error
        for path in gone:
            self.stderr.write(_("Deleted, as newer ones are there: %(name)s") % {"name": path.name})

    def write_to(self, file, name):
        done = back_up(file, note=self.note)
        file.flush()
        self.stderr.style_func = None  # This is no error; the standard output may be the backup.
        for missing in done.missing[:TOLD]:
            self.stderr.write(_("Missing, though a row names it: %(file)s") % {"file": for_terminal(missing)})
        for left_out, reason in list(done.left_out.items())[:TOLD]:
            self.stderr.write(_("Left out: %(file)s: %(reason)s") % {"file": for_terminal(left_out), "reason": reason})
        self.stderr.write(
            _("Rows: %(rows)s. Files: %(files)s. Files missing: %(missing)s, left out: %(left_out)s.")
            % {
                "rows": done.rows,
                "files": done.files,
                "missing": len(done.missing),
                "left_out": len(done.left_out),
            }
        )
        size = filesizeformat(file.tell()) if file.seekable() else ""
        self.stderr.write(_("The backup is written to %(name)s. %(size)s") % {"name": name, "size": size})

    def note(self, text):
        if self.stderr.isatty():
            self.stderr.write(f"… {text}")


def number_of_backups(text):
    if text == "all":
        return text
    if not (text.isascii() and text.isdigit() and len(text) < 6 and int(text) >= 1):
        raise argparse.ArgumentTypeError(
            _("a whole number from 1 on, or all, is needed, not “%(text)s”.") % {"text": text}
        )
    return int(text)


@contextmanager
def whole_file(path):
    """A file that has its name only once all of it is on the disk; nobody else may read it."""
    if path.exists():
        raise FileExistsError(_("%(path)s is there already.") % {"path": path})
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(draft, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)  # Fails where another one was quicker.
    finally:
        draft.unlink(missing_ok=True)
