import time

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from forum_site.ops.purge import everything

PAUSE = (
    0.1  # seconds between deletions on SQLite, which has one writer at a time: shows that wait for it get their turn
)


class Command(BaseCommand):
    help = _(
        "Delete expired data: old audit log entries, sessions, login attempts and links. Content, versions "
        "and shows are kept. Can be interrupted."
    )

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help=_("Only report what would be deleted."))

    def handle(self, *, dry_run, **options):
        moment = timezone.now()
        for each in everything():
            number = each.count(moment) if dry_run else sum(self.with_pauses(each.remove(moment)))
            self.stdout.write(f"{each.name}: {number:,}")
            self.stdout.flush()
        if settings.KEEP_AUDIT_DAYS is None:
            self.stdout.write(_("Audit log entries are kept forever (KEEP_AUDIT_DAYS)."))
        self.stdout.write(_("This was a dry run: nothing was deleted.") if dry_run else _("All of this was deleted."))

    def with_pauses(self, numbers):
        for number in numbers:
            yield number
            if connection.vendor == "sqlite" and number > 1:
                time.sleep(PAUSE)
