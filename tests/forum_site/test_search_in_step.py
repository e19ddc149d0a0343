"""The index follows every change of what it was made from, whichever way it is made, and in the same transaction."""

import datetime
import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from events.models import Agreement, AgreementParty, Event, Panel, Participation, Series, Visit
from forum_site.search.declaration import SearchIndex, registry
from forum_site.search.indexing import batch_indexing, index
from forum_site.search.models import SearchEntry, SearchPosting, SearchSpelling
from forum_site.search.rebuild import differences
from forum_site.search.sync import Indexed, connect, readings
from organizations.models import Organization
from tests.factories import (
    make_event,
    make_full_event,
    make_organization,
    make_panel,
    make_participation,
)


def different():
    return [entry for _done, entries in differences() for entry in entries]


def entries_with(term):
    return set(SearchPosting.objects.filter(term=term).values_list("entry", flat=True))


def entry(row):
    return type(row).search_index.entry(row.pk)


@pytest.fixture
def full(db):
    """An event with one row of everything, a series, and an organization that is in all of them."""
    event = make_full_event(1, title="Forum", slug="forum", series=Series.objects.create(name="Evenings"))
    house = make_organization(name="House of Silk", slug="house", country="KZ")
    make_participation(event, house)
    Agreement.objects.get().parties.add(house)
    Visit.objects.update(organization=house)
    make_organization(name="Alone", slug="alone")
    return event


def load_data(event, tmp_path):
    fixture = tmp_path / "rows.json"
    rows = [
        # Who is led to comes after those who lead there.
        {"model": "events.agreementparty", "fields": {"agreement": Agreement.objects.get().pk, "organization": 9001}},
        {"model": "events.panel", "fields": {"event": 9001, "title": "Imported panel", "position": 9}},
        {"model": "organizations.organization", "pk": 9001, "fields": {"name": "Imported house", "slug": "imported"}},
        {"model": "events.event", "pk": 9001, "fields": event_fields()},
    ]
    fixture.write_text(json.dumps(rows))
    call_command("loaddata", fixture, verbosity=0)


def event_fields():
    moment = "2023-01-01T00:00:00Z"
    days = {"starts_on": "2023-01-01", "ends_on": "2023-01-01"}
    return {"title": "Imported event", "slug": "imported-event", "created_at": moment, "updated_at": moment, **days}


def move(model, **to):
    row = model.objects.first()
    for name, value in to.items():
        setattr(row, name, value)
    row.save()


def in_bulk(model, field, value):
    rows = list(model.objects.all())
    for row in rows:
        setattr(row, field, value)
    model.objects.bulk_update(rows, [field])


CHANGES = {
    "event saved": lambda event, _: move(Event, title="Other", starts_on=datetime.date(2020, 1, 1), ends_on=None),
    "event deleted": lambda event, _: event.delete(),
    "events deleted": lambda event, _: Event.objects.all().delete(),
    "event added": lambda event, _: make_event(title="Another"),
    "events added in bulk": lambda event, _: Event.objects.bulk_create(
        Event(title=f"New {slug}", slug=slug, starts_on=event.starts_on, ends_on=event.starts_on) for slug in "ab"
    ),
    "events updated": lambda event, _: Event.objects.update(city="Almaty", body="<p>Wholly <b>n</b>ew</p>"),
    "days updated": lambda event, _: Event.objects.update(starts_on=datetime.date(2001, 1, 1)),
    "series renamed": lambda event, _: move(Series, name="Mornings"),
    "series updated": lambda event, _: Series.objects.update(name="Mornings"),
    "series left": lambda event, _: Event.objects.update(series=None),
    "panel saved": lambda event, _: move(Panel, title="Other", description="<p>Text</p>"),
    "panel saved in part": lambda event, _: Panel(pk=Panel.objects.get().pk, title="Part").save(
        update_fields=["title"]
    ),
    "panels added in bulk": lambda event, _: event.panels.bulk_create(Panel(event=event, title=t) for t in "xy"),
    "panels changed in bulk": lambda event, _: in_bulk(Panel, "title", "Bulk"),
    "panel moved": lambda event, _: move(Panel, event=make_event(starts_on=datetime.date(1999, 1, 1))),
    "panel moved by update": lambda event, _: Panel.objects.update(
        event=make_event(starts_on=datetime.date(1999, 1, 1))
    ),
    "panels deleted": lambda event, _: event.panels.all().delete(),
    "visit led elsewhere": lambda event, _: Visit.objects.update(organization=make_organization()),
    "role added": lambda event, _: make_participation(event, make_organization(name="Newcomer")),
    "roles added in bulk": lambda event, _: Participation.objects.bulk_create(
        [Participation(event=event, organization=make_organization(name="Newcomer"))]
    ),
    "roles deleted": lambda event, _: event.participations.all().delete(),
    "role moved": lambda event, _: move(Participation, event=make_event()),
    "roles moved by update": lambda event, _: Participation.objects.update(event=make_event()),
    "role given to another": lambda event, _: move(Participation, organization=make_organization(name="Heir")),
    "agreement changed": lambda event, _: move(Agreement, title="Treaty", other_parties="Ferrymen"),
    "party added": lambda event, _: Agreement.objects.get().parties.add(make_organization(name="Newcomer")),
    "parties set": lambda event, _: Agreement.objects.get().parties.set([make_organization(name="Newcomer")]),
    "parties cleared": lambda event, _: Agreement.objects.get().parties.clear(),
    "party removed": lambda event, _: AgreementParty.objects.first().delete(),
    "organization renamed": lambda event, _: move(Organization, name="Renamed"),
    "organizations renamed": lambda event, _: Organization.objects.update(name="Renamed"),
    "organizations renamed in bulk": lambda event, _: in_bulk(Organization, "short_name", "RNM"),
    "organization deleted": lambda event, _: Organization.objects.get(slug="alone").delete(),
    "event made or updated": lambda event, _: Event.objects.update_or_create(
        slug="forum", defaults={"title": "Remade"}
    ),
    "data loaded": load_data,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_change_reaches_the_index(full, tmp_path, change):
    before = set(SearchPosting.objects.values_list("entry", "term", "rank"))
    assert different() == []
    change(full, tmp_path)
    assert different() == []
    assert set(SearchPosting.objects.values_list("entry", "term", "rank")) != before
    assert set(SearchEntry.objects.values_list("pk", flat=True)) == {
        search_index.entry(key)
        for search_index in registry.values()
        for key in search_index.model.objects.values_list("pk", flat=True)
    }


def test_change_that_goes_by_is_seen(full):
    """So that is what `differences()` is for."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE events_panel SET title = 'By SQL'")
        cursor.execute("DELETE FROM events_visit")
    assert len(different()) == 2


def test_organization_renamed_is_found_by_what_it_signed(full):
    Organization.objects.get(slug="house").save()
    agreement = Agreement.objects.get()
    assert entry(agreement) in entries_with("silk")
    house = Organization.objects.get(slug="house")
    house.name = "House of Wool"
    house.save()
    assert entry(agreement) in entries_with("wool")
    assert entry(full) in entries_with("wool")
    assert entry(Visit.objects.get()) in entries_with("wool")
    assert entries_with("silk") == set()


@pytest.mark.django_db(transaction=True)
def test_index_is_as_the_transaction_leaves_it():
    event = make_event(title="Before")
    with transaction.atomic():
        event.title = "After"
        event.save()
        assert entries_with("after") == {entry(event)}
        transaction.set_rollback(True)
    assert (entries_with("befor"), entries_with("after")) == ({entry(event)}, set())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "save",
    [
        lambda event: Panel(event=event, title="New").save(),
        lambda event: Panel.objects.update(title="New"),
        lambda event: Panel.objects.bulk_create([Panel(event=event, title="New")]),
        lambda event: event.panels.all().delete(),
        lambda event: event.panels.get().delete(),
    ],
)
def test_save_that_cannot_be_indexed_is_not_made(monkeypatch, save):
    event = make_event()
    make_panel(event, title="Old")

    def fail(*args, **kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr("forum_site.search.indexing.index_batch", fail)
    with pytest.raises(ZeroDivisionError):
        save(event)
    assert [panel.title for panel in Panel.objects.all()] == ["Old"]


def queries(change):
    with CaptureQueriesContext(connection) as captured:
        change()
    return len([query for query in captured if "SAVEPOINT" not in query["sql"]])


def test_what_is_saved_together_costs_the_same_however_many(db):
    found = []
    for rows in (1, 3, 25):
        event = make_full_event(rows)
        parts = [*event.panels.all(), *event.visits.all(), *event.agreements.all()]
        entries = {entry(row) for row in (event, *parts)}
        SearchEntry.objects.update(digest="")
        found.append(queries(lambda entries=entries: index(entries)))
    assert found[0] == found[1]
    assert found[2] <= found[1] + 4  # So many postings take more than one statement.


def test_form_with_25_panels_is_indexed_at_one_go(full):
    def save():
        with batch_indexing():
            for number in range(25):
                Panel.objects.create(event=full, title=f"Panel {number}")

    alone = queries(lambda: Panel.objects.create(event=full, title="Alone"))
    assert queries(save) <= 25 + 10
    assert alone <= 10
    assert different() == []


def test_event_saved_costs_little_and_nothing_where_nothing_is_searched(full):
    full.refresh_from_db()

    def searched_in():
        return [query for query in captured if "search_search" in query["sql"]]

    full.imported_shows = 9
    with CaptureQueriesContext(connection) as captured:
        full.save()
    assert searched_in() == []
    with CaptureQueriesContext(connection) as captured:
        Event.objects.update(publication_status="draft")
    assert searched_in() == []
    full.title = "Another title"
    with CaptureQueriesContext(connection) as captured:
        full.save()
    assert 0 < len(searched_in()) <= 8


def test_rows_are_not_added_where_it_is_unknown_which(full):
    with pytest.raises(ValueError, match="known"):
        Panel.objects.bulk_create([Panel(event=full, title="New")], ignore_conflicts=True)


def test_all_that_is_read_is_followed():
    assert {model.__name__ for model in readings()} == {
        *("Event", "Panel", "Agreement", "Visit", "Organization"),
        *("Participation", "AgreementParty", "Series"),
    }


def test_model_that_is_not_followed_is_refused(monkeypatch):
    monkeypatch.setattr("forum_site.search.sync.readings", lambda: {SearchEntry: []})
    with pytest.raises(TypeError, match="SearchEntry"):
        connect()
    assert not issubclass(SearchEntry, Indexed)


def test_number_of_another_model_is_refused():
    with pytest.raises(ValueError, match="taken"):
        SearchIndex(number=1, title="title", line="").contribute_to_class(Panel, "searched_too")


def test_rebuilt_index_is_the_same(full):
    before = set(SearchPosting.objects.values_list("entry", "term", "rank"))
    SearchPosting.objects.all().delete()
    SearchPosting.objects.create(entry=9_999_991, term="left", rank=1)
    SearchPosting.objects.create(entry=9_999_999, term="unknown", rank=1)
    SearchEntry.objects.create(pk=8_888_881)
    SearchSpelling.objects.create(word="forgotten", head="fo", tail="en", length=9)
    with pytest.raises(CommandError):
        call_command("rebuild_search", check=True)
    call_command("rebuild_search")
    call_command("rebuild_search", check=True)
    assert set(SearchPosting.objects.values_list("entry", "term", "rank")) == before
    assert not SearchSpelling.objects.filter(word="forgotten").exists()
    assert SearchSpelling.objects.filter(word="evenings").count() == 1


def test_index_is_rebuilt_where_there_is_none(full, capsys):
    SearchPosting.objects.all().delete()
    call_command("rebuild_search", if_empty=True)
    assert not SearchPosting.objects.exists()
    SearchEntry.objects.all().delete()
    call_command("rebuild_search", if_empty=True)
    assert different() == []
    assert f"Rebuilt the search index: {SearchEntry.objects.count()} rows." in capsys.readouterr().out
