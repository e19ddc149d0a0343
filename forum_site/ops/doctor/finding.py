from enum import IntEnum
from typing import NamedTuple

from django.utils.translation import gettext as _


class Severity(IntEnum):
    NOTE = 1  # Worth knowing.
    WARNING = 2  # The site works, and something of it does not, or will not.
    SERIOUS = 3  # The site fails or is open to others.

    @property
    def label(self):
        return {1: _("Note"), 2: _("Warning"), 3: _("Serious")}[self.value]


class Finding(NamedTuple):
    severity: Severity
    text: str
    mend: str


def note(text, mend):
    return Finding(Severity.NOTE, text, mend)


def warning(text, mend):
    return Finding(Severity.WARNING, text, mend)


def serious(text, mend):
    return Finding(Severity.SERIOUS, text, mend)
