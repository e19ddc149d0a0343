import argparse
import datetime
import time

from django.core.management.base import BaseCommand
from django.db import connection
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from events.models import ShowCount

PAUSE = 0.2  # Seconds between months on SQLite, which has one writer at a time: shows that wait for it get their turn.


class Command(BaseCommand):
    help = _(
        "Roll up the daily counts of old months: one row per event and month instead of one per day. No sum of a month "
        "changes. Can be interrupted and run again, while the site runs."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--keep",
            type=number_of_months,
            default=24,
            metavar="MONTHS",
            help=_("How many months before the current one keep daily counts, at least 1 (default: 24)."),
        )
        parser.add_argument("--dry-run", action="store_true", help=_("Only report what would be rolled up."))

    def handle(self, *, keep, dry_run, **options):
        kept_from = first_day_of_month(timezone.localdate(), months_ago=keep)
        days = ShowCount.objects.days_before(kept_from)
        all_days = all_months = 0
        for month in days.months():
            found = days.of_month(month).aggregate(days=Count("pk"), months=Count("event", distinct=True))
            if not dry_run:
                ShowCount.objects.roll_up(month)
            self.stdout.write(
                _("%(month)s: %(days)s rows of days, %(months)s rows of the month.")
                % {"month": f"{month:%Y-%m}", **found}
            )
            self.stdout.flush()
            all_days += found["days"]
            all_months += found["months"]
            if connection.vendor == "sqlite" and not dry_run:
                time.sleep(PAUSE)
        if dry_run:
            told = _("This was a dry run: %(days)s rows of days would become %(months)s rows of months.")
        else:
            told = _("%(days)s rows of days became %(months)s rows of months.")
        self.stdout.write(told % {"days": all_days, "months": all_months})
        self.stdout.write(_("Daily counts are kept from %(day)s on.") % {"day": kept_from})


def number_of_months(text):
    if not text.isdecimal() or not 1 <= int(text) <= 1200:
        raise argparse.ArgumentTypeError(_("a whole number from 1 to 1200 is needed, not “%(text)s”.") % {"text": text})
    return int(text)


def first_day_of_month(day, months_ago):
    year, month = divmod(day.year * 12 + day.month - 1 - months_ago, 12)
    return datetime.date(year, month + 1, 1)
