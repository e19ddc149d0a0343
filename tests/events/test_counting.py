"""The counting contract: what is a show, and what is none."""

import datetime
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events.models import Event, ShowCount
from events.views import EventDetailView
from tests.factories import make_event, make_organization

PAGE = "/events/land-sea-forum/"


def shows():
    return ShowCount.objects.total()


def test_every_page_sent_is_a_show_and_prints_its_number(client, event):
    Event.objects.update(shows_carried_over=585)
    for number in (586, 587, 588):
        page = client.get(PAGE).content.decode()
        assert f"Number of shows: {number}<" in page
        assert page.count(str(number)) == 1
    assert shows() == 3
    assert ShowCount.objects.get().day == timezone.localdate()
    assert ShowCount.objects.get().readers == 0


def test_page_is_not_kept_without_asking(client, event):
    response = client.get(PAGE)
    assert response["Cache-Control"] == "private, no-cache"
    assert response["ETag"].startswith('W/"')


def test_conditional_request_is_a_show(client, event):
    etag = client.get(PAGE)["ETag"]
    response = client.get(PAGE, headers={"If-None-Match": f'"other", {etag}'})
    assert (response.status_code, response.content, response["ETag"]) == (304, b"", etag)
    assert shows() == 2


def test_changed_page_is_sent_again(client, event):
    etag = client.get(PAGE)["ETag"]
    event.theme = "Changed"
    event.save()
    response = client.get(PAGE, headers={"If-None-Match": etag})
    assert response.status_code == 200
    assert response["ETag"] != etag
    assert shows() == 2


@pytest.mark.parametrize("agent", ["", "curl/8", "Googlebot/2.1"])
def test_robots_and_scripts_are_shows(client, event, agent):
    client.get(PAGE, headers={"User-Agent": agent})
    assert shows() == 1


def test_head_tells_the_number_and_counts_nothing(client, event):
    event.shows.create(day=timezone.localdate(), shows=4)
    for _ in range(10):
        assert client.head(PAGE).status_code == 200
    assert shows() == 4


@pytest.mark.parametrize("method", ["post", "put", "delete", "options", "patch"])
def test_other_methods_count_nothing(client, event, method):
    assert getattr(client, method)(PAGE).status_code == (200 if method == "options" else 405)
    assert shows() == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Purpose": "prefetch"},
        {"Sec-Purpose": "prefetch;prerender"},
        {"Purpose": "prefetch"},
        {"X-Purpose": "preview"},
        {"X-Moz": "Prefetch"},
    ],
)
def test_page_fetched_ahead_is_asked_for_again_when_read(client, event, headers):
    for _ in range(10):
        response = client.get(PAGE, headers=headers)
        assert (response.status_code, response["Cache-Control"]) == (503, "no-store")
    assert shows() == 0
    client.get(PAGE)
    assert shows() == 1


HOUR = datetime.timedelta(hours=1)


@pytest.mark.parametrize(
    "hidden", [{"publication": "draft"}, {"publish_at": HOUR}, {"unpublish_at": -HOUR}], ids=["draft", "early", "late"]
)
@pytest.mark.parametrize("reader", ["anonymous", "superuser"])
def test_hidden_event_is_missing_for_everybody(client, admin_user, event, hidden, reader):
    Event.objects.update(
        **{name: value if isinstance(value, str) else timezone.now() + value for name, value in hidden.items()}
    )
    if reader == "superuser":
        client.force_login(admin_user)
    for _ in range(10):
        hidden_page = client.get(PAGE)
        missing_page = client.get("/events/no-such-event/")
        assert hidden_page.status_code == missing_page.status_code == 404
        assert hidden_page.content == missing_page.content
        assert event.title not in hidden_page.content.decode()
    assert shows() == 0


def test_error_is_not_counted(client, event, monkeypatch):
    client.raise_request_exception = False
    monkeypatch.setattr(EventDetailView, "get_template_names", lambda self: ["no_such_template.html"])
    assert client.get(PAGE).status_code == 500
    assert shows() == 0


def test_number_is_kept_through_edits_and_new_addresses(client, event):
    client.get(PAGE)
    event.slug, event.title = "renamed", "Renamed"
    event.save()
    Event.objects.update(publication="draft")
    Event.objects.update(publication="published")
    assert "Number of shows: 2<" in client.get("/events/renamed/").content.decode()


def test_shows_of_all_days_are_summed(event):
    event.shows.create(day=datetime.date(2023, 5, 20), shows=40)
    event.shows.create(day=datetime.date(2023, 5, 21), shows=2)
    event.shows_carried_over = 585
    assert ShowCount.objects.count_show(event) == 628
    assert ShowCount.objects.count_show(event) == 629
    event.save()
    assert Event.objects.get().show_count == Event.objects.with_ledger_shows().get().show_count == 629


def test_number_stands_in_its_place_alone(client, event):
    event.title = "\ue0e0 Forum"
    event.save()
    page = client.get(PAGE).content.decode()
    assert "\ue0e0 Forum</h1>" in page
    assert "Number of shows: 1<" in page


def test_number_is_asked_of_the_ledger_each_time(client, event):
    assert event.show_count == 0
    client.get(PAGE)
    assert event.show_count == 1


def test_show_is_one_statement(event):
    ShowCount.objects.count_show(event)
    with CaptureQueriesContext(connection) as queries:
        ShowCount.objects.count_show(event)
    assert len(queries) == 1


def test_events_are_counted_apart(client, event):
    other = make_event()
    client.get(PAGE)
    client.get(other.get_absolute_url())
    client.get(other.get_absolute_url())
    assert (event.show_count, other.show_count) == (1, 2)


@pytest.mark.django_db(transaction=True)
def test_event_deleted_meanwhile_is_missing(client, monkeypatch):
    make_event(slug="land-sea-forum")
    count_show = ShowCount.objects.count_show

    def delete_then_count(event):
        Event.objects.filter(pk=event.pk).delete()
        return count_show(event)

    monkeypatch.setattr(ShowCount.objects, "count_show", delete_then_count)
    assert client.get(PAGE).status_code == 404
    assert shows() == 0


@pytest.mark.django_db(transaction=True)
def test_concurrent_shows_lose_none_and_repeat_none():
    event = make_event()
    make_organization()

    def show(_number):
        try:
            return ShowCount.objects.count_show(event)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(show, range(200)))
    assert sorted(numbers) == list(range(1, 201))
    assert shows() == 200
