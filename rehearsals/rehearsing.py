"""What the programs that put a site to the test have in common: how they begin, and what they tell of each part."""

import os
import signal
import sys

import django

from forum_site.env import NAMES

MOST_FAILURES = 12  # told of one part


def begin():
    """Leave out all settings, since each part makes its own, and let what was started be ended by whatever ends us."""
    for setting in NAMES:
        os.environ.pop(setting, None)
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    end_what_was_started()


def end_what_was_started():
    """Have a signal that ends us be an exception, so that whatever we have started is ended, too."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(1))


def tell(columns, row, failures, notes=(), log=None):
    """Print what came of a part: a row, whose last two columns are its result and its notes, and how it failed."""
    print(row[-2], *(f"{column} {value}" for column, value in zip(columns[1:-2], row[1:-2], strict=True)), sep=", ")
    for text in [*notes, *failures[:MOST_FAILURES]]:
        print(f"    {text}", flush=True)
    if failures:
        print(f"    {len(failures)} failures. The site's log is kept: {log}", flush=True)


def tell_all(columns, rows):
    """Print a table of all rows, and return the exit code."""
    print()
    for row in (columns, ["---"] * len(columns), *rows):
        print(f"| {' | '.join(row)} |")
    return int(any("FAIL" in row for row in rows))
