import argparse
import time

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from forum_site.core.text.plain import for_terminal
from forum_site.linkcheck.client import Outcome
from forum_site.linkcheck.crawl import Round
from forum_site.linkcheck.models import CheckedLink
from forum_site.linkcheck.sources import MAX_LENGTH
from forum_site.linkcheck.ssrf import Guard

EVERY = 2  # seconds between two lines of progress


class Command(BaseCommand):
    help = _(
        "Check the links of public pages to other sites, one request at a time, with a pause for each host. "
        "Broken links are listed in the admin. Can be interrupted and run again."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--most",
            type=whole_number(1, 1_000_000),
            default=2000,
            help=_("How many links to check at most (default: 2000)."),
        )
        parser.add_argument(
            "--days",
            type=whole_number(0, 3650),
            default=7,
            help=_("Skip links that were checked in so many days (default: 7)."),
        )
        parser.add_argument(
            "--pause",
            type=seconds,
            default=1,
            help=_("Seconds between two requests to one host (default: 1)."),
        )
        parser.add_argument("--dry-run", action="store_true", help=_("Only report which links would be checked."))

    def handle(self, *, most, days, pause, dry_run, **options):
        self.stdout.write(_("Looking for links on all public pages."))
        links = Round(Guard(), most=most, days=days, pause=pause)
        if dry_run:
            for address in links.due:
                self.stdout.write(for_terminal(address, MAX_LENGTH))
            told = _("Dry run: %(due)s of %(all)s links would be checked, %(later)s later.")
        else:
            links.purge()
            self._ask(links)
            told = _("%(all)s links to other sites. Checked %(asked)s:")
        self.stdout.write(
            told
            % {
                "due": len(links.due),
                "all": len(links.sources),
                "later": links.left_for_later,
                "asked": links.outcomes.total(),
            }
        )
        if not dry_run:
            self._sum_up(links)

    def _ask(self, links):
        told_at = time.monotonic()
        try:
            for address, answer in links.run():
                if answer.outcome in (Outcome.FAILED, Outcome.GONE):
                    self.stdout.write(f"{for_terminal(address, MAX_LENGTH)} – {for_terminal(answer.reason)}")
                if time.monotonic() - told_at >= EVERY:
                    told_at = time.monotonic()
                    asked = {"asked": links.outcomes.total(), "due": len(links.due)}
                    self.stdout.write(_("%(asked)s of %(due)s checked.") % asked)
                    self.stdout.flush()
        except KeyboardInterrupt:
            self.stdout.write(_("Interrupted. Results so far are stored; the rest is checked next time."))

    def _sum_up(self, links):
        for outcome, told in [
            (Outcome.WELL, _("answered well: %(number)s")),
            (Outcome.GONE, _("not found: %(number)s")),
            (Outcome.FAILED, _("did not answer well: %(number)s")),
            (Outcome.UNKNOWN, _("not known (refused to a bot): %(number)s")),
            (Outcome.LATER, _("left alone, as their hosts requested: %(number)s")),
        ]:
            if number := links.outcomes[outcome]:
                self.stdout.write("  " + told % {"number": number})
        if links.left_for_later:
            self.stdout.write(_("Left for the next time: %(number)s.") % {"number": links.left_for_later})
        broken = CheckedLink.objects.broken().count()
        self.stdout.write(_("Broken links: %(number)s. The admin lists them.") % {"number": broken})


def whole_number(least, most):
    def read(text):
        if not (text.isascii() and text.isdecimal() and len(text) < 9 and least <= int(text) <= most):
            raise argparse.ArgumentTypeError(
                _("a whole number from %(least)s to %(most)s is needed, not “%(text)s”.")
                % {"least": least, "most": most, "text": text}
            )
        return int(text)

    return read


def seconds(text):
    try:
        number = float(text)
    except ValueError:
        number = -1
    if not 0.2 <= number <= 3600:
        raise argparse.ArgumentTypeError(_("seconds from 0.2 to 3600 are needed, not “%(text)s”.") % {"text": text})
    return number
