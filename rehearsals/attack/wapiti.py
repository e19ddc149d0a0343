"""The scanner wapiti on the running site: once as a visitor, once signed in as an editor."""

import json
import re
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from rehearsals.attack.scanners import Finding, judge, run_bounded, scanner, sign_in
from rehearsals.attack.scene import EDITOR, PASSWORD
from rehearsals.attack.sqlmap import single_parameters

# Those that need nothing outside: the others ask other machines for lists or to be called, or look for TLS.
MODULES = (
    "backup cookieflags crlf csp csrf exec file htaccess http_headers ldap methods permanentxss redirect shellshock"
)
MODULES = f"{MODULES} spring4shell sql timesql upload xss".split()
CRAWLED, ATTACKED, AT_MOST = 60, 120, 900  # seconds of crawling, of each module, and of a run
# What would sign the editor out, or keep them from signing in again.
LEFT_ALONE = ["/account/sign-out/*", "/admin/logout/*", "/account/sessions/*", "/account/password/*"]
LEFT_ALONE += ["/account/second-factor/*", "/admin/password_change/*"]


def wapiti(scene, options):
    """wapiti, all modules that need nothing outside, on all that visitors see and in the admin as an editor."""
    program = scanner("wapiti3", "wapiti")
    site = scene.start(settings="rehearsals.attack.settings", is_small=True)
    workers = site.worker_pids()
    findings = scan(scene, program, "visitor", [])
    scene.check(not (changed := scene.changed()), f"A visitor has changed {', '.join(changed)}.")
    session = sign_in(site, EDITOR, PASSWORD)
    findings += scan(scene, program, "editor", ["-C", session, "--drop-set-cookie"])
    scene.check(is_signed_in(site, session), "The scanner has signed the editor out: it has not seen the admin.")
    judge(scene, findings)
    scene.check(set(site.worker_pids()) == set(workers), "A worker has died, or was made anew.")
    scene.check_log()


def is_signed_in(site, session):
    return site.request("GET", "/admin/", {"Cookie": session})[0] == 200


def scan(scene, program, who, more):
    """Return the findings of one run, which crawls from these addresses."""
    folder = Path(scene.enter_context(tempfile.TemporaryDirectory(prefix="forum-site-wapiti-")))
    base, report = f"http://127.0.0.1:{scene.site.port}", folder / "report.json"
    command = [
        program,
        "-u",
        f"{base}{'/admin/' if who == 'editor' else '/'}",
        "--scope",
        "folder",
        "-m",
        ",".join(MODULES),
    ]
    for address in [*scene.addresses, *single_parameters(scene.with_parameters)]:
        command += ["-s", f"{base}{address}"] if address.startswith("/admin/") == (who == "editor") else []
    for address in LEFT_ALONE:
        command += ["-x", f"{base}{address}"]
    command += ["-d", "1", "--max-links-per-page", "12", "--max-files-per-dir", "25", "-S", "normal", "--tasks", "8"]
    command += ["--max-scan-time", str(CRAWLED), "--max-attack-time", str(ATTACKED), "-t", "10", "-l", "1", "-v", "1"]
    command += ["--store-session", folder, "--store-config", folder, "--flush-session", "--no-bugreport"]
    command += ["--dns-endpoint", "localhost"]
    command += ["-f", "json", "-o", report, *more]
    log = Path(tempfile.gettempdir()) / f"forum-site-attack-wapiti-{who}.log"
    log.unlink(missing_ok=True)
    ended = run_bounded(command, AT_MOST, log, folder)
    scene.check(ended and report.exists(), f"wapiti as {who} did not end, or gave no report: {log}")
    if not report.exists():
        return []
    told = json.loads(report.read_text())
    cut = log.read_text(errors="replace").count("Max attack time was reached")
    scene.note(
        f"{who}: {told['infos'].get('crawled_pages_nbr', '?')} pages, {cut} of {len(MODULES)} modules had no time left"
    )
    return [
        Finding("wapiti", category, found["method"], path_of(found["path"]), found["parameter"] or "")
        for kind in ("vulnerabilities", "anomalies")
        for category, all_found in told[kind].items()
        for found in all_found
    ]


def path_of(address):
    """Return the path with keys left out, so that a finding has the same name in each run."""
    return re.sub(r"/[0-9]+(?=/|$)", "/1", urlsplit(address).path)
