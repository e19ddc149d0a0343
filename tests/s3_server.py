"""A local S3 server for tests: moto, in the environment that `make .venv/s3-server/installed` makes for it.

Run by that environment's Python, this file is the server: it prints its port, and lives as long as its standard input.
"""

import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from pathlib import Path

PYTHON = Path(__file__).resolve().parents[1] / ".venv" / "s3-server" / "bin" / "python"
BUCKET = "forum-media"


@contextmanager
def running():
    """Yield the address of a server that has an empty bucket."""
    with subprocess.Popen(
        [PYTHON, "-P", __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        try:
            address = f"http://127.0.0.1:{int(server.stdout.readline())}"
            make_bucket(address)
            yield address
        finally:
            server.kill()


def make_bucket(address):
    urllib.request.urlopen(urllib.request.Request(f"{address}/{BUCKET}", method="PUT"), timeout=10).close()


def serve():
    from threading import Thread

    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    serve()
