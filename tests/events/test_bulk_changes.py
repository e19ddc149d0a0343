import datetime
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from events.admin import bulk
from events.models import Event, Series
from forum_site.pagecache.models import SiteVersion
from tests.factories import make_event, make_shows

pytestmark = pytest.mark.django_db

LIST = "/admin/events/event/"


def do(client, action, *events, **fields):
    """Do the action to these events, given as rows or as what a browser sends, and return the messages."""
    keys = [getattr(event, "pk", event) for event in events]
    response = client.post(LIST, {"action": action, "index": 0, "_selected_action": keys, **fields}, follow=True)
    assert response.status_code == 200
    return [str(message) for message in response.context["messages"]]


def publications(*events):
    return [Event.objects.get(pk=event.pk).publication_status for event in events]


def test_publishing_tells_how_many(desk, draft, event):
    other = make_event(publication_status="draft")
    assert do(desk, "publish", draft, other, event) == [
        "2 events were published.",
        "1 event was published already.",
    ]
    assert publications(draft, other, event) == ["published"] * 3


def test_unpublishing_hides_at_once_and_keeps_the_count(desk, client, event):
    make_shows(event, 7)
    assert client.get(event.get_absolute_url()).status_code == 200
    before = SiteVersion.current().token
    assert do(desk, "unpublish", event, post="yes")[0] == "1 event was unpublished."
    assert SiteVersion.current().token != before
    assert client.get(event.get_absolute_url()).status_code == 404
    event.refresh_from_db()
    assert event.show_count == 8


def test_published_event_is_seen_at_the_next_request(desk, client, draft):
    assert "A secret plan" not in client.get("/events/").content.decode()
    do(desk, "publish", draft)
    assert "A secret plan" in client.get("/events/").content.decode()


def test_event_that_stays_hidden_by_its_hours_is_told(desk, draft):
    Event.objects.filter(pk=draft.pk).update(publish_at=timezone.now() + datetime.timedelta(days=1))
    assert do(desk, "publish", draft) == [
        "1 event was published.",
        "1 of them is not seen now: its hours of publication say so.",
    ]


def test_event_that_is_not_valid_is_told_and_keeps_no_other_from_it(desk, draft):
    odd = make_event(title="<b>Odd</b>", publication_status="draft")
    Event.objects.filter(pk=odd.pk).update(time_zone="Mars/Base")
    told = do(desk, "publish", odd, draft)
    assert told[:2] == ["1 event was published.", "1 event was not changed:"]
    assert told[2] == (
        f'<a href="/admin/events/event/{odd.pk}/change/">&lt;b&gt;Odd&lt;/b&gt;</a>: '
        "Time zone: Value &#x27;Mars/Base&#x27; is not a valid choice."
    )
    assert publications(odd, draft) == ["draft", "published"]


def test_only_what_is_changed_is_written(desk, draft, monkeypatch):
    """Somebody gives the event another title between the check and the save."""
    check = Event.full_clean

    def check_while_another_saves(self, **kwargs):
        check(self, **kwargs)
        Event.objects.filter(pk=self.pk).update(title="Changed meanwhile")

    monkeypatch.setattr(Event, "full_clean", check_while_another_saves)
    do(desk, "publish", draft)
    draft.refresh_from_db()
    assert (draft.title, draft.publication_status) == ("Changed meanwhile", "published")


def test_history_tells_who_published(desk, editor, draft, event):
    do(desk, "publish", draft, event)
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id, entry.get_change_message()) == (
        editor,
        str(draft.pk),
        "Changed publication status.",
    )


def test_more_than_can_be_done_at_once_are_left_alone(desk, draft, monkeypatch):
    monkeypatch.setattr(bulk, "MAX_AT_ONCE", 1)
    other = make_event(publication_status="draft")
    assert do(desk, "publish", draft, other) == ["Choose at most 1 events at once. Nothing was changed."]
    assert publications(draft, other) == ["draft", "draft"]


@pytest.mark.parametrize("key", ["x", "9" * 30, "-1", "\u0663", "\x00", ""])
@pytest.mark.parametrize("action", ["publish", "unpublish", "set_series", "copy_as_next_edition"])
def test_key_that_is_none_changes_nothing(desk, draft, action, key):
    assert do(desk, action, draft, key) == ["This choice cannot be read, so nothing was done."]
    assert publications(draft) == ["draft"]


def test_event_that_is_gone_is_passed_over(desk, draft):
    assert do(desk, "publish", 999_999) == ["These events no longer exist."]
    assert do(desk, "publish", 999_999, draft) == ["1 event was published."]


def test_event_beyond_the_filter_is_left_alone(desk, draft):
    other = make_event(kind="lecture", publication_status="draft")
    path = f"{LIST}?kind__exact=lecture"
    desk.post(path, {"action": "publish", "index": 0, "_selected_action": [draft.pk, other.pk]})
    assert publications(draft, other) == ["draft", "published"]


@pytest.mark.parametrize("action", ["publish", "unpublish", "set_series"])
def test_who_may_not_change_events_changes_none(client, draft, event, action):
    user = User.objects.create_user("clerk", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_event"))
    client.force_login(user)
    series = Series.objects.create(name="Evenings")
    assert do(client, action, draft, event, series=series.pk) in ([], ["No action selected."])
    assert publications(draft, event) == ["draft", "published"]
    assert not series.events.exists()


def test_get_changes_nothing(desk, draft):
    desk.get(LIST, {"action": "publish", "index": 0, "_selected_action": draft.pk})
    assert publications(draft) == ["draft"]


def test_post_without_a_token_is_refused(editor, draft):
    client = Client(enforce_csrf_checks=True)
    client.force_login(editor)
    sent = {"action": "publish", "index": 0, "_selected_action": [draft.pk]}
    assert client.post(LIST, sent).status_code == 403
    assert publications(draft) == ["draft"]


@pytest.fixture
def evenings():
    return Series.objects.create(name="Evenings")


def confirm(client, *events, **fields):
    """Send the page on which the series is chosen, and return its answer."""
    keys = [event.pk for event in events]
    return client.post(LIST, {"action": "set_series", "_selected_action": keys, **fields}, follow=True)


def test_series_is_chosen_on_a_page_of_its_own(desk, draft, event, evenings):
    response = desk.post(LIST, {"action": "set_series", "index": 0, "_selected_action": [draft.pk, event.pk]})
    page = response.content.decode()
    assert page.count('name="_selected_action"') == 2
    assert f'<option value="{evenings.pk}">Evenings</option>' in page
    assert "A secret plan" in page
    assert not evenings.events.exists()


def test_series_is_set_for_all_that_are_chosen(desk, draft, event, evenings):
    event.series = evenings
    event.save()
    before = SiteVersion.current().token
    response = confirm(desk, draft, event, series=evenings.pk)
    assert [str(message) for message in response.context["messages"]] == [
        "1 event has a new series.",
        "1 event already had this value.",
    ]
    assert set(evenings.events.all()) == {draft, event}
    assert SiteVersion.current().token != before


def test_events_are_taken_out_of_their_series(desk, event, evenings):
    event.series = evenings
    event.save()
    response = confirm(desk, event, series="", take_out="yes")
    assert [str(message) for message in response.context["messages"]] == ["1 event was taken out of its series."]
    assert not evenings.events.exists()


@pytest.mark.parametrize("key", ["", "x", "999", "9" * 30, "-1", "\x00"])
def test_series_that_is_none_is_told_at_its_field(desk, event, evenings, key):
    response = confirm(desk, event, series=key)
    assert list(response.context["form"].errors) == ["series"]
    assert not Event.objects.exclude(series=None).exists()


def test_unpublishing_asks_first(desk, event, draft):
    response = desk.post(LIST, {"action": "unpublish", "_selected_action": [event.pk, draft.pk]})
    assert set(response.context["events"]) == {event, draft}
    assert response.context["public"] == {event.pk}
    assert publications(event, draft) == ["published", "draft"]


def link_in(messages):
    return re.search('href="([^"]*/publish-again/[^"]*)"', " ".join(messages))[1]


def test_unpublishing_of_many_is_undone_once_and_exactly(desk, client, author, event, draft):
    others = [make_event() for _number in range(3)]
    unpublished_before = make_event(publication_status="unpublished")
    link = link_in(do(desk, "unpublish", event, draft, *others, unpublished_before, post="yes"))
    assert publications(event, draft, *others, unpublished_before) == ["unpublished"] * 6
    changed, trashed, published_by_hand = others
    Event.objects.filter(pk=changed.pk).update(title="Another title")
    Event.objects.filter(pk=trashed.pk).update(publication_status="trashed")
    do(desk, "publish", published_by_hand)
    page = desk.get(link)
    assert set(page.context["events"]) >= {event}
    response = desk.post(link, follow=True)
    assert [str(message) for message in response.context["messages"]] == [
        "1 event was published again.",
        "3 events were changed after they were unpublished, and stay as they are.",
    ]
    assert publications(event, draft, *others, unpublished_before) == [
        *("published", "unpublished", "unpublished", "trashed", "published", "unpublished")
    ]
    do(desk, "unpublish", event, post="yes")
    desk.post(link)
    assert publications(event) == ["unpublished"]
    client.force_login(author)
    assert (client.get(link).status_code, client.post(link).status_code) == (403, 403)


def test_link_that_publishes_again_is_ours_and_ends(desk, event, monkeypatch):
    link = link_in(do(desk, "unpublish", event, post="yes"))
    assert desk.post(link.replace("publish-again/", "publish-again/x")).status_code == 404
    now = timezone.now().timestamp()
    monkeypatch.setattr("django.core.signing.time.time", lambda: now + bulk.DAY + 60)
    assert desk.post(link).status_code == 404
    assert publications(event) == ["unpublished"]


def test_as_many_as_go_at_once_can_be_undone(desk):
    events = [make_event() for _number in range(bulk.MAX_AT_ONCE // 10)]
    link = link_in(do(desk, "unpublish", *events, post="yes"))
    assert len(link) < 400  # So that of ten times as many is under 4,000: proxies take 8 KB.
    desk.post(link)
    assert set(publications(*events)) == {"published"}
