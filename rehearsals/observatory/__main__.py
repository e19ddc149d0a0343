"""`make observatory`: each kind of page of an installation by https, scored by the rules of Mozilla's HTTP Observatory.

The scorer is its public npm package. It reads a list of hosts that are always asked by https, which its installation
would download; here that list is empty, as it is for a host of one's own.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

from rehearsals.deploy.installation import Installation
from rehearsals.deploy.units import ROOT

PACKAGE = "@mdn/mdn-http-observatory"
VERSION = "1.4.8"
FOLDER = ROOT / ".venv" / "observatory"
LEAST = 125
ACCOUNT = {"DJANGO_SUPERUSER_USERNAME": "chief", "DJANGO_SUPERUSER_PASSWORD": "a long password of nobody"}
SAMPLE = """
import json
from django.conf import settings
from events.models import Event
from events.website.exports.share_image import picture_address
event = Event.objects.published().exclude(cover="").first()
organization = event.organizations.first()
found = [event.pk, event.slug, event.cover.url, organization.slug, organization.pk]
event.pk, event.slug, event.cover = None, "without-cover", ""
event.save()
print(json.dumps([*found, picture_address(event).removeprefix(settings.SITE_URL)]))
"""


def scorer():
    """Return the folder of the scorer, installed at the first call."""
    package = FOLDER / "node_modules" / PACKAGE
    if not package.exists():
        FOLDER.mkdir(exist_ok=True)
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", FOLDER]
        subprocess.run([*command, f"{PACKAGE}@{VERSION}"], check=True)
        (package / "conf" / "hsts-preload.json").write_text("{}")
    return package


def pages_of(site, browser):
    """Return `(kind, path, whether signed in)` of one page of each kind."""
    run = site.manage("shell", "--verbosity", "0", "-c", SAMPLE, capture_output=True, text=True)
    key, slug, cover, organization, organization_key, picture = json.loads(run.stdout.splitlines()[-1])
    event = browser.get(f"/events/{slug}/")
    return [
        ("home", "/", False),
        ("list of events", "/events/", False),
        ("list of events, filtered", "/events/?kind=forum", False),
        ("month", "/events/calendar/2023/5/", False),
        ("event", f"/events/{slug}/", False),
        ("short address of an event", f"/e/{key}/", False),
        ("calendar file", f"/events/{slug}.ics", False),
        ("calendar to subscribe to", "/events/calendar.ics", False),
        ("citation", f"/events/{slug}/cite.bib", False),
        ("feed", "/events/feed/", False),
        ("picture to share", picture, False),
        ("media, a picture", cover, False),
        ("organizations", "/organizations/", False),
        ("organization", f"/organizations/{organization}/", False),
        ("who worked with whom", "/organizations/network/", False),
        ("agreements", "/agreements/", False),
        ("search", "/search/?q=forum", False),
        ("how we count", "/how-we-count/", False),
        ("sitemap", "/sitemap.xml", False),
        ("robots.txt", "/robots.txt", False),
        ("security.txt", "/.well-known/security.txt", False),
        ("static file", re.search(r'href="(/static/css/[^"]+)"', event)[1], False),
        ("static file, missing", "/static/css/missing.css", False),
        ("media, missing", "/media/missing.png", False),
        ("missing page (404)", "/missing/", False),
        ("/livez", "/livez", False),
        ("sign in", "/account/sign-in/", False),
        ("log in, in place of the admin", "/admin/", False),
        ("second factor", "/account/second-factor/", True),
        ("sessions", "/account/sessions/", True),
        ("admin", "/admin/", True),
        ("admin, list", "/admin/events/event/", True),
        ("admin, new event, with editors", "/admin/events/event/add/", True),
        ("admin, event, with editors", f"/admin/events/event/{key}/change/", True),
        ("admin, organization, with an editor", f"/admin/organizations/organization/{organization_key}/change/", True),
        ("admin, person", "/admin/auth/user/1/change/", True),
    ]


def scores(site, pages, cookie):
    asked = {
        "ports": {"httpPort": site.http_port, "httpsPort": site.port},
        "pages": [{"name": name, "path": path, "cookie": cookie if inside else ""} for name, path, inside in pages],
    }
    run = subprocess.run(
        ["node", Path(__file__).with_name("score.mjs"), scorer()],
        env={**os.environ, "NODE_EXTRA_CA_CERTS": str(site.folder / "tls" / "fullchain.pem")}
        | {"ABORT_TIMEOUT": "60000", "CLIENT_TIMEOUT": "30000"},
        input=json.dumps(asked),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(run.stdout)


def told(result):
    """Return a row of the table: the kind of page, its score, and which rules gave or took points."""
    points = [f"{name} {points:+}" for name, (points, _result) in result["tests"].items() if points]
    return f"| {result['name']} | {result['status']} | {result['score']} | {', '.join(points)} |"


def main():
    if missing := [name for name in ("node", "npm", "nginx", "openssl") if not shutil.which(name)]:
        sys.exit(f"make observatory needs {' and '.join(missing)}.")
    os.environ |= {**ACCOUNT, "SECURITY_CONTACT": "security@forum.example"}
    with tempfile.TemporaryDirectory(prefix="forum-site-observatory-") as name:
        folder = Path(name)
        database = SimpleNamespace(url=f"sqlite:///{folder / 'db.sqlite3'}")
        with Installation(folder, database) as site:
            site.manage("load_sample", stdout=subprocess.DEVNULL)
            site.manage("rebuild_search", stdout=subprocess.DEVNULL)
            site.manage("ensure_superuser", stdout=subprocess.DEVNULL)
            browser = site.sign_in(*ACCOUNT.values())
            found = scores(site, pages_of(site, browser), browser.cookie)
            for node in site.nodes:
                node.kill()
            found += scores(site, [("both nodes away, nginx's own page", "/", False)], "")
    print("| page | answer | score | points |\n|---|---|---|---|", *map(told, found), sep="\n")
    low = [result["name"] for result in found if result["score"] < LEAST]
    sys.exit(f"Below {LEAST}: {', '.join(low)}." if low else 0)


if __name__ == "__main__":
    main()
