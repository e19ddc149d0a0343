import datetime
import io

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.forms.models import model_to_dict
from django.test import Client
from django.urls import reverse
from PIL import Image

from events.admin import EventAdmin
from events.editing.next_edition import TAKEN, TEXT, year_later
from events.models import Event, Panel, Participation, Series
from tests.factories import make_full_event, make_organization, make_panel, make_participation, make_shows

pytestmark = pytest.mark.django_db

ALL = {"has_organizations": "on", "has_programme": "on", "has_text": "on"}


def picture():
    content = io.BytesIO()
    Image.new("RGB", (4, 4)).save(content, "PNG")
    return SimpleUploadedFile("hall.png", content.getvalue(), "image/png")


@pytest.fixture
def forum():
    """A forum of two days with all that an event can have."""
    event = make_full_event(
        2,
        title="Land-Sea Forum 2023",
        series=Series.objects.create(name="Land-Sea Forum"),
        starts_on=datetime.date(2023, 5, 17),
        ends_on=datetime.date(2023, 5, 18),
        original_starts_on=datetime.date(2023, 5, 1),
        status="postponed",
        theme="Roads",
        summary="They met.",
        body="<p>The whole story</p>",
        city="Almaty",
        online_url="https://example.org/2023",
        cover=picture(),
        cover_alt="The hall",
        imported_shows=585,
    )
    event.panels.update(day=datetime.date(2023, 5, 18), description="<p>Of trade</p>")
    make_participation(event, make_organization(), role="established", position=9)
    make_shows(event, 7)
    return event


def address(event):
    return reverse("admin:events_event_next_edition", args=[event.pk])


def copy(client, event, **fields):
    """Copy the event, and return the answer and the draft, if there is one."""
    known = set(Event.objects.values_list("pk", flat=True))
    response = client.post(address(event), {"title": event.title, "starts_on": "", **ALL, **fields})
    return response, Event.objects.exclude(pk__in=known).first()


def whole(event):
    """Return all that is stored of an event."""
    return {
        "event": Event.objects.filter(pk=event.pk).values().get(),
        **{
            name: list(getattr(event, name).order_by("pk").values())
            for name in ("participations", "panels", "agreements", "visits", "shows", "old_slugs")
        },
    }


def test_page_proposes_the_title_of_the_next_year_and_changes_nothing(desk, forum):
    before = whole(forum)
    page = desk.get(address(forum)).content.decode()
    assert 'value="Land-Sea Forum 2024"' in page
    assert '<time datetime="2024-05-17">17 May 2024</time>' in page
    assert "same series, “Land-Sea Forum”" in page
    assert "Organizations: 2 roles" in page
    assert "Programme: 2 panels" in page
    assert (Event.objects.count(), whole(forum)) == (1, before)


def test_copy_is_a_draft_a_year_later_with_what_is_planned_again(desk, forum):
    before = whole(forum)
    response, draft = copy(desk, forum, title="Land-Sea Forum 2024")
    assert response.url == reverse("admin:events_event_change", args=[draft.pk])
    assert model_to_dict(draft, exclude=["id", "organizations"]) == model_to_dict(
        Event(
            **{name: getattr(forum, name) for name in [*TAKEN, *TEXT]},
            title="Land-Sea Forum 2024",
            slug="land-sea-forum-2024",
            starts_on=datetime.date(2024, 5, 17),
            ends_on=datetime.date(2024, 5, 18),
        ),
        exclude=["id", "organizations"],
    )
    assert (draft.publication_status, draft.status, draft.original_starts_on) == ("draft", "scheduled", None)
    assert (draft.show_count, draft.shows.count(), draft.cover.name) == (0, 0, "")
    assert list(draft.participations.values_list("organization", "role", "position")) == list(
        forum.participations.exclude(role="established").values_list("organization", "role", "position")
    )
    assert list(draft.panels.values_list("title", "day", "description", "position")) == [
        (title, datetime.date(2024, 5, 18), "<p>Of trade</p>", position)
        for title, position in forum.panels.values_list("title", "position")
    ]
    assert (draft.agreements.count(), draft.visits.count(), draft.old_slugs.count()) == (0, 0, 0)
    assert whole(forum) == before


def test_copy_is_hidden_and_its_original_still_public(desk, forum, client):
    _response, draft = copy(desk, forum)
    client.logout()
    assert client.get(draft.get_absolute_url()).status_code == 404
    assert client.get(forum.get_absolute_url()).status_code == 200


def test_editor_is_told_what_was_made(desk, forum):
    response, _draft = copy(desk, forum)
    page = desk.get(response.url).content.decode()
    assert "This is the next edition of “Land-Sea Forum 2023”, a draft." in page
    history = desk.get(response.url.replace("change", "history")).content.decode()
    assert "Copied from “Land-Sea Forum 2023”." in history


def test_all_days_move_with_a_typed_first_day(desk, forum):
    unknown = make_panel(forum, position=5)
    stray = make_panel(forum, position=6, day=datetime.date(2020, 1, 1))  # Of a shell: no form lets it pass.
    _response, draft = copy(desk, forum, starts_on="01.10.2025")
    assert (draft.starts_on, draft.ends_on) == (datetime.date(2025, 10, 1), datetime.date(2025, 10, 2))
    days = dict(draft.panels.values_list("title", "day"))
    assert [days.pop(unknown.title), days.pop(stray.title)] == [None, None]
    assert set(days.values()) == {datetime.date(2025, 10, 2)}


def test_nothing_is_taken_along_unless_asked(desk, forum):
    _response, draft = copy(desk, forum, has_organizations="", has_programme="", has_text="")
    assert (draft.participations.count(), draft.panels.count()) == (0, 0)
    assert [getattr(draft, name) for name in TEXT] == ["", "", "", ""]
    assert draft.city == "Almaty"


def test_same_title_gets_an_address_of_its_own(desk, event):
    _response, draft = copy(desk, event)
    assert draft.slug == "land-sea-forum-2"


def test_event_without_a_series_stays_without_and_says_so(desk, event):
    assert "This event belongs to no series" in desk.get(address(event)).content.decode()
    _response, draft = copy(desk, event)
    assert draft.series is None


def test_leap_day_has_its_anniversary_on_the_last_of_february():
    assert year_later(datetime.date(2024, 2, 29)) == datetime.date(2025, 2, 28)
    assert year_later(datetime.date(2023, 2, 28)) == datetime.date(2024, 2, 28)


YEAR = "Is the year right? It has four digits, from 1000 to 2999."


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        (
            {"starts_on": "soon"},
            {"starts_on": ["Write the day as 2023-05-17 or 17.05.2023, or choose it from the calendar."]},
        ),
        ({"starts_on": "9999-12-31"}, {"starts_on": [YEAR]}),
        ({"starts_on": "2999-12-31"}, {"starts_on": [YEAR]}),
        ({"starts_on": "0999-12-31"}, {"starts_on": [YEAR]}),
        ({"title": " "}, {"title": ["This field is required."]}),
        ({"title": "x" * 301}, {"title": ["Ensure this value has at most 300 characters (it has 301)."]}),
    ],
)
def test_wrong_input_is_told_at_its_field_and_copies_nothing(desk, forum, fields, errors):
    response, draft = copy(desk, forum, **fields)
    assert (response.status_code, draft) == (200, None)
    assert response.context["adminform"].errors == errors


def test_what_is_wrong_with_the_event_itself_is_told(desk, event):
    Event.objects.filter(pk=event.pk).update(time_zone="Mars/Base")
    response, draft = copy(desk, event)
    assert draft is None
    assert "Time zone: Value &#x27;Mars/Base&#x27; is not a valid choice." in response.content.decode()


@pytest.mark.parametrize(("owner", "step"), [(type(Panel.objects.all()), "bulk_create"), (EventAdmin, "log_addition")])
def test_failure_in_the_middle_leaves_nothing(desk, forum, monkeypatch, owner, step):
    def fail(*args, **kwargs):
        raise IntegrityError

    monkeypatch.setattr(owner, step, fail)
    response, draft = copy(desk, forum, has_organizations="")
    assert (response.status_code, draft) == (200, None)
    assert "Someone else saved at the same time" in response.content.decode()


def test_forged_fields_are_left_alone(desk, forum):
    forged = {"publication_status": "published", "imported_shows": "9", "slug": "mine", "id": forum.pk}
    _response, draft = copy(desk, forum, **forged)
    assert (draft.publication_status, draft.imported_shows, draft.slug) == ("draft", 0, "land-sea-forum-2023-2")


@pytest.mark.parametrize("key", ["0", "999", "9" * 30])
def test_event_that_is_none_is_missing(desk, event, key):
    path = f"/admin/events/event/{key}/next-edition/"
    assert [desk.get(path).status_code, desk.post(path, ALL).status_code] == [404, 404]


def clerk(*codenames):
    user = User.objects.create_user("clerk", is_staff=True)
    user.user_permissions.add(*Permission.objects.filter(codename__in=codenames))
    return user


@pytest.mark.parametrize("codenames", [[], ["add_event"], ["view_event", "change_event"]])
def test_copying_takes_the_right_to_add_and_to_look(client, forum, codenames):
    client.force_login(clerk(*codenames))
    response, draft = copy(client, forum)
    assert (client.get(address(forum)).status_code, response.status_code, draft) == (403, 403, None)


def test_strangers_are_asked_to_sign_in(client, forum):
    response, draft = copy(client, forum)
    assert (response.status_code, draft) == (302, None)
    assert response.url.startswith("/admin/login/")


def test_post_without_a_token_is_refused(editor, forum):
    client = Client(enforce_csrf_checks=True)
    client.force_login(editor)
    response, draft = copy(client, forum)
    assert (response.status_code, draft) == (403, None)


def test_who_may_not_add_panels_or_roles_takes_none_along(client, forum):
    client.force_login(clerk("add_event", "view_event"))
    assert "has_programme" not in client.get(address(forum)).content.decode()
    _response, draft = copy(client, forum)
    assert (draft.participations.count(), draft.panels.count()) == (0, 0)


def test_form_leads_to_the_copy_where_it_is_allowed(client, desk, forum):
    change = reverse("admin:events_event_change", args=[forum.pk])
    assert f'href="{address(forum)}"' in desk.get(change).content.decode()
    client.force_login(clerk("view_event"))
    assert f'href="{address(forum)}"' not in client.get(change).content.decode()


def test_list_leads_to_the_copy_of_one_event(desk, forum, event):
    chosen = {"action": "copy_as_next_edition", "index": 0}
    one = desk.post("/admin/events/event/", {**chosen, "_selected_action": [forum.pk]})
    assert one.url == address(forum)
    two = desk.post("/admin/events/event/", {**chosen, "_selected_action": [forum.pk, event.pk]}, follow=True)
    assert "Choose one event" in two.content.decode()


def test_every_field_of_an_event_is_either_taken_or_begins_anew():
    anew = {
        *(
            "id",
            "slug",
            "publication_status",
            "publish_at",
            "unpublish_at",
            "title",
            "starts_on",
            "ends_on",
            "online_url",
        ),
        *("status", "original_starts_on", "cover", "cover_width", "cover_height", "cover_alt", "cover_credit"),
        *("cover_is_decorative", "cover_not_needed", "cover_focus_x", "cover_focus_y"),
        *("imported_shows", "calendar_sequence", "created_at", "updated_at"),
        *("created_by", "updated_by", "in_review_since", "utc_start", "utc_end"),
    }
    assert {field.name for field in Event._meta.concrete_fields} == {*TAKEN, *TEXT} | anew


def test_copy_is_found_by_the_words_of_its_parts(desk, forum, client):
    host = forum.participations.get(role="host", position=0).organization
    _response, draft = copy(desk, forum, title="The second edition")
    draft.publication_status = "published"
    draft.save()
    assert Participation.objects.filter(event=draft, organization=host).exists()
    page = client.get("/search/", {"q": host.name}).content.decode()
    assert "The second edition" in page
