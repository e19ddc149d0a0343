"""sqlmap on every parameter that the code says it reads: those of the public pages, of the admin and of signing in."""

import csv
import re
import tempfile
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from rehearsals.attack.scanners import Finding, judge, run_bounded, scanner, sign_in
from rehearsals.attack.scene import PASSWORD

AT_MOST = 540  # seconds of each of the three runs
TESTED = re.compile(r"parameter '([^']+)' does not seem to be injectable|Parameter: (\S+) \(")
FOUND = re.compile(r"^Parameter: (\S+) \((\w+)\)", re.M)
FALSE_ALARM = "false positive"  # What sqlmap itself found out when it tried to use what it had found.
# A role says nothing without its organization.
NEEDED = {"role": "organization"}
TOGETHER = ("/autocomplete/", "/shows/", "/merge/")  # They want all of theirs.
# A page of the desk takes long: no UNION there, for which most of the requests would be.
QUICK = ["--level", "1", "--technique", "BEST", "--threads", "4"]
# All lists of the desk share the code of these, so they are tried on one.
SHARED, TRIED_ON = {"o", "p", "all"}, "/admin/events/event/"


def sqlmap(scene, options):
    """sqlmap on each parameter of public pages, of the admin as a superuser (level 1), and of signing in."""
    program = scanner("sqlmap", "sqlmap")
    site = scene.start(settings="rehearsals.attack.settings")
    workers = site.worker_pids()
    base = f"http://127.0.0.1:{site.port}"
    targets = [f"{base}{target}" for target in single_parameters(scene.with_parameters)]
    public = [target for target in targets if "/admin/" not in urlsplit(target).path]
    desk = [target for target in targets if target not in public]
    session = sign_in(site, "attacked-root", PASSWORD)
    scene.before = scene.checksums()  # When somebody was here last has changed.
    findings = scan(scene, program, "public", public, ["--level", "2", "--threads", "4"])
    findings += scan(scene, program, "desk", desk, ["--cookie", session, "--drop-set-cookie", *QUICK])
    form = urlencode({"login": "somebody", "password": "secret", "next": "/admin/", "csrfmiddlewaretoken": "x"})
    door = f"{base}/account/sign-in/"
    token = ["--level", "2", "--data", form, "--csrf-token", "csrfmiddlewaretoken", "--csrf-url", door]
    findings += scan(scene, program, "door", [door], token)
    judge(scene, findings)
    scene.close_books(workers)


def single_parameters(with_parameters):
    """Yield the address of each parameter alone, so that what it does is not hidden by what the others do."""
    for path, parameters in with_parameters:
        if path.endswith(TOGETHER):
            yield f"{path}?{urlencode(parameters)}"
            continue
        for name, value in parameters.items():
            if name not in SHARED or path == TRIED_ON:
                needed = NEEDED.get(name)
                more = {needed: parameters[needed]} if needed in parameters else {}
                yield f"{path}?{urlencode({**more, name: value})}"


def scan(scene, program, name, targets, more):
    """Return what one run finds."""
    folder = Path(scene.enter_context(tempfile.TemporaryDirectory(prefix="forum-site-sqlmap-")))
    (folder / "targets").write_text("\n".join(targets))
    command = [program, "-m", folder / "targets", "--batch", "--risk", "1", "--dbms", "PostgreSQL"]
    command += ["--time-sec", "3", "--timeout", "15", "--retries", "1", "--skip-waf", "--flush-session"]
    command += ["--param-exclude", "csrf|sessionid", "--disable-coloring"]
    command += ["--results-file", folder / "results.csv", "--output-dir", folder, "--tmp-dir", folder, *more]
    log = Path(tempfile.gettempdir()) / f"forum-site-attack-sqlmap-{name}.log"
    log.unlink(missing_ok=True)
    ended = run_bounded(command, AT_MOST, log, folder)
    told = log.read_text(errors="replace")
    tested = len(TESTED.findall(told))
    scene.check(ended, f"sqlmap did not end within {AT_MOST} s ({name}): {log}")
    scene.check(tested >= len(targets), f"sqlmap tested {tested} parameters of {len(targets)} ({name}): {log}")
    scene.note(f"{name}: {tested} parameters of {len(targets)} addresses")
    results = folder / "results.csv"
    rows = list(csv.DictReader(results.open())) if results.exists() else []
    held = [row for row in rows if row["Parameter"] and FALSE_ALARM not in (row.get("Note(s)") or "")]
    found = [(row["Place"], urlsplit(row["Target URL"]).path, row["Parameter"]) for row in held]
    if not rows:  # Of a single address it writes no table.
        found = [(place, name, parameter) for parameter, place in FOUND.findall(told)]
    return [Finding("sqlmap", "SQL injection", place, path, parameter) for place, path, parameter in found]
