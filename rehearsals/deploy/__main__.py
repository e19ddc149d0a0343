"""Install the site as deploy/ has it, break it under load: `python -m rehearsals.deploy [--query SECONDS] [STEP …]`.

As root on Debian 12; what is missing of postgresql and nginx is installed.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from contextlib import ExitStack
from pathlib import Path

from rehearsals.rehearsing import begin, tell_all

COLUMNS = ("step", "sent", "acknowledged", "stored", "lost counts", "503", "cut", "edits", "lost edits", "tracebacks")
COLUMNS = (*COLUMNS, "longest", "result", "notes")
PACKAGES = {"nginx": "nginx", "/usr/lib/postgresql": "postgresql", "openssl": "openssl"}


def install_what_is_missing():
    """Return in words why the machine will not do; nothing when it does."""
    if os.geteuid() != 0:
        return "This needs root: it mounts a small disk, and starts PostgreSQL as its own user."
    missing = [package for way, package in PACKAGES.items() if not (shutil.which(way) or Path(way).is_dir())]
    if missing:
        print(f"Installing {', '.join(missing)} …", flush=True)
        command = ["apt-get", "install", "--quiet", "--yes", "--no-install-recommends", *missing]
        if subprocess.call(command, stdout=subprocess.DEVNULL):
            return f"apt-get could not install {', '.join(missing)}: run apt-get update, or install them by hand."
    return None


def main():
    parser = argparse.ArgumentParser(prog="python -m rehearsals.deploy", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="STEP", help="the steps to run; all, if none is named")
    parser.add_argument("--query", type=int, default=60, metavar="SECONDS", help="how long the query beside migrate is")
    options = parser.parse_args()
    if reason := install_what_is_missing():
        print(reason)
        return 2
    begin()
    from rehearsals.deploy.rehearsal import Rehearsal, run
    from rehearsals.deploy.steps import STEPS

    if unknown := set(options.names) - set(STEPS):
        parser.error(f"There is no step {', '.join(sorted(unknown))}; there are {', '.join(STEPS)}.")
    rows = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="forum-site-deploy-")))
        began = time.monotonic()
        try:
            installation = stack.enter_context(Rehearsal(folder))
        except Exception:
            traceback.print_exc()
            return 1
        print(f"Two nodes, PostgreSQL and nginx run after {time.monotonic() - began:.0f} s.", flush=True)
        rows += [run(name, installation, options.query) for name in options.names or STEPS]
    return tell_all(COLUMNS, rows)


if __name__ == "__main__":
    sys.exit(main())
