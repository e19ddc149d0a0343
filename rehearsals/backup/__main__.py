"""Rehearse backup and restore: `python -m rehearsals.backup [--events 10000] [--megabytes 2000] [FROM:TO …]`.

FROM and TO are sqlite or postgresql; all four ways, unless some are named. It needs four times the megabytes of disk.
"""

import argparse
import sys
import tempfile
from contextlib import ExitStack
from itertools import product

from rehearsals.drills.servers import PostgreSQL
from rehearsals.rehearsing import begin

KINDS = ("sqlite", "postgresql")
WAYS = [f"{source}:{target}" for source, target in product(KINDS, KINDS)]


def main():
    parser = argparse.ArgumentParser(prog="python -m rehearsals.backup", description=__doc__)
    parser.add_argument("ways", nargs="*", metavar="FROM:TO", help="such as sqlite:postgresql; all four, if none")
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--megabytes", type=int, default=2000, help="of uploaded files")
    options = parser.parse_args()
    if unknown := set(options.ways) - set(WAYS):
        parser.error(f"There is no way {', '.join(sorted(unknown))}, but {', '.join(WAYS)}.")
    begin()
    from rehearsals.backup.rehearsal import Databases, Rehearsal

    print("| | processor | on the clock | most memory | |\n|---|---|---|---|---|", flush=True)
    ways = [way.split(":") for way in options.ways or WAYS]
    with ExitStack() as stack:
        server = stack.enter_context(PostgreSQL()) if "postgresql" in str(ways) else None
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="forum-site-keeping-"))
        rehearsal = Rehearsal(
            folder,
            Databases(server and server.url),
            options.events,
            options.megabytes,
            lambda line: print(line, flush=True),
        )
        for source in KINDS:
            targets = [target for origin, target in ways if origin == source]
            if targets:
                rehearsal.back_up(source)
                rehearsal.refuse_damaged(targets[0])
                for target in targets:
                    rehearsal.restore(target)
                rehearsal.kept.unlink()
    for failure in rehearsal.failures:
        print(failure, flush=True)
    print("FAIL" if rehearsal.failures else "pass")
    return int(bool(rehearsal.failures))


if __name__ == "__main__":
    sys.exit(main())
