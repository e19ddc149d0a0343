from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from forum_site.core.text.plain import for_terminal
from forum_site.ops.doctor.examination import examine
from forum_site.ops.doctor.finding import Severity


class Command(BaseCommand):
    help = _(
        "Tells what is wrong with this installation and how it is mended. Changes nothing. "
        "Fails if anything is serious."
    )
    requires_system_checks = []  # It has to run where nothing else does.

    def add_arguments(self, parser):
        parser.add_argument(
            "--thorough",
            action="store_true",
            help=_("Compare the index of the search and the numbers of shows with all content: this may take minutes."),
        )

    def handle(self, *, thorough, **options):
        outcomes = list(examine(thorough))
        findings = sorted((finding for _check, finding in outcomes if finding), key=lambda found: -found.severity)
        styles = {Severity.SERIOUS: self.style.ERROR, Severity.WARNING: self.style.WARNING}
        for finding in findings:
            label = styles.get(finding.severity, str)(finding.severity.label)
            self.stdout.write(f"{label}: {for_terminal(finding.text, 1000)}\n    → {for_terminal(finding.mend, 1000)}")
        grave = sum(finding.severity == Severity.SERIOUS for finding in findings)
        counts = {"checks": len(outcomes), "well": len(outcomes) - len(findings), "serious": grave}
        told = _("Checks: %(checks)s. All is well in %(well)s; serious: %(serious)s.") % counts
        if grave:
            raise CommandError(told)
        self.stdout.write(told)
