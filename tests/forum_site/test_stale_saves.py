"""Two people at one row: nothing that either of them saved or typed is lost, and the log tells old and new values."""

import threading

import pytest
from django.contrib import admin
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.auth.models import Group
from django.db import connections
from django.test import Client
from lxml import html

from events.models import Series, Tag
from forum_site.admin.base import ReadOnlyAdmin
from forum_site.admin.change_log import values_of
from tests.conftest import make_person
from tests.factories import make_organization, make_participation, make_picture
from tests.forms import post_forms
from tests.forms import values_of as fields_sent

TWO_HOURS = "<p>What took two hours to write.</p>"


def address_of(row):
    return f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/change/"


def opened(client, row):
    return fields_sent(post_forms(client.get(address_of(row)))[0], "_save")


def problems(response):
    page = html.fromstring(response.content.decode())
    return {
        item.get("id").removeprefix("id_").removesuffix("_error"): " ".join(item.text_content().split())
        for item in page.xpath("//ul[contains(@class, 'errorlist') and @id]")
    }


@pytest.fixture
def office(client, admin_user):
    client.force_login(admin_user)
    return client


@pytest.fixture
def other(author):
    client = Client()
    client.force_login(author)
    return client


@pytest.fixture
def institute(db):
    return make_organization(name="Институт воды", slug="water", city="Astana")


def test_untouched_field_shows_what_the_other_has_saved(office, other, institute):
    tab = opened(office, institute)
    assert other.post(address_of(institute), opened(other, institute) | {"about": TWO_HOURS}).status_code == 302
    response = office.post(address_of(institute), tab | {"city": "Almaty"})
    assert response.status_code == 200
    assert problems(response) == {"about": "Someone else changed this field. The new value is shown."}
    institute.refresh_from_db()
    assert (institute.about, institute.city) == (TWO_HOURS, "Astana")
    again = fields_sent(post_forms(response)[0], "_save")
    assert (again["about"], again["city"]) == ([TWO_HOURS], ["Almaty"])
    assert office.post(address_of(institute), again).status_code == 302
    institute.refresh_from_db()
    assert (institute.about, institute.city) == (TWO_HOURS, "Almaty")


def test_field_that_both_changed_keeps_what_was_typed_and_tells_what_is_stored(office, other, institute):
    tab = opened(office, institute)
    other.post(address_of(institute), opened(other, institute) | {"about": TWO_HOURS, "city": "<b>Shymkent"})
    response = office.post(address_of(institute), tab | {"about": "<p>Mine.</p>", "city": "Almaty"})
    note = "Someone else changed this field. What you typed is below; stored now is:"
    assert problems(response) == {
        "about": f"{note} What took two hours to write.",
        "city": f"{note} <b>Shymkent",
    }
    again = fields_sent(post_forms(response)[0], "_save")
    assert (again["about"], again["city"]) == (["<p>Mine.</p>"], ["Almaty"])
    office.post(address_of(institute), again)
    institute.refresh_from_db()
    assert (institute.about, institute.city) == ("<p>Mine.</p>", "Almaty")
    page = " ".join(
        html.fromstring(office.get(f"{address_of(institute)[:-7]}history/").content.decode()).text_content().split()
    )
    for line in ("City <b>Shymkent → Almaty", "City Astana → <b>Shymkent", "What took two hours to write. → Mine."):
        assert line in page


def test_third_save_in_between_is_refused_again(office, other, institute):
    tab = opened(office, institute)
    other.post(address_of(institute), opened(other, institute) | {"city": "Almaty"})
    again = fields_sent(post_forms(office.post(address_of(institute), tab | {"city": "Taraz"}))[0], "_save")
    other.post(address_of(institute), opened(other, institute) | {"city": "Shymkent"})
    assert office.post(address_of(institute), again).status_code == 200
    institute.refresh_from_db()
    assert institute.city == "Shymkent"


def test_same_words_of_both_have_nothing_to_compare(office, other, institute):
    tab = opened(office, institute)
    other.post(address_of(institute), opened(other, institute) | {"city": "Almaty"})
    assert office.post(address_of(institute), tab | {"city": "Almaty"}).status_code == 302


def test_form_with_another_fault_is_not_taken_for_stale(office, institute):
    response = office.post(address_of(institute), opened(office, institute) | {"name": "", "city": "Almaty"})
    assert set(problems(response)) == {"name"}
    again = fields_sent(post_forms(response)[0], "_save") | {"name": "Institute"}
    assert office.post(address_of(institute), again).status_code == 302


CHANGES = {
    "series": (lambda: Series.objects.create(name="Evenings"), "name", "Mornings", "Nights"),
    "tag": (lambda: Tag.objects.create(name="Water"), "name", "Ports", "Ships"),
    "picture": (make_picture, "alt", "A hall of columns", "A hall with a stage"),
    "group": (lambda: Group.objects.create(name="Guests"), "name", "Visitors", "Friends"),
    "account": (lambda: make_person("someone", "Authors"), "first_name", "Aigerim", "Madina"),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_stale_save_of_any_row_is_refused(office, admin_user, kind):
    make, name, theirs, mine = CHANGES[kind]
    row = make()
    tab = opened(office, row)
    assert office.post(address_of(row), opened(office, row) | {name: theirs}).status_code == 302
    response = office.post(address_of(row), tab | {name: mine})
    assert response.status_code == 200
    assert theirs in problems(response)[name]
    assert getattr(type(row).objects.get(pk=row.pk), name) == theirs
    assert fields_sent(post_forms(response)[0])[name] == [mine]


def test_choices_of_many_rows_are_compared(office):
    group, person = Group.objects.create(name="Guests"), make_person("someone", "Authors")
    tab = opened(office, person)
    office.post(address_of(person), opened(office, person) | {"groups": [group.pk]})
    response = office.post(address_of(person), tab | {"first_name": "Aigerim"})
    assert "groups" in problems(response)
    assert fields_sent(post_forms(response)[0])["groups"] == [str(group.pk)]


def test_every_form_that_two_may_change_is_guarded():
    """By digests, which know no rows of inlines, or by versions."""
    for model, model_admin in admin.site._registry.items():
        if not isinstance(model_admin, ReadOnlyAdmin) and not getattr(model_admin, "has_revisions", False):
            assert model_admin.inlines in ([], ()), model
            assert hasattr(model_admin, "has_revisions"), model


@pytest.mark.parametrize("kind", CHANGES)
def test_deletion_is_logged_with_what_the_row_said(office, kind):
    make, *_more = CHANGES[kind]
    row = make()
    office.post(address_of(row).replace("/change/", "/delete/"), {"post": "yes"})
    line = LogEntry.objects.get(action_flag=DELETION)
    assert str(getattr(row, {"account": "username", "picture": "title"}.get(kind, "name"))) in [
        each["old"] for each in values_of(line)
    ]
    assert getattr(row, "password", None) not in [each["old"] for each in values_of(line)]
    assert line.get_change_message().startswith("Deleted ")
    page = html.fromstring(office.get("/admin/admin/logentry/").content.decode())
    assert page.xpath("//dl[@class='changed-values']//del")


def test_log_of_an_event_names_a_role_by_its_organization(office, event):
    university = make_organization(name="Nazarbayev University")
    make_participation(event, university, role="host")
    fields = opened(office, event) | {"participations-0-role": ["partner"]}
    assert office.post(address_of(event), fields).status_code == 302
    assert (
        LogEntry.objects.latest("pk").get_change_message() == "Changed Role for role “Nazarbayev University (Partner)”."
    )
    office.post(address_of(event), opened(office, event) | {"participations-0-DELETE": ["on"]})
    assert LogEntry.objects.latest("pk").get_change_message() == "Deleted role “Nazarbayev University (Partner)”."


@pytest.mark.django_db(transaction=True)
def test_two_people_who_save_at_once_lose_nothing():
    institute = make_organization(name="Institute", slug="institute")
    people = [make_person(name, "Editors") for name in ("one", "other")]
    ready, found = threading.Barrier(2), {}

    def save(person, typed):
        client = Client()
        client.force_login(person)
        fields = opened(client, institute) | typed
        ready.wait()
        found[person.username] = client.post(address_of(institute), fields).status_code
        connections.close_all()

    changes = [{"city": "Almaty"}, {"short_name": "IW"}]
    threads = [threading.Thread(target=save, args=pair) for pair in zip(people, changes, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found.values()) == [200, 302]
    institute.refresh_from_db()
    assert (institute.city == "Almaty") != (institute.short_name == "IW")
