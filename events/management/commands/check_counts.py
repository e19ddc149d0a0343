from contextlib import contextmanager
from itertools import chain

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.db.models import F, OuterRef, Subquery
from django.utils.translation import gettext as _

from events.models import Event, ImportedShows, ShowCount, ShowTotal
from forum_site.core.text.plain import for_terminal


class Command(BaseCommand):
    help = _(
        "Check that the total of each event is the sum of its daily counts and corrections, and no row is impossible. "
        "Fails and lists what is wrong. Changes nothing; the site may run meanwhile."
    )

    def handle(self, **options):
        self.stdout.write(_("Adding up the daily counts; millions of rows take some seconds."))
        with as_long_as_it_takes():
            differences = self.tell(chain(differences_found(), imported_numbers_changed()))
            impossible = self.tell(impossible_rows_found())
            checked = {"events": Event.objects.count(), "shows": ShowTotal.objects.total()}
        self.stdout.write(_("Events checked: %(events)s. Shows in all: %(shows)s.") % checked)
        if differences or impossible:
            raise CommandError(
                _("Totals that differ from the daily counts: %(differences)s. Rows that cannot be: %(impossible)s.")
                % {"differences": differences, "impossible": impossible}
            )
        self.stdout.write(_("The daily counts and the totals agree."))

    def tell(self, sentences):
        """Print the sentences; return how many they are."""
        told = 0
        for sentence in sentences:
            self.stdout.write(for_terminal(sentence, 1000))
            told += 1
        return told


def differences_found():
    for total in ShowTotal.objects.differences():
        yield _(
            "Event %(event)s, “%(title)s”: the total says %(total)s, the daily counts %(daily_counts)s "
            "and the corrections %(corrections)s."
        ) % {
            "event": total.event_id,
            "title": total.title,
            "total": total.shows,
            "daily_counts": total.daily_counts,
            "corrections": f"{total.corrections:+d}",
        }


def imported_numbers_changed():
    """Yield a sentence for each event whose imported number is not that of its last line."""
    last = ImportedShows.objects.filter(event=OuterRef("pk")).order_by("-pk").values("shows")[:1]
    events = Event.objects.annotate(line=Subquery(last)).exclude(line=None).exclude(line=F("imported_shows"))
    for event in events.order_by("pk"):
        yield _("Event %(event)s, “%(title)s”: %(carried)s shows are imported, and the last line says %(line)s.") % {
            "event": event.pk,
            "title": event.title,
            "carried": event.imported_shows,
            "line": event.line,
        }


def impossible_rows_found():
    """Yield a sentence for each row of the daily counts that cannot be, and for each reason."""
    daily_counts = ShowCount.objects
    for rows, reason in [
        (daily_counts.of_days_to_come(), _("the day is still to come")),
        (daily_counts.with_more_filtered_shows_than_shows(), _("there are more filtered views than shows")),
        (daily_counts.of_months_amid_a_month(), _("the row of a month is not on its first day")),
        (
            daily_counts.of_months_beside_days(),
            _("the month has rows of single days, too; rollup_counts can join them"),
        ),
    ]:
        for row in rows.order_by("pk"):
            yield _("Event %(event)s, %(day)s: %(reason)s (shows %(shows)s, filtered views %(filtered_shows)s).") % {
                "event": row.event_id,
                "day": row.day,
                "reason": reason,
                "shows": row.shows,
                "filtered_shows": row.filtered_shows,
            }


@contextmanager
def as_long_as_it_takes():
    """Lift PostgreSQL's limit on statements: it is for those who wait for a page. SQLite has none."""
    if connection.vendor != "postgresql":  # There, a transaction would keep the site from counting.
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        yield
