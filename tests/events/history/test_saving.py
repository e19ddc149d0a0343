from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from events.models import Event, Panel, Revision
from events.revisions import store
from events.revisions.snapshot import take_snapshot
from tests.factories import (
    make_agreement,
    make_organization,
    make_panel,
    make_participation,
    make_picture,
    make_place,
    make_shows,
)
from tests.forms import fields_of


@pytest.fixture
def event(event):
    make_participation(event, make_organization(name="Port Institute"), role="host")
    make_panel(event, title="Harbours")
    make_agreement(event, parties=[make_organization(name="Sea Union")], title="Memorandum")
    return event


def address(event):
    return reverse("admin:events_event_change", args=[event.pk])


def opened(client, event, query=""):
    return fields_of(client.get(address(event) + query))


def save(client, event, fields, button="_continue", **changes):
    return client.post(address(event), {**fields, button: "1", **changes}, follow=True)


def messages_of(response):
    return [str(message) for message in response.context["messages"]]


def chain(event):
    return list(event.revisions.order_by("number").values_list("action", "user_name"))


def title_of(event):
    return Event.objects.get(pk=event.pk).title


# Versions


def test_every_save_is_a_version_with_who_and_why(desk, event):
    save(desk, event, opened(desk, event), title="New", version_comment="A better name")
    assert chain(event) == [("external", ""), ("saved", "editor")]
    last = event.revisions.first()
    assert (last.comment, last.user.username, last.is_live) == ("A better name", "editor", True)
    assert last.content == take_snapshot(event.pk)


def test_saving_nothing_new_makes_no_version(desk, event):
    for _time in range(2):
        save(desk, event, opened(desk, event))
    assert chain(event) == [("external", "")]


def test_entering_copying_and_publishing_many_are_versions(desk, event):
    Event.objects.filter(pk=event.pk).update(publication_status="unpublished")
    data = {"action": "publish", "_selected_action": [event.pk]}
    desk.post(reverse("admin:events_event_changelist"), data)
    assert chain(event) == [("external", ""), ("saved", "editor")]
    desk.post(reverse("admin:events_event_next_edition", args=[event.pk]), {"title": "Next", "starts_on": "2024-05-17"})
    assert chain(Event.objects.get(title="Next")) == [("created", "editor")]


def test_change_by_another_way_is_kept_as_found(desk, event):
    save(desk, event, opened(desk, event))
    Event.objects.filter(pk=event.pk).update(title="By the shell")
    save(desk, event, opened(desk, event), title="By the form")
    assert [each.content["events.event"][0]["title"] for each in event.revisions.order_by("number")] == [
        "Land-Sea Forum",
        "By the shell",
        "By the form",
    ]


def test_agreement_on_its_own_page_is_a_version_of_its_event(desk, event):
    agreement = event.agreements.get()
    page = reverse("admin:events_agreement_change", args=[agreement.pk])
    desk.post(page, {**fields_of(desk.get(page)), "title": "Treaty", "_save": "1"})
    assert chain(event) == [("external", ""), ("saved", "editor")]
    desk.post(reverse("admin:events_agreement_delete", args=[agreement.pk]), {"post": "yes"})
    assert chain(event)[2:] == [("saved", "editor")]
    assert event.revisions.first().content["events.agreement"] == []


# Working drafts


def test_readers_see_what_was_published_while_a_draft_is_written(client, desk, event):
    before = take_snapshot(event.pk)
    answer = save(desk, event, opened(desk, event), "_draft", title="To be", **{"panels-0-title": "Ports"})
    assert messages_of(answer) == ["Draft changes saved. The published version is unchanged."]
    assert take_snapshot(event.pk) == before
    assert b"Land-Sea Forum" in client.get(event.get_absolute_url()).content
    draft = opened(desk, event)
    assert (draft["title"], draft["panels-0-title"]) == ("To be", "Ports")
    assert opened(desk, event, "?live")["title"] == "Land-Sea Forum"


def test_preview_shows_the_draft_and_counts_nothing(client, desk, event):
    save(desk, event, opened(desk, event), "_draft", title="To be")
    preview = reverse("admin:events_event_preview", args=[event.pk])
    link = event.preview_links.create(expires_at=timezone.now() + timedelta(days=1))
    for address in (preview, link.address):
        page = desk.get(address).content
        assert b"To be" in page
        assert b"Draft changes" in page
    assert b"Land-Sea Forum" in desk.get(f"{preview}?live").content
    assert title_of(event) == "Land-Sea Forum"
    assert Event.objects.get(pk=event.pk).show_count == 0


def test_draft_is_published_whole_with_its_rows(client, desk, event):
    make_shows(event, 586)
    fields = opened(desk, event)
    more = {
        "panels-TOTAL_FORMS": "2",
        "panels-1-title": "Railways",
        "panels-1-position": "2",
        "panels-0-DELETE": "on",
    }
    save(desk, event, fields, "_draft", title="To be", **more)
    draft = opened(desk, event)
    assert draft["panels-0-title"] == "Railways"
    save(desk, event, draft, "_draft", summary="A second thought")
    save(desk, event, opened(desk, event), "_publish_draft", theme="And a third")
    stored = Event.objects.get(pk=event.pk)
    assert (stored.title, stored.summary, stored.theme) == ("To be", "A second thought", "And a third")
    assert [panel.title for panel in stored.panels.all()] == ["Railways"]
    assert stored.show_count == 586
    assert store.draft_of(event.pk) is None
    assert b"Railways" in client.get(event.get_absolute_url()).content
    assert [action for action, _who in chain(event)] == ["external", "draft", "draft", "saved"]


def test_bad_input_in_a_draft_is_told_and_nothing_is_stored(desk, event):
    save(desk, event, opened(desk, event), "_draft", title="To be")
    before = take_snapshot(event.pk)
    for button in ("_draft", "_publish_draft"):
        answer = save(desk, event, opened(desk, event), button, ends_on="2022-01-01", theme="Typed")
        assert "ends_on" in answer.context["adminform"].form.errors
        assert fields_of(answer)["theme"] == "Typed"
        assert fields_of(answer)["title"] == "To be"
        assert take_snapshot(event.pk) == before
    assert store.draft_of(event.pk).content["events.event"][0]["theme"] == ""


def test_discarded_draft_stays_in_the_history(desk, event):
    save(desk, event, opened(desk, event), "_draft", title="To be")
    save(desk, event, opened(desk, event), "_drop_draft")
    assert opened(desk, event)["title"] == "Land-Sea Forum"
    assert [action for action, _who in chain(event)] == ["external", "draft"]
    assert LogEntry.objects.latest("id").get_change_message() == "Discarded the draft changes."


def test_keys_of_rows_in_a_draft_are_not_given_to_others(desk, event):
    fields = opened(desk, event)
    more = {"panels-TOTAL_FORMS": "2", "panels-1-title": "Railways", "panels-1-position": "2"}
    save(desk, event, fields, "_draft", **more)
    draft = opened(desk, event)
    other = make_panel(Event.objects.create(title="Other", starts_on="2023-01-01"), title="Theirs")
    assert str(other.pk) != draft["panels-1-id"]
    save(desk, event, draft, "_publish_draft")
    assert Panel.objects.get(pk=draft["panels-1-id"]).event_id == event.pk
    other.refresh_from_db()
    assert other.title == "Theirs"


# Two saves


def settle(client, page, **chosen):
    """Choose on the page that settles two saves; what it proposes stays unless something else is chosen."""
    fields = {name: value for name, value in fields_of(page).items() if value is not None}
    return client.post(page.request["PATH_INFO"] + "?" + page.request["QUERY_STRING"], fields | chosen, follow=True)


def key_of(event, field):
    return f"events.event:{event.pk}:{field}"


def test_second_save_is_refused_and_both_are_kept(desk, event):
    first, second = opened(desk, event), opened(desk, event)
    save(desk, event, first, title="Mine first", theme="Theme of the first")
    page = save(desk, event, second, title="Mine second", summary="Summary of the second")
    assert page.templates[0].name == "admin/events/settle.html"
    assert title_of(event) == "Mine first"
    proposed = {str(difference.key): chosen for difference, chosen in page.context["choices"]}
    assert proposed == {
        key_of(event, "title"): "",
        key_of(event, "theme"): "theirs",
        key_of(event, "summary"): "mine",
    }
    refused = settle(desk, page)
    assert refused.context["told"] == ["Choose one version in each row."]
    assert title_of(event) == "Mine first"
    settle(desk, refused, **{key_of(event, "title"): "mine"})
    stored = Event.objects.get(pk=event.pk)
    assert (stored.title, stored.theme, stored.summary) == (
        "Mine second",
        "Theme of the first",
        "Summary of the second",
    )
    assert [action for action, _who in chain(event)] == ["external", "saved", "conflict", "saved"]


def test_rows_of_both_are_kept(desk, event):
    first, second = opened(desk, event), opened(desk, event)
    new = {"panels-TOTAL_FORMS": "2", "panels-1-position": "2"}
    save(desk, event, first, **new, **{"panels-1-title": "Railways", "panels-0-DELETE": "on"})
    page = save(
        desk, event, second, **new, **{"panels-1-title": "Roads", "visits-TOTAL_FORMS": "1", "visits-0-place": "Port"}
    )
    settle(desk, page)
    assert sorted(panel.title for panel in event.panels.all()) == ["Railways", "Roads"]
    assert [visit.place for visit in event.visits.all()] == ["Port"]


def test_row_that_one_deleted_and_the_other_changed_is_asked_for(desk, event):
    panel = event.panels.get()
    first, second = opened(desk, event), opened(desk, event)
    save(desk, event, first, **{"panels-0-DELETE": "on"})
    page = save(desk, event, second, **{"panels-0-title": "Ports"})
    (difference, chosen), *others = page.context["choices"]
    assert (str(difference.key), chosen, others) == (f"events.panel:{panel.pk}:", "", [])
    settle(desk, page, **{str(difference.key): "mine"})
    assert [(each.pk, each.title) for each in event.panels.all()] == [(panel.pk, "Ports")]


def test_party_added_to_an_agreement_that_the_other_deleted_is_asked_for(desk, event):
    house = make_organization(name="House of Roads")
    agreement = event.agreements.get()
    first, second = opened(desk, event), opened(desk, event)
    save(desk, event, first, **{"agreements-0-DELETE": "on"})
    parties = [*agreement.parties.values_list("pk", flat=True), house.pk]
    page = save(desk, event, second, **{"agreements-0-parties": parties})
    (difference, chosen), *others = page.context["choices"]
    assert (str(difference.key), chosen, others) == (f"events.agreement:{agreement.pk}:", "", [])
    settle(desk, page, **{str(difference.key): "mine"})
    assert house in event.agreements.get().parties.all()


def test_third_save_while_settling_is_told(desk, event):
    first, second = opened(desk, event), opened(desk, event)
    save(desk, event, first, title="First")
    page = save(desk, event, second, summary="Second")
    save(desk, event, opened(desk, event), theme="Third")
    again = settle(desk, page)
    assert again.context["told"] == ["Someone saved again meanwhile. Review the current version."]
    settle(desk, again)
    stored = Event.objects.get(pk=event.pk)
    assert (stored.title, stored.summary, stored.theme) == ("First", "Second", "Third")


def test_what_breaks_a_rule_together_is_told(desk, event):
    Event.objects.filter(pk=event.pk).update(ends_on="2023-05-20")
    first, second = opened(desk, event), opened(desk, event)
    save(desk, event, first, ends_on="2023-05-18")
    page = save(desk, event, second, **{"panels-0-day": "2023-05-20"})
    refused = settle(desk, page)
    assert "This date is outside the event" in refused.context["told"][0]
    assert event.panels.get().day is None


def test_bad_input_on_an_old_version_is_told_first(desk, event):
    first, second = opened(desk, event), opened(desk, event)
    save(desk, event, first, title="First")
    answer = save(desk, event, second, title="", summary="Typed")
    assert "title" in answer.context["adminform"].form.errors
    assert fields_of(answer)["summary"] == "Typed"
    assert store.revision(event.pk, fields_of(answer)["base_number"]) == store.revision(event.pk, second["base_number"])
    page = save(desk, event, fields_of(answer), title="Land-Sea Forum")
    assert [str(difference.key) for difference, _chosen in page.context["choices"]] == [
        key_of(event, "title"),
        key_of(event, "summary"),
    ]


def test_two_people_on_one_working_draft(desk, event):
    save(desk, event, opened(desk, event), "_draft", title="Draft")
    first, second = opened(desk, event), opened(desk, event)
    save(desk, event, first, "_draft", theme="First")
    page = save(desk, event, second, "_draft", summary="Second")
    settle(desk, page)
    draft = opened(desk, event)
    assert (draft["title"], draft["theme"], draft["summary"]) == ("Draft", "First", "Second")
    assert title_of(event) == "Land-Sea Forum"


def test_draft_begun_before_somebody_published_otherwise(desk, event):
    save(desk, event, opened(desk, event), "_draft", title="Draft")
    save(desk, event, opened(desk, event, "?live"), theme="Live")
    page = save(desk, event, opened(desk, event), "_publish_draft", summary="Typed")
    settle(desk, page)
    stored = Event.objects.get(pk=event.pk)
    assert (stored.title, stored.theme, stored.summary) == ("Draft", "Live", "Typed")
    assert store.draft_of(event.pk) is None


def test_two_who_begin_a_draft_at_once_publish_nothing(desk, event):
    before = take_snapshot(event.pk)
    first, second = opened(desk, event), opened(desk, event)
    save(desk, event, first, "_draft", theme="First")
    page = save(desk, event, second, "_draft", summary="Second")
    assert page.context["is_draft"]
    settle(desk, page)
    draft = opened(desk, event)
    assert (draft["theme"], draft["summary"]) == ("First", "Second")
    assert take_snapshot(event.pk) == before


def test_draft_meant_for_one_that_was_discarded_stays_a_draft(desk, event):
    save(desk, event, opened(desk, event), "_draft", theme="First")
    typed = opened(desk, event)
    save(desk, event, opened(desk, event), "_draft", theme="Changed")
    page = save(desk, event, typed, "_draft", summary="Second")
    save(desk, event, opened(desk, event), "_drop_draft")
    before = take_snapshot(event.pk)
    again = settle(desk, page, **{key_of(event, "summary"): "mine"})
    settle(desk, again)
    assert take_snapshot(event.pk) == before
    assert opened(desk, event)["summary"] == "Second"


def test_draft_that_one_has_not_seen_is_not_discarded(desk, event):
    save(desk, event, opened(desk, event), "_draft", theme="First")
    seen = opened(desk, event)
    save(desk, event, opened(desk, event), "_draft", theme="Second")
    answer = save(desk, event, seen, "_drop_draft")
    assert messages_of(answer) == ["The draft changes are newer than your page. Review them before you discard them."]
    assert opened(desk, event)["theme"] == "Second"


def test_draft_whose_address_another_event_has_by_now_still_opens(desk, event):
    save(desk, event, opened(desk, event), "_draft", slug="of-the-future", theme="Draft")
    Event.objects.create(title="Other", starts_on="2023-01-01", slug="of-the-future")
    draft = opened(desk, event)
    assert (draft["slug"], draft["theme"]) == ("land-sea-forum", "Draft")
    assert b"Draft" in desk.get(reverse("admin:events_event_preview", args=[event.pk])).content
    save(desk, event, draft, "_publish_draft")
    stored = Event.objects.get(pk=event.pk)
    assert (stored.slug, stored.theme) == ("land-sea-forum", "Draft")


def test_what_is_said_of_a_picture_is_kept_with_a_draft(desk, event):
    place = make_place(event, make_picture(alt="A hall"))
    save(desk, event, opened(desk, event), "_draft", **{"pictures-0-alt": "The hall of Almaty"})
    place.picture.refresh_from_db()
    assert place.picture.alt == "The hall of Almaty"


def test_authors_publish_nothing_by_settling(client, author, desk, event):
    Event.objects.filter(pk=event.pk).update(publication_status="draft")
    typed = opened(desk, event)
    save(desk, event, opened(desk, event), title="Second")
    page = save(desk, event, typed, "_publish", theme="Mine")
    assert page.templates[0].name == "admin/events/settle.html"
    client.force_login(author)
    fields = {name: value for name, value in fields_of(page).items() if value is not None}
    answer = client.post(
        page.request["PATH_INFO"], {**fields, key_of(event, "publication_status"): "mine"}, follow=True
    )
    assert answer.context["told"] == [
        "This would change what readers see: only those who may publish the event can choose it."
    ]
    assert Event.objects.get(pk=event.pk).publication_status == "draft"


def test_button_of_a_draft_that_is_not_there_breaks_nothing(desk, event):
    old = opened(desk, event)
    save(desk, event, opened(desk, event), title="Second")
    page = save(desk, event, old, "_publish_draft", theme="Mine")
    assert page.templates[0].name == "admin/events/settle.html"


def test_settling_asks_for_the_right_to_change(client, desk, event, django_user_model):
    first, second = opened(desk, event), opened(desk, event)
    save(desk, event, first, title="First")
    page = save(desk, event, second, title="Second").request["PATH_INFO"]
    client.force_login(django_user_model.objects.create_user("nobody", is_staff=True))
    assert client.get(page).status_code == 403
    assert client.post(page).status_code == 403


@pytest.mark.parametrize("number", ["0", "99999999999999999999", "x", "-1", "²"])
def test_odd_version_numbers_are_no_obstacle(desk, event, number):
    save(desk, event, opened(desk, event), title="Saved", base_number=number)
    assert title_of(event) == "Saved"


def test_version_of_another_event_is_none(desk, event):
    other = Event.objects.create(title="Other", starts_on="2023-01-01")
    for number in range(3):
        save(desk, other, opened(desk, other), title=f"Other {number}")
    fields = opened(desk, event)
    assert store.revision(event.pk, 3) is None
    assert desk.get(reverse("admin:events_event_settle", args=[event.pk, 3])).status_code == 404
    save(desk, event, fields, base_number="3", title="Saved")
    assert title_of(event) == "Saved"


def test_every_version_is_written_once(event):
    store.record(event.pk)
    assert Revision.objects.get(event=event).number == 1
    assert store.record(event.pk).number == 1
