"""The first screen of the admin and the page of broken links: axe in both schemes at both widths, and no scripts."""

import datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.utils import timezone

from events.models import Event
from tests.browser.test_pages import RULES, TOO_WIDE
from tests.events.test_desk import COVER, DAY, STATES, break_link
from tests.factories import make_event, make_shows
from tests.hostile import HOSTILE

pytestmark = pytest.mark.django_db(transaction=True)

LONG = "2023 Belt and Road Forum For Interconnected Land-Sea Development: " + "Ministerial Round Table " * 9


@pytest.fixture
def busy(editor):
    today, now = timezone.localdate(), timezone.now()
    titles = [LONG[:300], "W" * 90, HOSTILE["right to left"], HOSTILE["script"], "Silk Road Seminar", "Land-Sea Forum"]
    for number, title in enumerate([*titles, *titles[-2:]]):
        make_event(title=title, publication_status=STATES.DRAFT, created_by=editor)
        make_event(title=title, starts_on=today + number * DAY, publish_at=now + DAY if number > 4 else None)
        shown = make_event(title=title, starts_on=today - (3 + number) * DAY)
        make_shows(shown, 40 + number * number * 30, today - number * 7 * DAY)
        break_link(shown, number + 1)
    for number in range(3):
        make_event(
            title=titles[-number],
            publication_status=STATES.IN_REVIEW,
            in_review_since=now - datetime.timedelta(hours=5 ** (number + 1)),
        )
    Event.objects.filter(title=LONG[:300]).update(**COVER)


def test_desk_has_no_barrier_and_works_without_scripts(browser_with_fonts, live_server, client, editor, busy):
    client.force_login(editor)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    found = []
    for scripts in (True, False):
        context = browser_with_fonts.new_context(java_script_enabled=scripts)
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        page = context.new_page()
        for path in ("/admin/", "/admin/links/checkedlink/"):
            if not scripts:
                page.goto(live_server.url + path)
                assert page.locator("h1").count() >= 1
                continue
            for width in (390, 1440):
                page.set_viewport_size({"width": width, "height": 900})
                for scheme in ("light", "dark"):
                    page.emulate_media(color_scheme=scheme)
                    page.goto(live_server.url + path)
                    for violation in Axe().run(page, "#content", options=RULES).response["violations"]:
                        found.append((path, width, scheme, violation["id"], violation["nodes"][0]["html"][:120]))
                if (more := page.evaluate(TOO_WIDE)) > 0:
                    found.append((path, width, f"{more} px too wide"))
        if not scripts:
            page.goto(f"{live_server.url}/admin/")
            page.locator(".task-list", has_text="My drafts").get_by_role("link", name="All 8").click()
            assert "task=mine" in page.url
            assert page.locator("#result_list tbody tr").count() == 8
        context.close()
    assert found == []
