"""Every page of the admin: no serious barrier beyond those of Django's own admin and editor, and no word to others."""

from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth.models import User

from tests.browser.fonts import SIZES
from tests.conftest import make_person
from tests.forum_site.test_permission_matrix import Site, one_of_each

pytestmark = pytest.mark.django_db(transaction=True)

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
# What Django's templates bring along, with the serious violations that they have: breadcrumbs (links told by colour),
# filters (small targets), choices by Select2 (no name), moments in two fields and tables of rows (no label each), the
# hint beside a choice of many (a label where none may be).
OF_DJANGO = [".breadcrumbs", "#changelist-filter", ".select2-container", ".datetime", ".tabular table", ".help-tooltip"]


@pytest.fixture
def site(db):
    people = [make_person(name, group) for name, group in (("author", "Authors"), ("editor", "Editors"))]
    return Site(*people, make_person("manager", "Managers"), User.objects.create_superuser("chief"))


def test_no_page_has_a_serious_barrier_or_asks_a_foreign_host(page_with_fonts, fonts, live_server, client, site):
    page, rules = page_with_fonts, RULES if fonts == "dejavu" else SIZES
    client.force_login(site.people["superuser"])
    pages = [path for path in one_of_each(site).values() if shows_a_page(client, path)]
    assert len(pages) > 40
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    hosts = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    barriers = set()
    for path in pages:
        page.goto(live_server.url + path)
        for violation in Axe().run(page, {"exclude": [[part] for part in OF_DJANGO]}, rules).response["violations"]:
            if violation["impact"] in ("serious", "critical"):
                barriers |= {(path, violation["id"], node["html"][:90]) for node in violation["nodes"]}
    assert {host for host in hosts if host} == {urlsplit(live_server.url).netloc}
    assert barriers == set()


def shows_a_page(client, path):
    answer = client.get(path)
    is_page = answer.status_code == 200 and answer.get("Content-Type", "").startswith("text/html")
    return is_page and "Content-Disposition" not in answer
