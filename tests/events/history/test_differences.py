import random

import pytest

from events.models import Event
from events.revisions.compare import Comparison, FileName, Key, apply_changes
from events.revisions.snapshot import equal, restore, take_snapshot
from tests.events.history.test_whole import change_at_random
from tests.factories import (
    make_agreement,
    make_full_event,
    make_organization,
    make_panel,
    make_participation,
    make_visit,
)

pytestmark = [pytest.mark.one_database, pytest.mark.django_db]


def told(before, after):
    """Return each difference as `(part, row, field, before, after)`, marked pieces put together again."""
    content = lambda text: "".join(piece for piece, _own in text) if isinstance(text, list) else text  # noqa: E731
    return [
        (each.part, each.row, each.field, content(each.before), content(each.after))
        for each in Comparison(before, after)
    ]


def change(event, **fields):
    before = take_snapshot(event.pk)
    Event.objects.filter(pk=event.pk).update(**fields)
    return before, take_snapshot(event.pk)


def test_fields_are_told_as_people_read_them(event):
    assert told(*change(event, title="Sea Forum", kind="lecture", starts_at="09:30", country="KZ")) == [
        ("", "", "Title", "Land-Sea Forum", "Sea Forum"),
        ("", "", "Kind", "Forum", "Lecture"),
        ("", "", "Begins at", "", "09:30"),
        ("", "", "Country", "", "Kazakhstan"),
    ]


def test_rows_are_told_by_their_names_and_what_belongs_to_them(event):
    house, sea = make_organization(name="Port Institute"), make_organization(name="Sea Union")
    role, panel = make_participation(event, house), make_panel(event, title="Harbours", description="<p>Of trade</p>")
    make_visit(event, place="Museum")
    before = take_snapshot(event.pk)
    type(role).objects.update(role="host")
    panel.delete()
    make_agreement(event, parties=[house, sea], title="Memorandum")
    event.visits.update(description="<p>A ship</p>")
    assert sorted(told(before, take_snapshot(event.pk)), key=lambda row: row[0]) == [
        (
            "Agreement",
            "Memorandum",
            "",
            None,
            "Title: Memorandum\nKind: Agreement\nSigned on: 17 May 2023\nStatus: Signed\n"
            "Party: Port Institute\nParty: Sea Union",
        ),
        ("Panel", "Harbours", "", "Title: Harbours\nWhat it was about: Of trade", None),
        ("Role", "Port Institute", "Role", "Participant", "Host"),
        ("Visit", "Museum", "Description", "", "A ship"),
    ]


def test_party_is_told_with_its_agreement(event):
    house = make_organization(name="Port Institute")
    signed = make_agreement(event, title="Memorandum")
    before = take_snapshot(event.pk)
    signed.parties.add(house)
    after = take_snapshot(event.pk)
    assert [row[:3] for row in told(before, after)] == [("Party", "Memorandum · Port Institute", "")]
    house_is_gone = {**after, "events.agreementparty": [{**after["events.agreementparty"][0], "organization": 999_999}]}
    assert told(before, house_is_gone)[0][1] == "Memorandum · no longer there"


def test_order_is_one_difference_and_told_only_where_it_is_another(event):
    first, second = make_panel(event, title="First", position=1), make_panel(event, title="Second", position=2)
    before = take_snapshot(event.pk)
    make_panel(event, title="Third", position=3)
    assert len(told(before, take_snapshot(event.pk))) == 1
    type(first).objects.filter(pk=first.pk).update(position=4)
    after = take_snapshot(event.pk)
    assert told(before, after)[1] == ("", "", "Order of panels", "First\nSecond", "Second\nThird\nFirst")
    back = apply_changes(after, before, [Key("events.panel", 0, "position")])
    assert [row["position"] for row in back["events.panel"]] == [1, 2, 3]
    assert {row["id"] for row in back["events.panel"]} > {first.pk, second.pk}


def test_words_of_rich_text_are_marked(event):
    (difference,) = Comparison(*change(event, body="<p>A <strong>bold</strong> word</p>"))
    assert (difference.before, difference.after) == ("", "A bold word")
    (difference,) = Comparison(*change(event, body="<p>A <strong>loud</strong> word</p>"))
    assert difference.after == [("A ", False), ("loud ", True), ("word", False)]
    (difference,) = Comparison(*change(event, body="<p>A loud word</p>"))
    assert difference.note == "The words are the same, their formatting differs."
    (difference,) = Comparison(*change(event, body='<p>A <a href="/events/">loud</a> word</p>'))
    assert difference.after == [("A loud ", False), ("(/events/) ", True), ("word", False)]


def test_picture_is_told_by_its_name_and_whether_it_is_there(event, settings):
    (difference,) = Comparison(*change(event, cover="covers/gone.png", cover_width=3, cover_height=2))
    assert (difference.before, difference.after, difference.after.url) == ("", "gone.png", "")
    assert difference.note.startswith("A file is no longer there")
    (settings.MEDIA_ROOT / "covers").mkdir(parents=True)
    (settings.MEDIA_ROOT / "covers" / "here.png").write_bytes(b"")
    (difference,) = Comparison(*change(event, cover="covers/here.png"))
    assert isinstance(difference.after, FileName)
    assert difference.after.url == "/media/covers/here.png"


def test_field_that_a_snapshot_is_too_old_to_know_is_no_difference(event):
    content = take_snapshot(event.pk)
    old = {**content, "events.event": [{k: v for k, v in content["events.event"][0].items() if k != "theme"}]}
    assert told(old, content) == []


def test_summary_names_each_row_once(event):
    panel = make_panel(event, title="Harbours")
    before = take_snapshot(event.pk)
    type(panel).objects.update(room="A", description="<p>B</p>")
    Event.objects.filter(pk=event.pk).update(title="New")
    assert Comparison(before, take_snapshot(event.pk)).summary() == ["Title", "Panel “Harbours”"]


def without_order(content):
    return {
        label: [{k: v for k, v in row.items() if k != "position"} for row in rows] for label, rows in content.items()
    }


@pytest.mark.parametrize("seed", range(30))
def test_all_that_differs_taken_makes_the_other_and_one_at_a_time_leads_there_too(seed):
    chance = random.Random(seed)
    event = make_full_event(3)
    before = take_snapshot(event.pk)
    change_at_random(event, chance)
    after = take_snapshot(event.pk)
    keys = Comparison(before, after).keys()
    assert bool(keys) == (not equal(without_order(before), without_order(after)))
    made = apply_changes(after, before, keys)
    assert equal(without_order(made), without_order(before))
    chance.shuffle(keys)
    for key in keys:
        after = apply_changes(after, before, [key])
        left = Comparison(before, after).keys()
        assert key not in left
    assert equal(without_order(after), without_order(before))
    restore(made)
    assert equal(without_order(take_snapshot(event.pk)), without_order(before))
    assert list(Comparison(before, take_snapshot(event.pk))) == []
