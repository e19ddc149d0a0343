"""The audit fails for what nobody has looked at, and says so where it could not ask; a service of our own plays OSV."""

import ast
import json
import tomllib
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import module_from_spec, spec_from_file_location
from threading import Thread

import pytest

from tests.test_pins import ROOT

pytestmark = pytest.mark.one_database

spec = spec_from_file_location("audit", ROOT / "deploy" / "audit.py")
audit = module_from_spec(spec)
spec.loader.exec_module(audit)

LISTED = tomllib.loads((ROOT / "deploy" / "exceptions.toml").read_text())
PINS = "".join(f"{name}==1.0 --hash=sha256:{'0' * 64}\n" for name in ("anyascii", "django", "nh3"))
HOLE = {
    "id": "PYSEC-2026-1",
    "aliases": ["CVE-2026-11111", "GHSA-aaaa-bbbb-cccc"],
    "summary": "Opens\nwide.",
    "affected": [
        {
            "package": {"name": "django", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.1"}]}],
        }
    ],
}


@contextmanager
def osv(holes=(), status=200, body=None):
    """A service that knows `holes` of django; yields its address and the packages that it was asked about."""
    packages = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            packages.append(question["package"]["name"])
            found = {"vulns": list(holes)} if question["package"]["name"] == "django" and holes else {}
            answer = json.dumps(found).encode() if body is None else body
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/query", packages
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def run(tmp_path, capsys):
    """Audit three pins with these exceptions; return the exit code and what was printed."""

    def run(url, exceptions=""):
        (tmp_path / "requirements.txt").write_text(PINS)
        (tmp_path / "exceptions.toml").write_text(exceptions)
        code = audit.main(tmp_path / "requirements.txt", url, tmp_path / "exceptions.toml")
        return code, capsys.readouterr().out

    return run


EXCEPTION = '[[exceptions]]\nid = "CVE-2026-11111"\npackage = "django"\nreason = "Not used."\ntest = "x"\n'


def test_nothing_known_passes(run):
    with osv() as (url, packages):
        code, told = run(url)
    assert (code, sorted(packages)) == (0, ["anyascii", "django", "nh3"])
    assert "3 of 3 packages were audited." in told
    assert "NOT" not in told


def test_finding_fails(run):
    with osv([HOLE]) as (url, _packages):
        code, told = run(url)
    assert code == 1
    assert "FOUND: PYSEC-2026-1" in told
    assert "CVE-2026-11111" in told
    assert "in django 1.0, mended in 1.1: Opens wide." in told


def test_finding_with_an_exception_passes_and_is_told(run):
    with osv([HOLE]) as (url, _packages):
        code, told = run(url, EXCEPTION)
    assert code == 0
    assert "Excepted: PYSEC-2026-1" in told
    assert told.count("Not used.") == 1


@pytest.mark.parametrize(("name", "other"), [("CVE-2026-11111", "CVE-2026-22222"), ('"django"', '"nh3"')])
def test_exception_for_something_else_does_not_count(run, name, other):
    with osv([HOLE]) as (url, _packages):
        code, told = run(url, EXCEPTION.replace(name, other))
    assert code == 1
    assert "No longer needed: the exception for CVE-2026-" in told


def test_exception_that_is_no_longer_needed_is_told(run):
    with osv() as (url, _packages):
        code, told = run(url, EXCEPTION)
    assert code == 0
    assert "No longer needed: the exception for CVE-2026-11111 in django" in told


@pytest.mark.parametrize(("status", "body"), [(500, b"{}"), (200, b"<html>Sign in to the network</html>")])
def test_service_that_fails_is_told_and_fails_nothing(run, status, body):
    with osv(status=status, body=body) as (url, _packages):
        code, told = run(url, EXCEPTION)
    assert code == 0
    assert f"NOTHING WAS AUDITED: {url} could not be asked." in told
    assert "No longer needed" not in told


def test_service_that_is_away_is_told_and_fails_nothing(run):
    code, told = run("http://127.0.0.1:9/v1/query")
    assert code == 0
    assert "NOTHING WAS AUDITED" in told
    assert "refused" in told


def test_packages_that_could_not_be_asked_about_are_not_a_success(monkeypatch, run):
    """pip-audit says “No known vulnerabilities found” and exits with 0 when it skipped every package."""
    skipped = [{"name": "django", "skip_reason": "Dependency not found"}]
    monkeypatch.setattr(
        audit.subprocess,
        "run",
        lambda *args, **kwargs: type("Run", (), {"stdout": json.dumps({"dependencies": skipped}), "stderr": ""}),
    )
    code, told = run("http://127.0.0.1:9/v1/query")
    assert (code, "NOTHING WAS AUDITED" in told) == (0, True)
    lines, _fails = audit.compared([*skipped, {"name": "nh3", "version": "1", "vulns": []}], [])
    assert lines == ["NOT AUDITED: django: Dependency not found", "1 of 2 packages were audited."]


def test_every_exception_says_why_and_names_a_test_that_is_there():
    entries = [*LISTED.get("exceptions", []), *LISTED["editor"]]
    assert len({entry["id"] for entry in entries}) == len(entries)
    for entry in entries:
        tests = entry.get("tests") or [entry["test"]] if "test" in entry else entry["tests"]
        assert len(entry["reason"]) > 20
        assert tests or "fixed" in entry, entry["id"]
        for named in tests:
            path, _separator, function = named.partition("::")
            names = {node.name for node in ast.parse((ROOT / path).read_text()).body if hasattr(node, "name")}
            assert function in names, named
