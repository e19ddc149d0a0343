"""Versions that another release made: what this one does not know is told and left out, and nothing fails."""

import pytest

from events.admin.pages.trash import publication_before
from events.models import Event, Panel, Revision
from events.revisions.compare import Comparison
from events.revisions.merge import ThreeWayMerge
from events.revisions.snapshot import EVENT, equal, fit, known, restore, take_snapshot, unknown
from events.revisions.store import add, record, save_draft
from tests.events.history.test_history import history, text
from tests.events.history.test_history import restore as restore_on_page
from tests.factories import make_full_event, make_panel

pytestmark = pytest.mark.django_db


def renamed(content, label, name, new_name):
    rows = [{new_name if each == name else each: value for each, value in row.items()} for row in content[label]]
    return {**content, label: rows}


def of_another_release(content):
    """Return a snapshot with fields and parts that came later or are gone."""
    content = {label: [{**row, "weight": 3} for row in rows] for label, rows in content.items()}
    content["events.speaker"] = [{"id": 1, "event": content[EVENT][0]["id"], "name": "A person"}]
    content = renamed(content, EVENT, "theme", "motto")
    content = renamed(content, "events.visit", "event", "of_event")
    content = renamed(content, "events.agreementparty", "agreement", "of_agreement")
    return content


@pytest.fixture
def office(client, manager):
    client.force_login(manager)
    return client


@pytest.fixture
def full(db):
    return make_full_event(3, slug="full", theme="A motto", city="Almaty")


def test_known_is_what_it_was_where_nothing_is_unknown(full):
    content = take_snapshot(full.pk)
    assert unknown(content) == []
    assert known(content) is content
    assert fit(content, content) == content


def test_what_is_unknown_is_left_out(full):
    content = of_another_release(take_snapshot(full.pk))
    assert {("events.speaker", ""), (EVENT, "weight"), (EVENT, "motto")} <= set(unknown(content))
    assert {("events.visit", ""), ("events.panel", "weight")} <= set(unknown(content))
    left = known(content)
    assert not {"events.visit", "events.agreementparty", "events.speaker"} & left.keys()
    assert unknown(left) == []
    list(Comparison(content, take_snapshot(full.pk)))
    list(Comparison(take_snapshot(full.pk), content))


def test_restoring_keeps_what_the_snapshot_is_too_old_to_tell(full):
    """Fields and parts that came with a later release stay as they are, of the event and of its rows."""
    old = take_snapshot(full.pk)
    del old["events.visit"]
    old = {**old, "events.panel": [{name: row[name] for name in row if name != "room"} for row in old["events.panel"]]}
    del old[EVENT][0]["theme"]
    Panel.objects.filter(event=full).update(room="Hall A", title="Changed")
    visits = list(full.visits.values())
    restore(old)
    assert set(full.panels.values_list("room", flat=True)) == {"Hall A"}
    assert "Changed" not in full.panels.values_list("title", flat=True)
    assert list(full.visits.values()) == visits
    full.refresh_from_db()
    assert full.theme == "A motto"


def test_rows_whose_parent_is_not_there_do_not_come_back(full):
    old = take_snapshot(full.pk)
    full.agreements.all().delete()
    now = take_snapshot(full.pk)
    fitting = fit(renamed(old, "events.agreement", "event", "of_event"), now)
    assert (fitting["events.agreement"], fitting["events.agreementparty"]) == ([], [])
    restore(renamed(old, "events.agreement", "event", "of_event"))
    assert equal(take_snapshot(full.pk), now)


def test_page_tells_what_is_unknown_and_restores_the_rest(office, full):
    record(full.pk)
    content = of_another_release(take_snapshot(full.pk))
    content["events.panel"][0]["title"] = "As it was"
    old = add(full.pk, content, Revision.Action.SAVED)
    make_panel(full, title="New")
    visits = list(full.visits.values())
    record(full.pk)
    page = text(office.get(f"{history(full)}{old.number}/"))
    assert "This version was made by another release." in page
    assert "events.speaker" in page
    assert "event: weight" in page
    assert "event: motto" in page
    assert office.get(history(full)).status_code == 200
    assert office.get(f"{history(full)}{old.number}/?with=previous").status_code == 200
    assert any("Restored" in line for line in restore_on_page(office, full, old, restore_all="1"))
    assert "As it was" in full.panels.values_list("title", flat=True)
    assert "New" not in full.panels.values_list("title", flat=True)
    assert list(full.visits.values()) == visits
    assert "Museum" not in page.replace("Restored", "")
    full.refresh_from_db()
    assert (full.theme, full.city) == ("A motto", "Almaty")


def test_version_of_this_release_tells_nothing_of_another(office, full):
    record(full.pk)
    assert "another release" not in text(office.get(f"{history(full)}1/"))


def test_working_draft_of_another_release_can_be_edited_and_published(office, full):
    live = record(full.pk)
    save_draft(full.pk, of_another_release({**take_snapshot(full.pk)}), None, live.number)
    page = office.get(f"/admin/events/event/{full.pk}/change/")
    assert page.status_code == 200
    form = {"_drop_draft": "1", "base_number": "2"}
    assert office.post(f"/admin/events/event/{full.pk}/change/", form).status_code in (200, 302)


def test_event_comes_out_of_the_bin_as_this_release_can_have_it(full):
    for publication_status in ("published", "embargoed", "trashed"):
        add(full.pk, {EVENT: [{"id": full.pk, "publication_status": publication_status}]}, Revision.Action.SAVED)
    add(full.pk, {EVENT: [{"id": full.pk}]}, Revision.Action.SAVED)
    assert publication_before(full.pk) == Event.PublicationStatus.PUBLISHED


def test_two_saves_are_settled_across_releases(full):
    theirs = take_snapshot(full.pk)
    mine = of_another_release({**theirs, "events.panel": []})
    settling = ThreeWayMerge(mine, theirs, mine)
    made = settling.merged({str(choice.difference.key): "mine" for choice in settling.choices})
    restore(made)
    assert not full.panels.exists()
