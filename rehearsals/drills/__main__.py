"""Run the drills named, or all: `python -m rehearsals.drills [--list] [--locked SECONDS] [NAME …]`."""

import argparse
import sys
import time
import traceback

from rehearsals.drills import broken_database, counting, editions, failover, killed_workers  # noqa: F401 - they register
from rehearsals.drills.stage import DRILLS, Stage
from rehearsals.rehearsing import begin, tell, tell_all

COLUMNS = ("drill", "sent", "acknowledged", "stored", "503", "cut", "longest", "edits", "seconds", "result", "notes")


def run(name, seconds_locked):
    """Run one drill, print a line about it, and return it as a row of the table."""
    print(f"{name} …", end=" ", flush=True)
    started = time.monotonic()
    stage = Stage(name, seconds_locked)
    try:
        with stage:
            try:
                DRILLS[name](stage)
            finally:
                log = stage.keep_log()
    except Exception:
        stage.failures.append(traceback.format_exc())
    figures = stage.figures
    row = (
        name,
        *(f"{figures[key]:,}" for key in ("sent", "acknowledged", "stored", "refused", "cut")),
        f"{figures['longest']:.2f} s",
        f"{figures.get('edits', '–')}",
        f"{time.monotonic() - started:.0f}",
        "FAIL" if stage.failures else "pass",
        "; ".join(stage.notes),
    )
    tell(COLUMNS, row, stage.failures, stage.notes, log)
    return row


def main():
    parser = argparse.ArgumentParser(prog="python -m rehearsals.drills", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="the drills to run; all, if none is named")
    parser.add_argument("--list", action="store_true", help="tell what each drill breaks, and run none")
    parser.add_argument(
        "--locked", type=int, default=10, metavar="SECONDS", help="how long rows are held, 10 if unsaid"
    )
    options = parser.parse_args()
    if unknown := set(options.names) - set(DRILLS):
        parser.error(f"There is no drill {', '.join(sorted(unknown))}; --list names them.")
    if options.list:
        for name, function in DRILLS.items():
            print(f"{name}: {function.__doc__}")
        return 0
    begin()
    rows = [run(name, options.locked) for name in options.names or DRILLS]
    return tell_all(COLUMNS, rows)


if __name__ == "__main__":
    sys.exit(main())
