"""A table of events on its way in, and the warnings and pages that save typing."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from events.models import Event
from organizations.models import Organization
from tests.browser.test_editors_way import sign_in
from tests.browser.test_pages import RULES, TOO_WIDE
from tests.events.test_event_import import as_csv
from tests.factories import make_event, make_organization, make_participation

pytestmark = pytest.mark.django_db(transaction=True)


def file(rows):
    return {"name": "events.csv", "mimeType": "text/csv", "buffer": as_csv(rows)}


def test_table_with_faults_is_mended_and_imported(page, live_server, editor, complaints):
    make_organization(name="Institute of Water")
    rows = [
        {"Title": f"Forum {n}", "First day": f"2027-05-{1 + n % 28:02}", "Host": "Institute of Water"}
        for n in range(50)
    ]
    broken = [dict(row) for row in rows]
    broken[3]["First day"], broken[20]["Host"], broken[49]["Title"] = "soon", "Nobody", ""
    sign_in(page, f"{live_server.url}/admin/events/event/")
    page.get_by_role("link", name="Import", exact=True).click()
    page.get_by_label("Table").set_input_files(file(broken))
    page.get_by_role("button", name="Look through it").click()
    cells = page.locator(".table-page--faults tbody tr")
    expect(cells).to_have_count(3)
    assert [row.split("\t")[:2] for row in cells.all_inner_texts()] == [
        ["5", "First day"],
        ["22", "Host"],
        ["51", "Title"],
    ]
    assert complaints == []  # Before axe, which styles what it looks at.
    look_for_barriers(page)
    page.get_by_label("Corrected table").set_input_files(file(rows))
    page.get_by_role("button", name="Look through it again").click()
    expect(page.locator(".table-page__sum")).to_contain_text("50 rows can be imported")
    assert not Event.objects.exists()
    look_for_barriers(page)
    page.get_by_role("button", name="Import 50 rows").click()
    expect(page.locator(".messagelist")).to_contain_text("50 rows were imported.")
    assert Event.objects.filter(publication_status="draft", organizations__name="Institute of Water").count() == 50


def test_lookalike_is_told_while_typing_and_two_are_merged(page, live_server, manager, complaints):
    institute = make_organization(name="Institute of Water")
    make_participation(make_event(), make_organization(name="Institut of Water", city="Astana"))
    page.set_viewport_size({"width": 390, "height": 800})
    sign_in(page, f"{live_server.url}/admin/organizations/organization/add/", "manager")
    page.locator("#id_name").press_sequentially("The institute of water")
    expect(page.locator(".looks-like li")).to_have_count(2)
    assert complaints == []
    look_for_barriers(page, ".looks-like")
    page.once("dialog", lambda dialog: dialog.accept())
    page.goto(f"{live_server.url}/admin/organizations/organization/")
    page.locator("#action-toggle").check()
    page.locator("select[name=action]").select_option("Merge the two that are selected")
    page.get_by_role("button", name="Go").click()
    expect(page.locator(".side-by-side")).to_contain_text("Astana")
    look_for_barriers(page)
    assert page.evaluate(TOO_WIDE) <= 0
    page.get_by_role("button", name="Merge them").click()
    page.get_by_role("link", name="This can be undone.").click()
    look_for_barriers(page)
    assert Organization.objects.get().pk == institute.pk
    page.get_by_role("button", name="Undo the merging").click()
    expect(page.locator(".messagelist")).to_contain_text("is back, as it was")
    assert Organization.objects.count() == 2


def look_for_barriers(page, place="#content-main"):
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        # Links fade from one colour to another.
        page.evaluate(
            "() => Promise.all(document.getAnimations().map(each => each.finished.catch(() => {}))).then(() => null)"
        )
        found = Axe().run(page, context=place, options=RULES).response["violations"]
        assert [(each["id"], [node["html"][:120] for node in each["nodes"][:2]]) for each in found] == []
