"""From draft to published: who may, by which step, and what is told on the way."""

import datetime
import time

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from events.admin.publication import PublicationAdmin
from events.models import Event, Series
from tests.events.test_admin import ADD, change_url, errors_in, event_form
from tests.events.test_bulk_changes import do, publications
from tests.factories import make_agreement, make_event

pytestmark = pytest.mark.django_db

OFFERED = {
    "author": ["draft", "in_review"],
    "editor": ["draft", "in_review", "published", "unpublished"],
    "manager": ["draft", "in_review", "published", "unpublished"],
}


@pytest.fixture
def author_desk(author):
    client = Client()
    client.force_login(author)
    return client


def told(response):
    return [str(message) for message in response.context["messages"]]


def steps_on(response):
    return [step.label for step in response.context.get("steps", [])]


def save(client, event, **fields):
    event.refresh_from_db()
    form = event_form(
        title=event.title, slug=event.slug, starts_on="2023-05-17", publication_status=event.publication_status
    )
    return client.post(change_url(event), form | fields, follow=True)


@pytest.mark.parametrize("kind", OFFERED)
def test_states_that_are_offered_are_those_one_may_choose(request, client, draft, kind):
    client.force_login(request.getfixturevalue(kind))
    form = client.get(change_url(draft)).context["adminform"].form
    assert [value for value, _label in form.fields["publication_status"].choices] == OFFERED[kind]


@pytest.mark.parametrize("state", ["published", "unpublished", "trashed", "on the moon"])
def test_state_that_is_not_offered_is_refused_at_its_field(author_desk, draft, state):
    response = save(author_desk, draft, publication_status=state, title="Typed and kept")
    assert errors_in(response) == {
        "publication_status": "You cannot set this status. Keep the draft, or choose one of the options."
    }
    assert "Typed and kept" in response.content.decode()
    assert publications(draft) == ["draft"]


def test_author_reads_what_was_unpublished_and_cannot_change_it(author_desk):
    event = make_event(publication_status="unpublished")
    page = author_desk.get(change_url(event)).content.decode()
    assert "This event has been published. Only those who may publish can change it." in page
    assert 'name="title"' not in page
    assert 'name="_save"' not in page
    assert 'name="_unpublish"' not in page
    assert save(author_desk, event, title="New").status_code == 403


def test_author_cannot_set_the_hours_of_publication(author_desk, desk, draft):
    hours = {"publish_at_0": "2030-01-01", "publish_at_1": "10:00"}
    assert 'name="publish_at_0"' not in author_desk.get(change_url(draft)).content.decode()
    save(author_desk, draft, **hours)
    assert Event.objects.get(pk=draft.pk).publish_at is None
    save(desk, draft, **hours)
    assert Event.objects.get(pk=draft.pk).publish_at == datetime.datetime(2030, 1, 1, 10, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("kind", "state", "steps"),
    [
        ("author", "draft", ["Submit for review"]),
        ("author", "in_review", ["Return to draft"]),
        ("author", "published", []),
        ("editor", "draft", ["Submit for review", "Publish"]),
        ("editor", "in_review", ["Publish", "Return to draft"]),
        ("editor", "published", ["Unpublish"]),
        ("editor", "unpublished", ["Publish", "Return to draft"]),
    ],
)
def test_steps_lead_on_from_the_state(request, client, kind, state, steps):
    client.force_login(request.getfixturevalue(kind))
    assert steps_on(client.get(change_url(make_event(publication_status=state)))) == steps


def test_event_goes_from_draft_to_unpublished_by_steps_alone(author_desk, desk, client, draft):
    response = save(author_desk, draft, _to_review="Submit for review", title="Written in the same step")
    assert told(response)[-1] == "Submitted for review."
    assert response.request["PATH_INFO"] == change_url(draft)
    draft.refresh_from_db()
    assert (draft.publication_status, draft.title) == ("in_review", "Written in the same step")
    assert client.get(draft.get_absolute_url()).status_code == 404

    response = save(desk, draft, _publish="Publish")
    assert "Event published." in told(response)
    assert steps_on(response) == ["Unpublish"]
    assert client.get(draft.get_absolute_url()).status_code == 200

    response = save(desk, draft, _unpublish="Unpublish")
    assert told(response)[-1] == "Event unpublished. Readers no longer see it."
    assert client.get(draft.get_absolute_url()).status_code == 404
    assert publications(draft) == ["unpublished"]
    assert [entry.user.username for entry in LogEntry.objects.order_by("id")] == ["author", "editor", "editor"]


def test_new_event_is_published_in_one_step(desk, author_desk):
    assert steps_on(author_desk.get(ADD)) == ["Submit for review"]
    assert steps_on(desk.get(ADD)) == ["Submit for review", "Publish"]
    response = desk.post(ADD, event_form(publication_status="draft", _publish="Publish"), follow=True)
    assert Event.objects.get().publication_status == "published"
    assert response.request["PATH_INFO"] == change_url(Event.objects.get())


def test_step_with_bad_input_is_no_step(author_desk, draft):
    response = save(author_desk, draft, _to_review="Submit for review", title="")
    assert errors_in(response) == {"title": "This field is required."}
    assert publications(draft) == ["draft"]


def test_author_s_save_does_not_take_back_what_an_editor_has_just_published(author_desk, draft, monkeypatch):
    """The editor publishes after the author's form was checked, and before it is saved."""
    save_model = PublicationAdmin.save_model

    def overtaken(self, request, obj, form, change):
        Event.objects.filter(pk=obj.pk).update(publication_status="published")
        return save_model(self, request, obj, form, change)

    monkeypatch.setattr(PublicationAdmin, "save_model", overtaken)
    assert save(author_desk, draft, title="Late").status_code == 403
    assert Event.objects.get(pk=draft.pk).title == "A secret plan"


def test_publishing_tells_what_is_missing_and_that_it_is_not_seen_yet(desk, draft):
    tomorrow = f"{timezone.now() + datetime.timedelta(days=1):%Y-%m-%d}"
    response = save(desk, draft, _publish="Publish", publish_at_0=tomorrow, publish_at_1="10:00", cover_alt="")
    _saved, published, unseen, lacks = told(response)
    assert published == "Event published."
    assert unseen == "Readers do not see it now: its hours of publication say so."
    assert lacks.startswith(f'Still missing: <a href="{change_url(draft)}#id_summary">a summary')
    assert len(told(save(desk, draft, title="Not published anew"))) == 1


def test_actions_on_published_events_ask_for_the_right_to_publish(author_desk, draft, event):
    for action in ("publish", "unpublish"):
        assert do(author_desk, action, draft, event) == ["No action selected."]
    assert publications(draft, event) == ["draft", "published"]


def test_who_may_change_events_and_not_publish_sets_no_series_of_a_published_one(author_desk, draft, event):
    cycle = Series.objects.create(name="Cycle")
    message = do(author_desk, "set_series", draft, event, series=cycle.pk)
    assert message[0] == "1 event has a new series."
    assert message[2].endswith("This event has been published. Only those who may publish can change it.")
    assert list(cycle.events.all()) == [draft]


def test_agreement_of_a_published_event_is_not_the_author_s(author_desk, event, draft):
    closed, own = make_agreement(event), make_agreement(draft)
    form = {"title": "New", "kind": "other", "signed_on": "2023-05-17", "status": "signed", "other_parties": "All"}
    page = f"/admin/events/agreement/{closed.pk}/"
    assert 'name="title"' not in author_desk.get(f"{page}change/").content.decode()
    assert author_desk.post(f"{page}change/", form | {"event": draft.pk}).status_code == 403
    assert author_desk.post(f"{page}delete/", {"post": "yes"}).status_code == 403
    for target in (f"/admin/events/agreement/{own.pk}/change/", "/admin/events/agreement/add/"):
        response = author_desk.post(target, form | {"event": event.pk})
        assert response.context["adminform"].form.errors == {
            "event": ["You cannot change this event: it has been published, or is gone."]
        }
    assert author_desk.post(f"/admin/events/agreement/{own.pk}/change/", form | {"event": draft.pk}).status_code == 302


def test_who_deletes_and_may_not_publish_deletes_no_published_event(client, event, draft):
    user = User.objects.create_user("sweeper", is_staff=True)
    user.user_permissions.add(*Permission.objects.filter(codename__in=["delete_event", "change_event", "view_event"]))
    client.force_login(user)
    assert client.post(f"/admin/events/event/{event.pk}/delete/", {"post": "yes"}).status_code == 403
    client.post("/admin/events/event/", {"action": "delete_selected", "_selected_action": [event.pk], "post": "yes"})
    assert Event.objects.filter(pk=event.pk).exists()


@pytest.mark.parametrize(("field", "before", "after"), [("publish_at", 404, 200), ("unpublish_at", 200, 404)])
def test_hours_of_publication_take_effect_on_the_second(client, event, field, before, after):
    moment = timezone.now() + datetime.timedelta(seconds=1)
    Event.objects.filter(pk=event.pk).update(**{field: moment})
    seen = []
    while not seen or seen[-1][0] < moment + datetime.timedelta(seconds=0.2):
        asked = timezone.now()
        status = client.get(event.get_absolute_url()).status_code
        seen.append((asked, timezone.now(), status))
        time.sleep(0.02)
    assert {status for _asked, answered, status in seen if answered < moment} == {before}
    assert {status for asked, _answered, status in seen if asked > moment} == {after}
