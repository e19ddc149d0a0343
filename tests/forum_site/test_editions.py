"""Every change of content begins a new site version, whatever way it is made; nothing else does."""

import datetime
import json

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from events.models import Agreement, Event, OldEventSlug, Panel, Participation, Visit
from events.shows.counting import count_show
from forum_site.pagecache import models
from forum_site.pagecache.models import ContentVersion, SiteVersion
from forum_site.pagecache.triggers import install_triggers, models_on_public_pages
from organizations.models import OldOrganizationSlug, Organization
from tests.factories import make_full_event, make_organization, make_shows


@pytest.fixture
def full(db):
    return make_full_event(1, title="Forum", slug="forum")


def raw(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


def load_data(event, tmp_path):
    fixture = tmp_path / "panel.json"
    panel = {"model": "events.panel", "fields": {"event": event.pk, "title": "Imported", "position": 9}}
    fixture.write_text(json.dumps([panel]))
    call_command("loaddata", fixture, verbosity=0)


CHANGES = {
    "event saved": lambda event, tmp_path: event.save(),
    "event deleted": lambda event, tmp_path: event.delete(),
    "events updated": lambda event, tmp_path: Event.objects.update(city="Almaty"),
    "events updated by SQL": lambda event, tmp_path: raw("UPDATE events_event SET city = 'Almaty'"),
    "panels added in bulk": lambda event, tmp_path: Panel.objects.bulk_create([Panel(event=event, title="New")]),
    "panels changed in bulk": lambda event, tmp_path: Panel.objects.bulk_update(Panel.objects.all(), ["title"]),
    "panel deleted": lambda event, tmp_path: Panel.objects.all().delete(),
    "visit changed": lambda event, tmp_path: Visit.objects.update(place="Port"),
    "role changed": lambda event, tmp_path: Participation.objects.update(role="partner"),
    "parent renamed": lambda event, tmp_path: Organization.objects.filter(children__gt=0).update(name="Renamed"),
    "organization added": lambda event, tmp_path: make_organization(),
    "agreement changed": lambda event, tmp_path: Agreement.objects.update(title="Other"),
    "party added": lambda event, tmp_path: Agreement.objects.get().parties.add(make_organization()),
    "parties cleared": lambda event, tmp_path: Agreement.objects.get().parties.clear(),
    "event's redirect added": lambda event, tmp_path: OldEventSlug.objects.create(page=event, slug="old"),
    "organization's redirect added": lambda event, tmp_path: OldOrganizationSlug.objects.create(
        page=Organization.objects.first(), slug="old"
    ),
    "data loaded": load_data,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_change_begins_a_new_edition(full, tmp_path, change):
    before = SiteVersion.current()
    change(full, tmp_path)
    assert SiteVersion.current() != before
    assert SiteVersion.current() == SiteVersion.current()


def test_shows_begin_no_edition(full, client, admin_user):
    client.get("/events/forum/")
    before = SiteVersion.current()
    client.get("/events/forum/")
    make_shows(full, 4, filtered_shows=2)
    count_show(full.pk, None, counts_as_filtered=True)
    full.corrections.create(day=timezone.localdate(), shows=-1, reason="Twice", author=admin_user)
    assert SiteVersion.current() == before


@pytest.mark.django_db(transaction=True)
def test_edition_begins_with_the_commit_and_not_before():
    event = make_full_event(1)
    before = SiteVersion.current()
    with transaction.atomic():
        event.save()
        event.save()
        transaction.set_rollback(True)
    assert SiteVersion.current() == before
    with transaction.atomic():
        event.save()
    assert SiteVersion.current() != before


@pytest.mark.django_db(transaction=True)
def test_import_of_many_rows_is_one_change():
    event = make_full_event(1)
    before = SiteVersion.current()
    with transaction.atomic():
        Panel.objects.bulk_create([Panel(event=event, title=str(number)) for number in range(3000)])
    assert SiteVersion.current() != before
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_relation_size('pagecache_contentversion')")
            assert cursor.fetchone()[0] <= 4 * 8192  # Thousands of names would have filled many pages.


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "change",
    [
        "TRUNCATE events_panel",
        "SET search_path = ''; UPDATE public.events_panel SET title = 'Other'; SET search_path = public",
    ],
)
def test_change_that_only_postgresql_knows(change):
    if connection.vendor == "sqlite":
        pytest.skip("It is PostgreSQL's.")
    make_full_event(1)
    before = SiteVersion.current()
    raw(change)
    assert SiteVersion.current() != before


@pytest.mark.django_db(transaction=True)
def test_fixture_of_the_whole_site_brings_no_old_edition_back(tmp_path):
    make_full_event(1)
    dump, before = tmp_path / "site.json", SiteVersion.current()
    call_command("dumpdata", "pagecache", "organizations", "events", output=str(dump), verbosity=0)
    make_full_event(1)
    call_command("loaddata", dump, verbosity=0)
    assert SiteVersion.current() != before


def test_every_table_that_a_page_prints_has_its_triggers(db):
    tables = {model._meta.db_table for model in models_on_public_pages()}
    assert {"events_event", "events_agreementparty", "organizations_organization", "events_oldeventslug"} < tables
    assert not {"events_showcount", "events_showtotal", "events_showcorrection", "events_countingmethod"} & tables
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'change_site_version'")
            assert {table for (table,) in cursor.fetchall()} == tables
        else:
            cursor.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%_change_site_version_%'"
            )
            assert {name for (name,) in cursor.fetchall()} == {
                f"{table}_change_site_version_{operation}"
                for table in tables
                for operation in ("INSERT", "UPDATE", "DELETE")
            }


@pytest.mark.django_db(transaction=True)
def test_lost_triggers_come_back_with_the_next_migrate():
    if connection.vendor == "postgresql":
        raw("DROP TRIGGER change_site_version ON events_panel")
    else:
        raw("DROP TRIGGER events_panel_change_site_version_INSERT")
    event = make_full_event(1)
    before = SiteVersion.current()
    Panel.objects.create(event=event, title="Unnoticed")
    assert SiteVersion.current() == before  # So that is what the triggers are for.
    install_triggers(using="default")
    assert SiteVersion.current() != before
    before = SiteVersion.current()
    Panel.objects.create(event=event, title="Noticed")
    assert SiteVersion.current() != before


def test_edition_lasts_until_the_next_turn(full):
    assert SiteVersion.current().valid_until == models.next_midnight()
    soon = timezone.now() + datetime.timedelta(seconds=1)
    full.publish_at, full.unpublish_at = None, soon
    full.save()
    assert SiteVersion.current().valid_until == min(soon, models.next_midnight())
    full.publish_at = timezone.now() - datetime.timedelta(days=1)
    full.unpublish_at = timezone.now() + datetime.timedelta(days=3)
    full.save()
    assert SiteVersion.current().valid_until == models.next_midnight()


@pytest.mark.parametrize("zone", ["Asia/Almaty", "America/New_York"])
def test_midnight_is_that_of_the_site(settings, zone):
    settings.TIME_ZONE = zone
    midnight = timezone.localtime(models.next_midnight())
    assert midnight.date() == timezone.localdate() + datetime.timedelta(days=1)
    assert midnight.time() == datetime.time.min


def test_emptied_database_has_an_edition_too(db):
    ContentVersion.objects.all().delete()
    assert SiteVersion.current() == SiteVersion.current()
