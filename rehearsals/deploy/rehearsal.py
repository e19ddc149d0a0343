"""An installation with its servers and events, and the running of one step on it."""

import traceback
from contextlib import ExitStack
from pathlib import Path

from rehearsals.deploy.installation import DebianPostgreSQL, Installation
from rehearsals.deploy.steps import STEPS, upload
from rehearsals.drills.stage import PREPARE, Stage
from tests.uploads import picture

MOST_FAILURES = 12  # told of one step


class Rehearsal(ExitStack):
    def __init__(self, folder):
        super().__init__()
        self.folder = folder

    def __enter__(self):
        with ExitStack() as started:
            self.postgresql = started.enter_context(DebianPostgreSQL())
            self.site = started.enter_context(Installation(self.folder, self.postgresql))
            self.site.manage("shell", "--verbosity", "0", "-c", PREPARE)
            self.push(started.pop_all())
        return self


class Step(Stage):
    """A stage whose site is there already, with books of its own."""

    def __init__(self, name, rehearsal, seconds):
        super().__init__(name, seconds)
        self.site, self.postgresql = rehearsal.site, rehearsal.postgresql
        self.site.rows("TRUNCATE events_showtotal, events_showcount, django_admin_log")
        self.seen = self.site.log.stat().st_size

    def upload(self, name):
        return upload(self.site, name, picture((600, 400), "PNG").read())

    def told(self):
        """Return what the nodes have logged since the step began."""
        with Path(self.site.log).open("rb") as log:
            log.seek(self.seen)
            return log.read().decode(errors="replace")


def run(name, rehearsal, seconds):
    """Run one step, print a line about it, and return it as a row of the table."""
    print(f"{name} …", end=" ", flush=True)
    step = Step(name, rehearsal, seconds)
    try:
        with step:
            STEPS[name](step)
    except Exception:
        step.failures.append(traceback.format_exc())
    figures, failures = step.figures, step.failures
    row = (
        name,
        *(f"{figures[key]:,}" for key in ("sent", "acknowledged", "stored")),
        str(max(0, figures["acknowledged"] - figures["stored"])),
        *(f"{figures[key]:,}" for key in ("refused", "cut")),
        str(figures.get("edits", "–")),
        str(sum("is not stored" in text or "in the history" in text for text in failures)),
        str(sum("traceback" in text for text in failures)),
        f"{figures['longest']:.2f} s",
        "FAIL" if failures else "pass",
        "; ".join(step.notes),
    )
    print(", ".join(row[-2:]), flush=True)
    for text in failures[:MOST_FAILURES]:
        print(f"    {text}", flush=True)
    if failures:
        for name, text in (("nodes", step.told()), ("proxy", (rehearsal.folder / "nginx-error.log").read_text())):
            # A node that did not take the connection cost nobody anything.
            usual = ("A request took", "Consider reviewing", "temporarily disabled", "(111:", "(2:")
            lines = [line[:300] for line in text.splitlines() if not any(words in line for words in usual)]
            print(f"    The log of the {name}:", *lines[-8:], sep="\n        ", flush=True)
    return row
