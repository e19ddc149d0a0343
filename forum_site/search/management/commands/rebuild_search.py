import time

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils.translation import gettext as _

from forum_site.search import rebuild
from forum_site.search.models import SearchEntry

PAUSE = 0.05  # Seconds between batches on SQLite, which has one writer at a time: who waits for it gets a turn.
WIDTH = 30  # characters of the bar


class Command(BaseCommand):
    help = _(
        "Rebuild the search index from the content, a few hundred rows at a time, while the site runs. Can be "
        "interrupted and run again."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--check",
            action="store_true",
            help=_("Change nothing: prove that the index agrees with the content, or fail."),
        )
        parser.add_argument("--if-empty", action="store_true", help=_("Do nothing when there is an index already."))

    def handle(self, *, check, if_empty, **options):
        if if_empty and SearchEntry.objects.exists():
            self.stdout.write(_("The search index exists. Nothing done."))
        elif check:
            self.check_index()
        else:
            rows = sum(self.progress(rebuild.rebuild(), pause=PAUSE if connection.vendor == "sqlite" else 0))
            self.stdout.write(_("Rebuilt the search index: %(rows)s rows.") % {"rows": rows})

    def check_index(self):
        different = [entry for batch in self.progress(rebuild.differences()) for entry in batch]
        for entry in different[:20]:
            self.stdout.write(rebuild.name_of(entry))
        if different:
            raise CommandError(
                _("Rows whose index differs: %(rows)s. Run manage.py rebuild_search.") % {"rows": len(different)}
            )
        self.stdout.write(_("The index agrees with the content."))

    def progress(self, batches, pause=0):
        """Yield what was done of each batch, while a bar tells how far it is."""
        is_terminal = self.stdout.isatty()
        for done, batch in batches:
            yield batch
            if is_terminal:
                self.stdout.write(f"\r[{'#' * round(done * WIDTH):{WIDTH}}] {done:4.0%}", ending="")
                self.stdout.flush()
            time.sleep(pause)
        if is_terminal:
            self.stdout.write("")
