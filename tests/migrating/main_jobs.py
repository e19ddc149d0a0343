"""Run by the code of the release before, on tables of today: what readers and editors do all day.

It may use what every release has: addresses, forms, and names of fields that are older than that release.
"""

import io
import re

from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from lxml import html
from PIL import Image

from events.models import Event
from organizations.models import Organization

client = Client(SERVER_NAME="localhost", raise_request_exception=True)


def get(path, status=200):
    answer = client.get(path, follow=status == 200)
    assert answer.status_code == status, f"{path} is answered {answer.status_code}, not {status}"
    return answer


def fields_of(answer):
    form = html.fromstring(answer.content).get_element_by_id("content-main").find("form")
    for area in form.iter("textarea"):
        area.value = (area.value or "").removeprefix("\n")
    return {name: value for name, value in form.form_values() if "__prefix__" not in name}


def post(path, fields):
    answer = client.post(path, fields, follow=True)
    assert answer.status_code == 200, f"{path} answers a form with {answer.status_code}"
    mistakes = html.fromstring(answer.content).xpath("//*[contains(@class, 'errorlist')]//text()")
    assert not mistakes, f"{path}: {mistakes}"
    return answer.content.decode()


def shows_of(slug):
    return int(re.search(r"Number of shows: (\d+)<", get(f"/events/{slug}/").content.decode())[1])


def change_page(row):
    return f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/change/"


def picture():
    file = io.BytesIO()
    Image.new("RGB", (640, 400), "teal").save(file, "PNG")
    return SimpleUploadedFile("hall.png", file.getvalue(), "image/png")


def read():
    page = get("/events/").content.decode()
    assert "Forum kept" in page
    assert "Hidden" not in page
    for slug in ("in-review", "withdrawn", "binned"):
        get(f"/events/{slug}/", 404)
    assert [shows_of("kept"), shows_of("kept")] == [586, 587]
    for path in ("/", "/organizations/", "/agreements/", "/events/calendar.ics", "/events/feed/", "/sitemap.xml"):
        get(path)
    assert 'href="/events/kept/"' in get("/search/?q=forums").content.decode()


def sign_in():
    post("/account/sign-in/", {"login": "root", "password": "a long password"})
    assert "Log out" in get("/admin/").content.decode()


def edit():
    """Change an event and two of its parts, with a cover; what the form does not know of stays."""
    event = Event.objects.get(slug="kept")
    house = Organization.objects.get(slug="lonely-house")
    fields = fields_of(get(change_page(event)))
    assert len([name for name in fields if re.fullmatch(r"participations-\d+-id", name)]) == 2
    page = post(
        change_page(event),
        {
            **fields,
            "theme": "Said by the release before",
            "cover": picture(),
            "cover_alt": "A hall",
            "panels-0-title": "A panel of the release before",
            "participations-TOTAL_FORMS": "3",
            "participations-2-organization": str(house.pk),
            "participations-2-role": "partner",
            "participations-2-position": "3",
            "_save": "Save",
        },
    )
    assert "was changed successfully" in page
    page = get("/events/kept/").content.decode()
    assert "Said by the release before" in page
    assert "A panel of the release before" in page
    assert "Lonely house" in page
    assert shows_of("kept") == 589


def enter_and_publish():
    fields = fields_of(get("/admin/events/event/add/"))
    fields |= {"title": "Entered before", "starts_on": "2024-05-17", "publication": "draft", "_save": "Save"}
    assert "was added successfully" in post("/admin/events/event/add/", fields)
    event = Event.objects.get(title="Entered before")
    get(f"/events/{event.slug}/", 404)
    post(change_page(event), {**fields_of(get(change_page(event))), "publication": "published", "_save": "Save"})
    assert shows_of(event.slug) == 1
    assert f'href="/events/{event.slug}/"' in get("/search/?q=entered").content.decode()


def delete():
    """Delete what rows hang on that this release does not know of: an event with its versions, and who made them."""
    for row in (Event.objects.get(slug="given-up"), User.objects.get(username="author")):
        path = change_page(row).replace("/change/", "/delete/")
        assert "was deleted successfully" in post(path, {"post": "yes"})
    get("/events/given-up/", 404)
    withdrawn = {"action": "withdraw", "post": "yes", "_selected_action": Event.objects.get(slug="binned").pk}
    post("/admin/events/event/", withdrawn)


def examine():
    call_command("check_counts")
    call_command("rebuild_search", "--check")
    call_command("migrate", "--check")


for job in (read, sign_in, edit, enter_and_publish, delete, examine):
    job()
    print(job.__name__)
