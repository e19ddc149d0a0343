import pytest
from django.contrib.admin.models import LogEntry

from events.models import Event, Tag
from forum_site.pagecache import views as kept_pages
from forum_site.pagecache.models import SiteVersion
from tests.events.test_bulk_changes import LIST, do
from tests.factories import make_event

pytestmark = pytest.mark.django_db


@pytest.fixture
def water():
    return Tag.objects.create(name="Water")


def titles(client, path):
    kept_pages.page_cache.clear()
    response = client.get(path)
    assert response.status_code == 200
    return {event.title for event in response.context["event_list"]}


def test_tag_has_an_address_that_stays(water):
    assert Tag.objects.create(name="Вода").slug == "voda"
    assert Tag.objects.create(name="Water!").slug == "water-2"
    water.name = "Rivers"
    water.save()
    assert Tag.objects.get(pk=water.pk).slug == "water"


def test_event_leads_to_all_of_its_tags(client, event, draft, water):
    other = make_event(title="Another on rivers")
    for tagged in (event, other, draft):
        tagged.tags.add(water)
    page = client.get(event.get_absolute_url()).content.decode()
    assert '<a href="/events/?tag=water"><bdi>Water</bdi></a>' in page
    assert titles(client, "/events/?tag=water") == {"Land-Sea Forum", "Another on rivers"}


def test_tag_of_hidden_events_is_not_told(client, event, draft, water):
    draft.tags.add(water)
    assert client.get("/events/?tag=water").status_code == client.get("/events/?tag=none").status_code == 404


def test_new_tag_begins_an_edition(event, water):
    before = SiteVersion.current().token
    event.tags.add(water)
    assert SiteVersion.current().token != before


def tag(client, *events, **fields):
    return do(client, "tag", *events, **fields)


def test_tags_are_chosen_on_a_page_of_its_own(desk, event, draft, water):
    response = desk.post(LIST, {"action": "tag", "index": 0, "_selected_action": [event.pk, draft.pk]})
    page = response.content.decode()
    assert page.count('name="_selected_action"') == 2
    assert 'data-field-name="tags"' in page
    assert not water.events.exists()


def test_many_events_are_tagged_and_lose_tags(desk, editor, event, draft, water):
    event.tags.add(water)
    assert tag(desk, event, draft, add="yes", tags=water.pk) == [
        "1 event was tagged.",
        "1 event already had this value.",
    ]
    assert set(water.events.all()) == {event, draft}
    assert LogEntry.objects.get().get_change_message() == "Changed tags."
    assert tag(desk, event, draft, remove="yes", tags=water.pk) == ["2 events lost these tags."]
    assert not water.events.exists()


@pytest.mark.parametrize("key", ["", "x", "999", "9" * 30, "-1", "\x00"])
def test_tag_that_is_none_is_told_at_its_field(desk, event, water, key):
    sent = {"action": "tag", "_selected_action": [event.pk], "add": "yes", "tags": key}
    response = desk.post(LIST, sent)
    assert list(response.context["form"].errors) == ["tags"]
    assert not event.tags.exists()


def test_who_may_not_change_events_tags_none(client, editor, event, water):
    editor.groups.clear()
    client.force_login(editor)
    client.post(LIST, {"action": "tag", "_selected_action": [event.pk], "add": "yes", "tags": water.pk})
    assert not event.tags.exists()


@pytest.mark.parametrize("key", ["x", "9" * 30, "-1", "\x00"])
def test_list_is_filtered_by_tag(desk, event, draft, water, key):
    draft.tags.add(water)
    assert desk.get(LIST, {"tag": water.pk}).context["cl"].result_count == 1
    assert desk.get(LIST, {"tag": key}, follow=True).status_code == 200


def test_next_edition_has_the_same_tags(desk, event, water):
    event.tags.add(water)
    desk.post(f"{LIST}{event.pk}/next-edition/", {"title": "Land-Sea Forum 2024", "starts_on": "2024-05-17"})
    assert list(Event.objects.get(title="Land-Sea Forum 2024").tags.all()) == [water]


def test_authors_tag_nothing_that_is_published(client, author):
    event, tag = make_event(), Tag.objects.create(name="Ports")
    client.force_login(author)
    data = {"action": "tag", "_selected_action": [event.pk], "tags": [tag.pk], "add": "yes", "index": 0}
    client.post("/admin/events/event/", data)
    assert list(event.tags.all()) == []
    Event.objects.update(publication_status="draft")
    client.post("/admin/events/event/", data)
    assert list(event.tags.all()) == [tag]
