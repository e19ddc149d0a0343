"""Each form of the admin in a browser: opened, changed, saved, and the success in sight; and what is clicked twice."""

import pytest
from django.test import Client
from playwright.sync_api import expect

from events.models import Agreement, Event, Picture, Series, Tag
from organizations.models import Organization
from tests.factories import make_event, make_organization
from tests.forum_site.test_admin_round_trip import ROWS, address_of, make_whole_agreement

pytestmark = pytest.mark.django_db(transaction=True)

# The field of each model that is typed into.
TEXTS = {
    Event: "theme",
    Agreement: "title",
    Organization: "name",
    Series: "name",
    Tag: "name",
    Picture: "title",
    "User": "first_name",
    "Group": "name",
}
ROWS_HERE = {Event: make_event, Agreement: lambda: make_whole_agreement("draft")}


@pytest.fixture
def desk(page, live_server, admin_user):
    """A tab that is signed in as a superuser."""
    client = Client()
    client.force_login(admin_user)
    cookie = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    return page


def text_of(model):
    return TEXTS.get(model) or TEXTS[model.__name__]


@pytest.mark.parametrize("model", [model for model, kinds in ROWS.items() if kinds], ids=lambda model: model.__name__)
@pytest.mark.parametrize("button", ["Save", "Save and continue editing"])
def test_text_is_changed_and_saved_and_success_is_in_sight(desk, live_server, model, button):
    row = ROWS_HERE.get(model, next(iter(ROWS[model].values())))()
    desk.goto(f"{live_server.url}{address_of(row)}#id_{text_of(model)}")
    desk.locator(f"#id_{text_of(model)}").fill("Суша и море")
    desk.get_by_role("button", name=button, exact=True).click()
    expect(desk.locator(".messagelist .success")).to_contain_text("changed successfully")
    expect(desk.locator(".messagelist .success")).to_be_in_viewport()
    row.refresh_from_db()
    assert getattr(row, text_of(model)) == "Суша и море"


@pytest.fixture(params=["scripts", "server alone"])
def guard(request, page):
    """What keeps a second click from being a second action: a script, and without it the server."""
    if request.param == "server alone":
        page.route("**/submit_once*.js", lambda route: route.abort())
    return request.param


def click_twice(page, name):
    box = page.get_by_role("button", name=name, exact=True).bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    for _click in range(2):
        page.mouse.down()
        page.mouse.up()
        page.wait_for_timeout(60)


@pytest.mark.usefixtures("guard")
def test_double_click_adds_one_event(desk, live_server):
    desk.goto(f"{live_server.url}/admin/events/event/add/")
    desk.locator("#id_title").fill("Форум соседей 2027")
    desk.locator("#id_starts_on").fill("2027-05-17")
    desk.get_by_role("button", name="Save", exact=True).scroll_into_view_if_needed()
    click_twice(desk, "Save")
    expect(desk.locator(".messagelist .success")).to_contain_text("was added successfully")
    assert Event.objects.count() == 1


@pytest.mark.usefixtures("guard")
def test_double_click_saves_an_event_once(desk, live_server):
    event = make_event(title="Land-Sea Forum")
    desk.goto(f"{live_server.url}{address_of(event)}")
    desk.locator("#id_theme").fill("Ports")
    desk.get_by_role("button", name="Save", exact=True).scroll_into_view_if_needed()
    click_twice(desk, "Save")
    expect(desk.locator(".messagelist .success")).to_contain_text("was changed successfully")
    assert list(event.revisions.order_by("number").values_list("action", flat=True)) == ["external", "saved"]


# The suggestion of a slug comes before the form is sent, or while it is on its way.
LATE_SUGGESTION = """window.fetch = () => new Promise(resolve => document.addEventListener("submit", () =>
    resolve(new Response(JSON.stringify({slug: "forum-sosedei-2027"})))))"""


@pytest.mark.parametrize("script", ["", LATE_SUGGESTION], ids=["suggested", "suggested late"])
def test_back_and_save_adds_nothing_twice(desk, live_server, script):
    make_organization(name="Institute")
    desk.add_init_script(script)
    desk.goto(f"{live_server.url}/admin/events/event/add/")
    desk.locator("#id_title").fill("Форум соседей 2027")
    desk.locator("#id_starts_on").fill("2027-05-17")
    if not script:
        expect(desk.locator("#id_slug")).not_to_have_value("")
    desk.wait_for_timeout(500)  # By then it is asked for.
    for _time in range(2):
        desk.get_by_role("button", name="Save", exact=True).click()
        expect(desk.locator(".messagelist .success")).to_contain_text("was added successfully")
        assert Event.objects.count() == 1
        desk.go_back()
        expect(desk.locator("#id_title")).to_have_value("Форум соседей 2027")
