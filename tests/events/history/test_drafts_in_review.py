"""Working drafts by several people: authors prepare one of what is published, editors publish it or give it back."""

import pytest
from django.test import Client
from django.urls import reverse

from events.models import Event, EventPicture, Picture, Revision
from events.revisions import store
from events.revisions.snapshot import take_snapshot
from forum_site.media.renditions import stored_picture
from tests.events.test_preview import make_link
from tests.factories import make_event, make_panel, make_picture, make_place
from tests.forms import fields_of
from tests.uploads import picture

pytestmark = pytest.mark.django_db


def signed_in(person):
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def writing(author):
    return signed_in(author)


@pytest.fixture
def editing(editor):
    return signed_in(editor)


@pytest.fixture
def event(event):
    make_panel(event, title="Harbours")
    return event


def form_of(event):
    return reverse("admin:events_event_change", args=[event.pk])


def opened(client, event, query=""):
    return fields_of(client.get(form_of(event) + query))


def save(client, event, fields, button, **changes):
    return client.post(form_of(event), {**fields, button: "1", **changes}, follow=True)


def told(response):
    return [str(message) for message in response.context["messages"]]


def draft_of(event):
    return store.draft_of(event.pk)


def title_in(revision):
    return revision.content["events.event"][0]["title"]


def test_author_prepares_a_draft_and_an_editor_publishes_it(writing, editing, event, author, editor):
    before = take_snapshot(event.pk)
    page = Client().get(event.get_absolute_url()).content.decode()
    response = writing.get(form_of(event))
    buttons = response.content.decode()
    assert 'name="_draft"' in buttons
    assert 'name="_review_draft"' in buttons
    assert not any(f'name="{name}"' in buttons for name in ("_save", "_publish_draft", "_unpublish", "_continue"))
    response = save(writing, event, fields_of(response), "_review_draft", title="Proposed")
    assert told(response) == ["Draft changes submitted for review."]
    assert take_snapshot(event.pk) == before
    assert "Proposed" not in Client().get(event.get_absolute_url()).content.decode()
    assert (draft_of(event).action, draft_of(event).user) == (Revision.Action.DRAFT_IN_REVIEW, author)
    desk = editing.get("/admin/").content.decode()
    assert "Draft changes waiting for review" in desk
    save(editing, event, opened(editing, event), "_return_draft", summary="Say where it was.")
    assert (draft_of(event).action, title_in(draft_of(event))) == (Revision.Action.DRAFT, "Proposed")
    assert "Draft changes waiting for review" not in editing.get("/admin/").content.decode()
    save(writing, event, opened(writing, event), "_review_draft", city="Almaty")
    save(writing, event, opened(writing, event), "_draft", theme="Ports")  # It goes on waiting.
    assert draft_of(event).is_in_review
    assert take_snapshot(event.pk) == before
    save(editing, event, opened(editing, event), "_publish_draft")
    stored = Event.objects.get(pk=event.pk)
    assert (stored.title, stored.city, stored.theme, stored.publication_status) == (
        "Proposed",
        "Almaty",
        "Ports",
        "published",
    )
    assert stored.summary == "Say where it was."
    assert draft_of(event) is None
    assert "Land-Sea Forum" in page


@pytest.mark.parametrize("button", ["_save", "_continue", "_publish", "_unpublish", "_to_draft", "_to_review"])
def test_whatever_button_an_author_sends_of_a_published_event_it_is_a_draft(writing, event, button):
    before = take_snapshot(event.pk)
    for state in ("draft", "unpublished", "published"):
        save(
            writing,
            event,
            opened(writing, event),
            button,
            title="Proposed",
            publication_status=state,
            slug="taken-over",
        )
    assert take_snapshot(event.pk) == before
    assert draft_of(event).content["events.event"][0]["publication_status"] == "published"


def test_author_publishes_no_draft(writing, editing, event):
    save(writing, event, opened(writing, event), "_draft", title="Proposed")
    before = take_snapshot(event.pk)
    assert save(writing, event, opened(writing, event), "_publish_draft").status_code == 403
    assert take_snapshot(event.pk) == before
    assert title_in(draft_of(event)) == "Proposed"


def test_author_has_no_form_of_what_is_unpublished(writing, event):
    Event.objects.filter(pk=event.pk).update(publication_status="unpublished")
    assert 'name="_draft"' not in writing.get(form_of(event)).content.decode()
    assert writing.post(form_of(event), {"title": "Mine", "_draft": "1"}).status_code == 403
    assert draft_of(event) is None


def test_what_an_author_typed_is_a_draft_when_the_event_was_published_meanwhile(writing, editing, event):
    Event.objects.filter(pk=event.pk).update(publication_status="draft")
    fields = opened(writing, event)
    save(editing, event, opened(editing, event), "_publish")
    fields.pop("_offered", None)
    save(writing, event, fields, "_save", theme="Written for two hours")
    assert Event.objects.get(pk=event.pk).theme == ""
    assert draft_of(event).content["events.event"][0]["theme"] == "Written for two hours"
    assert draft_of(event).content["events.event"][0]["publication_status"] == "published"


def test_two_drafts_at_once_are_settled_by_their_author(writing, editing, event):
    fields = opened(writing, event)
    save(editing, event, opened(editing, event), "_draft", theme="Of the editor")
    page = save(writing, event, fields, "_draft", theme="Of the author")
    assert "/settle/" in page.request["PATH_INFO"]
    before = take_snapshot(event.pk)
    chosen = {name: value for name, value in fields_of(page).items() if value is not None}
    writing.post(page.request["PATH_INFO"], chosen | {f"events.event:{event.pk}:theme": "mine"})
    assert draft_of(event).content["events.event"][0]["theme"] == "Of the author"
    assert take_snapshot(event.pk) == before


def test_author_describes_no_picture_that_readers_see(writing, event):
    seen, unseen = make_picture(alt="Seen"), make_picture(alt="Unseen")
    make_place(event, seen)
    fields = opened(writing, event)
    fields |= {"pictures-0-alt": "Changed", "pictures-TOTAL_FORMS": "2"}
    fields |= {"pictures-1-picture": str(unseen.pk), "pictures-1-alt": "Told anew", "pictures-1-caption": "New"}
    response = save(writing, event, fields, "_draft", title="Proposed")
    (gallery,) = [each for each in response.context["inline_admin_formsets"] if each.formset.prefix == "pictures"]
    assert [sorted(form.errors) for form in gallery.formset.forms[:2]] == [["alt"], []]
    assert draft_of(event) is None
    save(writing, event, fields | {"pictures-0-alt": "Seen"}, "_draft", title="Proposed")
    assert list(Picture.objects.order_by("pk").values_list("alt", "credit")) == [("Seen", ""), ("Told anew", "")]
    assert EventPicture.objects.count() == 1


def test_draft_of_an_event_that_was_taken_back_is_the_author_s_to_go_on_with(writing, editing, event):
    """A draft of a published event; then the event goes back to draft: its author saves and publishes into it."""
    save(editing, event, opened(editing, event), "_draft", title="Proposed")
    save(editing, event, opened(editing, event, "?live"), "_unpublish")
    save(editing, event, opened(editing, event, "?live"), "_to_draft")
    response = save(writing, event, opened(writing, event), "_draft", theme="By the author")
    assert response.status_code == 200
    assert draft_of(event).content["events.event"][0]["theme"] == "By the author"
    page = writing.get(make_link(event).address).content.decode()
    assert "By the author" in page
    save(writing, event, opened(writing, event), "_publish_draft")
    stored = Event.objects.get(pk=event.pk)
    assert (stored.title, stored.theme, stored.publication_status) == ("Proposed", "By the author", "draft")


def test_draft_begun_before_publication_does_not_take_the_event_back(editing, event):
    Event.objects.filter(pk=event.pk).update(publication_status="draft")
    save(editing, event, opened(editing, event), "_draft", title="Proposed")
    save(editing, event, opened(editing, event, "?live"), "_publish")
    assert "Published" in editing.get(form_of(event)).content.decode()
    save(editing, event, opened(editing, event), "_publish_draft")
    stored = Event.objects.get(pk=event.pk)
    assert (stored.title, stored.publication_status) == ("Proposed", "published")


def test_cover_of_a_draft_has_renditions(renditions, editing, event, django_capture_on_commit_callbacks):
    fields = opened(editing, event)
    with django_capture_on_commit_callbacks(execute=True):
        save(editing, event, fields, "_draft", cover=picture(), cover_alt="A harbour")
    stored = stored_picture(draft_of(event).content["events.event"][0]["cover"])
    assert stored.missing() == []


def test_list_tells_which_events_have_a_working_draft(writing, editing, event):
    with_draft, waiting, plain = event, make_event(title="Waits"), make_event(title="Plain")
    save(writing, with_draft, opened(writing, with_draft), "_draft", title="Proposed")
    save(writing, waiting, opened(writing, waiting), "_review_draft", title="Proposed too")
    listed = reverse("admin:events_event_changelist")

    def titles(query):
        return {row.title for row in editing.get(listed + query).context["cl"].result_list}

    page = editing.get(listed).content.decode()
    assert page.count("Published, draft changes<") == 1
    assert page.count("Published, draft changes in review<") == 1
    assert titles("?draft=yes") == {with_draft.title, waiting.title}
    assert titles("?draft=review") == {waiting.title}
    assert titles("?draft=no") == {plain.title}
    assert titles("?task=draft-review") == {waiting.title}
