from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import gettext as _

from forum_site.backup import restore
from forum_site.backup.archive import InvalidArchiveError
from forum_site.backup.verify import check
from forum_site.core.text.plain import for_terminal


class Command(BaseCommand):
    help = _(
        "Makes the site what a backup says, on SQLite or PostgreSQL, whichever it was made on. The file is proved "
        "first, and everything is restored or nothing. Stop the site meanwhile."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--check", action="store_true", help=_("Only prove the file; change nothing."))
        parser.add_argument("--replace", action="store_true", help=_("Delete the content that this site has now."))
        parser.add_argument("--yes", action="store_true", help=_("With --replace: do not ask."))

    def handle(self, *, file, replace, yes, **options):
        try:
            with file.open("rb") as archive:
                settings.VAR_DIR.mkdir(parents=True, exist_ok=True)  # A new machine has no folder for the database.
                checked = self.prove(archive)
                if not options["check"]:
                    self.prepare(replace, yes)
                    restored = restore.restore(archive, checked)
        except InvalidArchiveError as error:
            raise CommandError(
                _("This backup is not restored, and nothing was changed. %(why)s") % {"why": for_terminal(error)}
            ) from error
        except (OSError, DatabaseError) as error:
            raise CommandError(_("Nothing was restored: %(error)s") % {"error": for_terminal(error)}) from error
        if not options["check"]:
            self.finish(checked, restored)

    def prove(self, archive):
        checked = check(archive)
        self.stdout.write(
            _("The backup of %(site)s from %(made_at)s is whole. Rows: %(rows)s. Files: %(files)s.")
            % {
                "site": for_terminal(checked.manifest["site"]["name"]),
                "made_at": for_terminal(checked.manifest["made_at"]),
                "rows": checked.rows,
                "files": checked.files,
            }
        )
        for name in checked.manifest["missing"][:20]:
            self.stdout.write(_("Not in it, though a row names it: %(file)s") % {"file": for_terminal(name)})
        return checked

    def prepare(self, replace, yes):
        """See that the tables are there and empty, or may be emptied."""
        if not MigrationRecorder(connection).applied_migrations():
            self.stdout.write(_("Making the tables."))
            call_command("migrate", verbosity=0)
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            raise CommandError(_("The tables of this site are older than its code: run manage.py migrate first."))
        content = restore.content_here()
        if not content:
            return
        rows = sum(content.values())
        if not replace:
            raise CommandError(
                _("This site has content: %(rows)s rows. With --replace, the backup takes its place.") % {"rows": rows}
            )
        if not yes:
            self.stdout.write(_("%(rows)s rows of this site will be deleted:") % {"rows": rows})
            for label, count in sorted(content.items()):
                self.stdout.write(f"  {label}: {count}")
            if typed(_("Type replace to go on: ")) != "replace":
                raise CommandError(_("Nothing was changed."))

    def finish(self, checked, restored):
        self.stdout.write(
            _("Restored. Rows: %(rows)s. Files: %(files)s.") % {"rows": restored.rows, "files": restored.files}
        )
        if restored.cleaned:
            self.stdout.write(
                _("Rows whose texts were cleaned by the rules of today: %(rows)s.") % {"rows": restored.cleaned}
            )
        call_command("rebuild_search", stdout=self.stdout)
        if checked.manifest["settings"]:
            self.stdout.write(
                _("The site that was backed up had these settings; its keys and passwords are not in it:")
            )
            for name, value in sorted(checked.manifest["settings"].items()):
                self.stdout.write(f"  {for_terminal(name)}={for_terminal(value)}")
        self.stdout.write(_("All users must log in again. Restart the site."))


def typed(question):
    try:
        return input(question).strip()
    except EOFError:  # Nobody is there to be asked.
        return ""
