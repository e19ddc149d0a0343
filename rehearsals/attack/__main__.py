"""Run the parts named, or all: `python -m rehearsals.attack [--list] [--count N] [--seed TEXT] [PART …]`."""

import argparse
import sys
import time
import traceback

from rehearsals.rehearsing import begin, tell, tell_all

COLUMNS = ("part", "requests", "longest", "seconds", "result", "notes")


def run(name, part, options):
    """Run one part, print a line about it, and return it as a row of the table."""
    from rehearsals.attack.scene import Scene

    print(f"{name} …", end=" ", flush=True)
    began = time.monotonic()
    scene, log = Scene(name), None
    try:
        with scene:
            try:
                part(scene, options)
            finally:
                log = scene.keep_log()
    except Exception:
        scene.failures.append(traceback.format_exc())
    row = (
        name,
        f"{scene.asked:,}" if scene.asked else "–",
        f"{scene.longest:.2f} s" if scene.longest else "–",
        f"{time.monotonic() - began:.0f}",
        "FAIL" if scene.failures else "pass",
        "; ".join(scene.notes),
    )
    tell(COLUMNS, row, scene.failures, scene.notes, log)
    return row


def main():
    parser = argparse.ArgumentParser(prog="python -m rehearsals.attack", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="PART", help="the parts to run; all, if none is named")
    parser.add_argument("--list", action="store_true", help="tell what each part tries, and run none")
    parser.add_argument("--count", type=int, default=200_000, help="how many odd requests are sent, 200,000 if unsaid")
    parser.add_argument("--seed", default="forum", help="what the odd requests are made up from")
    options = parser.parse_args()
    begin()
    from rehearsals.attack.parts import PARTS

    if unknown := set(options.names) - set(PARTS):
        parser.error(f"There is no part {', '.join(sorted(unknown))}; --list names them.")
    if options.list:
        for name, part in PARTS.items():
            print(f"{name}: {part.__doc__}")
        return 0
    rows = [run(name, PARTS[name], options) for name in options.names or PARTS]
    return tell_all(COLUMNS, rows)


if __name__ == "__main__":
    sys.exit(main())
