"""An agreement is saved on a page of its own: over nobody's changes, wherever they were made."""

import pytest
from django.urls import reverse

from events.models import Revision
from events.revisions import store
from tests.events.history.test_saving import opened, save
from tests.factories import make_agreement, make_event, make_organization
from tests.forms import fields_of


@pytest.fixture
def event(event):
    make_agreement(event, parties=[make_organization(name="Sea Union")], title="Memorandum")
    return event


@pytest.mark.parametrize("elsewhere", ["its own page", "the event"])
def test_agreement_that_somebody_changed_meanwhile_is_told_and_both_are_kept(desk, event, elsewhere):
    agreement = event.agreements.get()
    page = reverse("admin:events_agreement_change", args=[agreement.pk])
    typed = fields_of(desk.get(page))
    if elsewhere == "its own page":
        desk.post(page, {**fields_of(desk.get(page)), "title": "Treaty", "_save": "1"})
    else:
        save(desk, event, opened(desk, event), **{"agreements-0-title": "Treaty"})
    answer = desk.post(page, {**typed, "signed_during": "at noon", "_save": "1"})
    assert fields_of(answer)["signed_during"] == "at noon"
    (told,) = answer.context["adminform"].form.non_field_errors()
    assert "since you opened it: Agreement Treaty Title: Treaty." in told
    agreement.refresh_from_db()
    assert (agreement.title, agreement.signed_during) == ("Treaty", "")
    desk.post(page, {**fields_of(answer), "_save": "1"})
    agreement.refresh_from_db()
    assert (agreement.title, agreement.signed_during) == ("Memorandum", "at noon")
    assert [each.content["events.agreement"][0]["title"] for each in event.revisions.order_by("number")] == [
        *("Memorandum", "Treaty", "Memorandum"),
    ]


def test_change_of_something_else_does_not_keep_an_agreement_from_being_saved(desk, event):
    agreement = event.agreements.get()
    page = reverse("admin:events_agreement_change", args=[agreement.pk])
    typed = fields_of(desk.get(page))
    save(desk, event, opened(desk, event), title="Another forum")
    desk.post(page, {**typed, "title": "Treaty", "_save": "1"})
    agreement.refresh_from_db()
    assert agreement.title == "Treaty"


def test_agreement_that_somebody_moved_meanwhile_is_told_and_stays_there(desk, event):
    agreement, other = event.agreements.get(), make_event(title="Other forum")
    page = reverse("admin:events_agreement_change", args=[agreement.pk])
    typed = fields_of(desk.get(page))
    moved = {**fields_of(desk.get(page)), "event": other.pk, "summary": "Signed late.", "_save": "1"}
    assert desk.post(page, moved).status_code == 302
    answer = desk.post(page, {**typed, "title": "Treaty", "_save": "1"})
    (told,) = answer.context["adminform"].form.non_field_errors()
    assert "since you opened it: event: Other forum; " in told
    assert "Signed late." in told
    agreement.refresh_from_db()
    assert (agreement.event, agreement.title) == (other, "Memorandum")
    desk.post(page, {**fields_of(answer), "_save": "1"})
    agreement.refresh_from_db()
    assert (agreement.event, agreement.title) == (event, "Treaty")


def test_agreements_that_are_moved_past_each_other_keep_nobody_waiting(desk, event, monkeypatch):
    """The events of a form are held in one order, whichever of them the agreement leaves."""
    other, held = make_event(title="Other forum"), []
    agreement = event.agreements.get()
    lock = store.lock
    monkeypatch.setattr(store, "lock", lambda key: (held.append(key), lock(key))[1])
    page = reverse("admin:events_agreement_change", args=[agreement.pk])
    for target in (other, event):
        desk.post(page, {**fields_of(desk.get(page)), "event": target.pk, "_save": "1"})
        assert list(dict.fromkeys(held)) == sorted([event.pk, other.pk])
        held.clear()


@pytest.mark.parametrize("key", ["0", "00", "9" * 18])
def test_agreement_that_is_not_there_is_told_and_nothing_is_stored(desk, key):
    page = f"/admin/events/agreement/{key}/change/"
    assert (desk.get(page).status_code, desk.post(page, {"event": "0", "opened_in": "0"}).status_code) == (302, 302)
    assert not Revision.objects.exists()
