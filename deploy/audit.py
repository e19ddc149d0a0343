"""Ask whether anything that the site is made of has a known hole: `make audit`, or `python deploy/audit.py`.

pip-audit asks OSV about every pin of requirements-dev.txt, which has those of the site, of its extras and of its tools.
What it finds is compared with deploy/exceptions.toml; a finding that is not there fails. pip-audit also calls it a
success when it could ask about nothing: here, that is said, loudly, and fails nothing, for a gate may stand where
OSV cannot be reached. OSV_URL names another service that speaks as OSV does.
"""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 300  # seconds
OSV = "https://api.osv.dev/v1/query"


class NotAskedError(Exception):
    """Nothing could be asked; says why."""


def asked(requirements, url):
    """Return what pip-audit says of each pin, as its JSON has it; raise NotAskedError."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", requirements, "--disable-pip", "--format", "json"]
    command += ["--progress-spinner", "off", "--timeout", "10", "--vulnerability-service", "osv", "--osv-url", url]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)  # noqa: S603 - it is ours
        said = json.loads(run.stdout)["dependencies"]
    except subprocess.TimeoutExpired as error:
        raise NotAskedError(f"pip-audit was not done within {PATIENCE} seconds.") from error
    except (ValueError, KeyError) as error:
        lines = run.stderr.strip().splitlines() or ["pip-audit said nothing."]
        raise NotAskedError(lines[-1]) from error
    if all("skip_reason" in pin for pin in said):
        raise NotAskedError(said[0]["skip_reason"] if said else "There is no pin.")
    return said


def compared(said, exceptions):
    """Return lines to tell, and whether one of them is a finding without an exception."""
    lines, needed, fails = [], set(), False
    excepted = {(entry["package"], entry["id"]): entry for entry in exceptions}
    for pin in said:
        if "skip_reason" in pin:
            lines.append(f"NOT AUDITED: {pin['name']}: {pin['skip_reason']}")
        for hole in pin.get("vulns", []):
            names = [hole["id"], *hole.get("aliases", [])]
            known = [(pin["name"], name) for name in names if (pin["name"], name) in excepted]
            needed.update(known)
            what = f"{', '.join(names)} in {pin['name']} {pin['version']}"
            if known:
                lines.append(f"Excepted: {what}: {excepted[known[0]]['reason']}")
            else:
                fails = True
                mended = ", ".join(hole.get("fix_versions", [])) or "nothing yet"
                lines.append(f"FOUND: {what}, mended in {mended}: {hole.get('description', '')[:300]}")
    for package, name in excepted.keys() - needed:
        lines.append(f"No longer needed: the exception for {name} in {package}; take it out of deploy/exceptions.toml.")
    audited = sum("skip_reason" not in pin for pin in said)
    lines.append(f"{audited} of {len(said)} packages were audited.")
    return lines, fails


def main(requirements, url=OSV, exceptions=ROOT / "deploy" / "exceptions.toml"):
    listed = tomllib.loads(Path(exceptions).read_text())
    open_in_editor = [entry["id"] for entry in listed.get("editor", []) if "fixed" not in entry]
    print(f"CKEditor 4, known and out of reach (deploy/exceptions.toml says why): {', '.join(open_in_editor)}.")
    try:
        lines, fails = compared(asked(requirements, url), listed.get("exceptions", []))
    except NotAskedError as error:
        print(f"{'!' * 78}\nNOTHING WAS AUDITED: {url} could not be asked.\n{error}\n{'!' * 78}", flush=True)
        return 0
    print(*lines, sep="\n", flush=True)
    return 1 if fails else 0


if __name__ == "__main__":
    sys.exit(main(ROOT / "requirements-dev.txt", os.environ.get("OSV_URL") or OSV))
