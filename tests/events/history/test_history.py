"""The pages of an event's history: what they tell, who may restore, and that what comes back is what was."""

import random
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from events.models import Event, Revision
from events.revisions.compare import Comparison
from events.revisions.snapshot import equal, take_snapshot
from events.revisions.store import add, record, save_draft
from organizations.models import Organization
from tests.cost import cost
from tests.events.history.test_differences import without_order
from tests.events.history.test_whole import change_at_random
from tests.factories import (
    make_event,
    make_full_event,
    make_organization,
    make_panel,
    make_participation,
    make_shows,
)
from tests.hostile import HOSTILE

pytestmark = pytest.mark.django_db


def history(event):
    return f"/admin/events/event/{event.pk}/history/"


def saved(event, user=None, comment="", **fields):
    """Change the event, and store it as a version."""
    Event.objects.filter(pk=event.pk).update(**fields)
    return record(event.pk, Revision.Action.SAVED, user, comment)


def restore(client, event, revision, **fields):
    """Press a button of the page that compares this version with now; return the page and its messages."""
    address = f"{history(event)}{revision.number}/"
    now = re.search(r'name="now" value="(\w*)"', client.get(address).content.decode())[1]
    response = client.post(address, {"now": now, **fields}, follow=True)
    assert response.status_code == 200
    messages = [str(message) for message in response.context.get("messages", [])]
    return [*messages, *response.context.get("told", [])]


@pytest.fixture
def office(client, manager):
    client.force_login(manager)
    return client


def text(response):
    return " ".join(re.sub(r"<[^>]*>", " ", response.content.decode()).split())


def test_list_tells_who_when_why_and_what(desk, editor, event):
    make_panel(event, title="Harbours")
    record(event.pk)
    event.panels.update(room="Hall A")
    saved(event, editor, "A better name", title="Sea Forum")
    save_draft(event.pk, {**take_snapshot(event.pk), "events.panel": []}, editor, 2)
    page = text(desk.get(history(event)))
    assert re.search(r"Version 3 Draft changes current draft .* editor Panel “Harbours” Compare with", page)
    assert re.search(r"Version 2 Saved \d+ \w+ 20\d\d, [\d:]+ \w+ , editor A better name Title, Panel “Harbours”", page)
    assert re.search(r"Version 1 Changed elsewhere .* The first version\.", page)


def test_list_goes_by_pages_and_asks_no_more_for_more(desk, event, django_assert_num_queries):
    for number in range(1, 4):
        saved(event, theme=f"Motto {number}")
    with CaptureQueriesContext(connection) as few:
        desk.get(history(event))
    for number in range(4, 26):
        saved(event, theme=f"Motto {number}")
    with django_assert_num_queries(len(few)):
        desk.get(history(event))
    for number in range(26, 61):
        saved(event, theme=f"Motto {number}")
    page = desk.get(history(event))
    assert [revision.number for revision in page.context["revisions"]] == list(range(60, 35, -1))
    last = desk.get(history(event) + "?p=3").context["revisions"]
    assert [revision.number for revision in last] == list(range(10, 0, -1))
    assert [revision.before for revision in last] == [*range(9, 0, -1), None]
    assert desk.get(history(event) + "?p=9999999999999999999999").status_code == 200


def test_what_was_noted_before_versions_stands_below(desk, editor, event):
    LogEntry.objects.log_actions(editor.pk, [event], 2, "Long ago", single_object=True)
    assert "Long ago" in text(desk.get(history(event)))
    LogEntry.objects.update(action_time="2020-01-01T00:00Z")
    record(event.pk)
    LogEntry.objects.log_actions(editor.pk, [event], 2, "Just now", single_object=True)
    page = text(desk.get(history(event)))
    assert ("Long ago" in page, "Just now" in page) == (True, False)


def test_list_of_a_great_event_costs_little(desk, event):
    for position in range(60):
        make_participation(event, position=position)
    for position in range(25):
        make_panel(event, position=position, description="<p>Of trade</p>" * 50)
    record(event.pk)
    for number in range(26):
        event.panels.update(room=f"Hall {number}")
        saved(event, title=f"Title {number}")
    loops, page = cost(lambda: desk.get(history(event)))
    assert loops < 200
    assert text(page).count("and 22 more") == 25


def test_comparison_marks_words_and_escapes_titles(office, event):
    for name, title in HOSTILE.items():
        revision = saved(event, title=title[:300])
        saved(event, title=f"Another {name}", theme=title[:300])
        page = office.get(f"{history(event)}{revision.number}/").content.decode()
        main = page[page.index('id="content-main"') :]
        assert "<script>alert" not in main
        assert "<!--<script>" not in main
        assert "<del>" in main
        assert "<ins>Another" in main
    assert office.get(history(event)).status_code == 200


def test_comparison_with_the_one_before_restores_nothing_by_itself(office, event):
    record(event.pk)
    revision = saved(event, title="Sea Forum")
    saved(event, title="Third")
    page = text(office.get(f"{history(event)}{revision.number}/?with=previous"))
    assert "Version 1 Land- Sea Forum Version 2 Sea Forum" in page
    assert "Restore" not in page


def test_only_who_may_restore_is_offered_it_and_may_do_it(client, author, editor, manager, event):
    revision = record(event.pk)
    saved(event, title="Sea Forum")
    for person, may in ((author, False), (editor, False), (manager, True)):
        client.force_login(person)
        page = client.get(f"{history(event)}1/")
        assert ("Restore this version" in page.content.decode()) == may
        if not may:
            sent = {"now": page.context["now"], "restore_all": "1"}
            assert client.post(f"{history(event)}1/", sent).status_code == 403
    assert Event.objects.get().title == "Sea Forum"
    assert restore(client, event, revision, restore_all="1") == ["Restored: Version 1."]
    assert Event.objects.get().title == "Land-Sea Forum"
    last = Revision.objects.first()
    assert (last.number, last.action, last.user_name, last.comment) == (3, "restored", "manager", "Version 1")
    assert LogEntry.objects.get().get_change_message() == "Restored: Version 1."


def test_person_without_rights_and_strangers_see_nothing(client, event, django_user_model):
    record(event.pk)
    client.force_login(django_user_model.objects.create_user("guest", is_staff=True))
    assert [client.get(history(event) + more).status_code for more in ("", "1/")] == [403, 403]
    client.logout()
    assert [client.get(history(event) + more).status_code for more in ("", "1/")] == [302, 302]


def test_foreign_and_odd_numbers_are_missing(office, event):
    other = make_event()
    saved(other), saved(other, title="Second")
    record(event.pk)
    odd = [f"{history(event)}2/", f"{history(event)}{9 * 10**30}/", f"/admin/events/event/{10**30}/history/1/"]
    odd += ["/admin/events/event/x/history/", f"/admin/events/event/{10**30}/history/"]
    assert [office.get(address).status_code for address in odd] == [404] * 5


def test_looking_changes_nothing(office, event):
    record(event.pk)
    saved(event, title="Sea Forum")
    Event.objects.update(title="Changed elsewhere")
    before = (take_snapshot(event.pk), Revision.objects.count(), LogEntry.objects.count())
    for more in ("", "1/", "2/?with=previous", "1/?restore_all=1"):
        assert office.get(history(event) + more).status_code == 200
    assert (take_snapshot(event.pk), Revision.objects.count(), LogEntry.objects.count()) == before


def test_one_field_comes_back_and_the_rest_stays(office, event):
    panel = make_panel(event, title="Harbours", room="A")
    revision = record(event.pk)
    event.panels.update(room="B")
    saved(event, title="Sea Forum")
    assert restore(office, event, revision, restore=f"events.panel:{panel.pk}:room") == [
        "Restored: Harbours, Room (Version 1)."
    ]
    assert (event.panels.get().room, Event.objects.get().title) == ("A", "Sea Forum")
    assert restore(office, event, revision, restore="events.event:1:nonsense") == [
        "Nothing restored: this is already the current value."
    ]


def test_what_was_saved_meanwhile_is_not_overwritten(office, event):
    revision = record(event.pk)
    saved(event, title="Sea Forum")
    page = office.get(f"{history(event)}{revision.number}/")
    saved(event, theme="Written meanwhile")
    sent = {"now": page.context["now"], "restore_all": "1"}
    told = office.post(f"{history(event)}1/", sent)
    assert "changed in the meantime, so nothing was restored" in text(told)
    assert "Written meanwhile" in text(told)
    assert (Event.objects.get().title, Revision.objects.count()) == ("Sea Forum", 3)


def test_unrecorded_state_is_kept_before_something_comes_back(office, event):
    revision = record(event.pk)
    Event.objects.update(title="Changed elsewhere")
    restore(office, event, revision, restore_all="1")
    assert list(Revision.objects.values_list("action", flat=True)) == ["restored", "external", "external"]
    assert Revision.objects.get(number=2).content["events.event"][0]["title"] == "Changed elsewhere"


def test_address_that_another_page_has_by_now_is_told_and_nothing_changes(office, event):
    revision = record(event.pk)
    saved(event, slug="elsewhere", title="Sea Forum")
    make_event(slug="land-sea-forum")
    before = take_snapshot(event.pk)
    assert restore(office, event, revision, restore_all="1") == [
        "Slug: Another page already has this slug. Add a word or a number."
    ]
    assert equal(take_snapshot(event.pk), before)
    assert Revision.objects.count() == 2


def test_rule_that_a_part_would_break_is_told_and_nothing_changes(office, event):
    make_panel(event, title="Harbours", day=event.starts_on)
    revision = record(event.pk)
    event.panels.update(day="2024-01-02")
    saved(event, starts_on="2024-01-02", ends_on="2024-01-02")
    told = restore(office, event, revision, restore=f"events.event:{event.pk}:ends_on")
    assert "The event ends before it starts" in told[0]
    day = restore(office, event, revision, restore=f"events.panel:{event.panels.get().pk}:day")
    assert "This date is outside the event" in day[0]
    assert Revision.objects.count() == 2


def test_role_that_another_row_has_by_now_is_told(office, event):
    house = make_organization()
    first = make_participation(event, house, role="host")
    revision, key = record(event.pk), first.pk
    first.delete()
    make_participation(event, house, role="host")
    record(event.pk)
    (told,) = restore(office, event, revision, restore=f"events.participation:{key}:")
    assert told.startswith("Conflicts with a current entry")
    assert restore(office, event, revision, restore_all="1") == ["Restored: Version 1."]


def test_what_readers_see_comes_back_by_those_who_may_publish(client, manager, event):
    revision = record(event.pk)
    saved(event, publication_status="draft", title="Sea Forum")
    for group in manager.groups.all():
        group.permissions.remove(Permission.objects.get(codename="publish_event"))
    client.force_login(manager)
    assert restore(client, event, revision, restore_all="1") == [
        "This would change what readers see: only those who may publish the event can restore it."
    ]
    restore(client, event, revision, restore=f"events.event:{event.pk}:title")
    event.refresh_from_db()
    assert (event.title, event.publication_status) == ("Land-Sea Forum", "draft")


def test_organization_that_is_gone_is_told_and_left_out(office, event):
    house = make_organization(name="Port Institute")
    make_participation(event, house)
    revision = record(event.pk)
    event.participations.all().delete()
    saved(event, title="Sea Forum")
    Organization.objects.all().delete()
    page = office.get(f"{history(event)}{revision.number}/")
    assert "cannot be restored: role “no longer there”" in text(page)
    assert len(page.context["restorable"]) == 1
    restore(office, event, revision, restore_all="1")
    assert (event.participations.count(), Event.objects.get().title) == (0, "Land-Sea Forum")


def test_version_of_the_bin_restores_all_but_that(office, event):
    content = take_snapshot(event.pk)
    content["events.event"][0] |= {"publication_status": "trashed", "title": "As it lay there"}
    revision = add(event.pk, content, Revision.Action.TRASHED)
    restore(office, event, revision, restore_all="1")
    event.refresh_from_db()
    assert (event.title, event.publication_status) == ("As it lay there", "published")


@pytest.mark.parametrize("seed", range(3))
def test_any_earlier_state_comes_back_whole_and_field_by_field(office, seed):
    chance = random.Random(seed)
    event = make_full_event(3)
    make_shows(event, 586)
    revisions = [record(event.pk)]
    for _save in range(2):
        change_at_random(Event.objects.get(pk=event.pk), chance)
        revisions.append(record(event.pk))
    assert restore(office, event, revisions[0], restore_all="1") == ["Restored: Version 1."]
    assert equal(take_snapshot(event.pk), revisions[0].content)
    last = revisions[-1].content
    keys = Comparison(last, take_snapshot(event.pk)).keys()
    for _try in range(2 * len(keys)):  # One may have to come before another: the last day before the first.
        for key in Comparison(last, take_snapshot(event.pk)).keys()[:1] if _try else keys:
            restore(office, event, revisions[-1], restore=str(key))
    assert equal(without_order(take_snapshot(event.pk)), without_order(last))
    assert Event.objects.get(pk=event.pk).show_count == 586


def test_longest_texts_cost_little_to_compare(office, event):
    words = ["forum", "sea", "land", "port", "of", "the"]
    chance = random.Random(1)
    bodies = ["<p>" + " ".join(chance.choices(words, k=28_000)) + "</p>" for _text in range(2)]
    revision = saved(event, body=bodies[0][:149_000])
    saved(event, body=bodies[1][:149_000])
    loops, response = cost(lambda: office.get(f"{history(event)}{revision.number}/"))
    assert (response.status_code, loops < 400) == (200, True)
