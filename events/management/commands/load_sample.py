from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from events import sample
from events.models import Event


class Command(BaseCommand):
    help = _("Adds what is missing of the sample: a forum and a small archive. Whatever is there stays as it is.")

    def add_arguments(self, parser):
        parser.add_argument("--if-empty", action="store_true", help=_("Do nothing when there is any event already."))

    def handle(self, *, if_empty, **options):
        if if_empty and Event.objects.exists():
            self.stdout.write(_("There are events already. Nothing added."))
            return
        self.stdout.write(_("Adding what is missing of the sample; drawing its pictures takes a few seconds."))
        added = sample.load()
        self.stdout.write(_("Added to the site: organizations %(organizations)s, events %(events)s.") % added._asdict())
