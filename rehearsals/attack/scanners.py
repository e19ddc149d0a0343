"""Scanners that look for holes: each in a virtual environment of its own, with what of their findings is no hole."""

import re
import subprocess
import venv
from collections import Counter
from dataclasses import astuple, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VERSIONS = {"wapiti3": "3.2.3", "sqlmap": "1.10.10"}
ACCEPTED = Path(__file__).with_name("accepted.txt")


def scanner(package, program):
    """Return the program of a scanner, which is installed if it is not there."""
    folder = ROOT / ".venv" / "attack" / f"{package}-{VERSIONS[package]}"
    if not (folder / "installed").exists():
        print(f"installing {package} {VERSIONS[package]} …", end=" ", flush=True)
        venv.create(folder, clear=True, with_pip=True)
        pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, f"{package}=={VERSIONS[package]}"], check=True, stderr=subprocess.DEVNULL)
        (folder / "installed").touch()
    return folder / "bin" / program


@dataclass(frozen=True)
class Finding:
    """What a scanner takes for a hole: its name for it, method, path and parameter."""

    tool: str
    what: str
    method: str
    path: str
    parameter: str = ""

    def __str__(self):
        return " | ".join(astuple(self))


def accepted():
    """Return `(patterns of the fields of a Finding, why it is no hole)` of each line of the list."""
    lines = [line for line in ACCEPTED.read_text().splitlines() if line and not line.startswith("#")]
    rows = [[field.strip() for field in line.split(" | ")] for line in lines]
    return [([re.compile(field) for field in fields], reason) for *fields, reason in rows]


def reason_of(finding):
    """Return why a finding is no hole, or None when nobody has said so."""
    for patterns, reason in accepted():
        if all(pattern.fullmatch(field) for pattern, field in zip(patterns, astuple(finding), strict=True)):
            return reason
    return None


def judge(scene, findings):
    """Fail on each finding that is not accepted, and tell how many are."""
    format_errors = {finding: reason_of(finding) for finding in set(findings)}
    for finding in sorted(str(finding) for finding, reason in format_errors.items() if reason is None):
        scene.check(False, finding)
    known = Counter(reason for reason in format_errors.values() if reason is not None)
    scene.note(f"{len(format_errors) - known.total()} new findings, {known.total()} that are none")


def sign_in(site, username, password):
    """Return the cookies of somebody who has signed in, as a header has them."""
    browser = site.sign_in(username, password)
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.cookies)


def run_bounded(command, seconds, log, cwd):
    """Run a scanner for so long at most; return whether it ended by itself."""
    with Path(log).open("ab") as out:
        process = subprocess.Popen(
            command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            return process.wait(seconds) is not None
        except subprocess.TimeoutExpired:
            return False
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
