"""The counting contract: what is a show, and what is none."""

import datetime
import fcntl
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from functools import cache

import pytest
from django.db import IntegrityError, OperationalError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events.models import Event, ShowCount, ShowTotal
from events.shows import counting, process_lock
from events.shows.counting import SharedCommits, Show, count_show
from events.website import views
from events.website.views import EventDetailView
from forum_site.pagecache.models import SiteVersion
from tests.factories import make_event, make_shows

PAGE = "/events/land-sea-forum/"


def shows():
    return ShowCount.objects.total()


def test_every_page_sent_is_a_show_and_prints_its_number(client, event):
    Event.objects.update(imported_shows=585)
    for number in (586, 587, 588):
        page = client.get(PAGE).content.decode()
        assert f"Number of shows: {number}<" in page
        assert len(re.findall(rf"\b{number}\b", page)) == 1  # The name of a file may have these digits, too.
    assert shows() == 3
    assert ShowCount.objects.get().day == timezone.localdate()
    assert ShowCount.objects.get().filtered_shows == 0  # The test's client tells no browser's name.


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
    make_shows(event, 4)
    length = len(client.get(PAGE).content)
    for _ in range(10):
        response = client.head(PAGE)
        assert (response.status_code, response.headers["Content-Length"]) == (200, str(length))
    assert shows() == 5


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
    "hidden",
    [{"publication_status": "draft"}, {"publication_status": "trashed"}, {"publish_at": HOUR}, {"unpublish_at": -HOUR}],
    ids=["draft", "trashed", "early", "late"],
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
    Event.objects.update(publication_status="draft")
    Event.objects.update(publication_status="published")
    assert "Number of shows: 2<" in client.get("/events/renamed/").content.decode()


def test_shows_of_all_days_are_summed(client, event):
    make_shows(event, 40, day=datetime.date(2023, 5, 20))
    make_shows(event, 2, day=datetime.date(2023, 5, 21))
    Event.objects.update(imported_shows=585)
    assert "Number of shows: 628<" in client.get(PAGE).content.decode()
    assert "Number of shows: 629<" in client.get(PAGE).content.decode()
    assert Event.objects.get().show_count == 629


def test_number_stands_in_its_place_alone(client, event):
    event.title = "\ue0e0 Forum"
    event.save()
    page = client.get(PAGE).content.decode()
    assert "\ue0e0 Forum</h1>" in page
    assert "Number of shows: 1<" in page


def test_kept_page_and_its_show_cost_at_most_two_statements(client, event):
    client.get(PAGE)
    with CaptureQueriesContext(connection) as queries:
        assert "Number of shows: 2<" in client.get(PAGE).content.decode()
    statements = [query["sql"] for query in queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(statements) == {"postgresql": 1, "sqlite": 2}[connection.vendor]


def test_events_are_counted_apart(client, event):
    other = make_event()
    client.get(PAGE)
    client.get(other.get_absolute_url())
    client.get(other.get_absolute_url())
    assert (event.show_count, other.show_count) == (1, 2)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("moment", ["before the count", "while it is counted"])
def test_event_deleted_meanwhile_is_missing(client, monkeypatch, moment):
    make_event(slug="land-sea-forum")
    client.get(PAGE)
    kept = SiteVersion.current()

    def delete_then_count(event, site_version, counts_as_filtered):
        Event.objects.filter(pk=event).delete()
        return count_show(event, site_version if moment == "before the count" else None, counts_as_filtered)

    monkeypatch.setattr(views, "count_show", delete_then_count)
    assert client.get(PAGE).status_code == 404
    assert shows() == 0
    assert SiteVersion.current() != kept


@pytest.mark.django_db(transaction=True)
def test_concurrent_shows_lose_none_and_repeat_none():
    event, site_version = make_event(), SiteVersion.current()

    def show(_number):
        try:
            return count_show(event.pk, site_version, counts_as_filtered=True)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(16) as pool:
        numbers = list(pool.map(show, range(400)))
    assert sorted(numbers) == list(range(1, 401))
    assert (ShowCount.objects.get().shows, ShowCount.objects.get().filtered_shows) == (400, 400)
    assert ShowTotal.objects.get().shows == 400


def test_show_that_is_to_write_before_it_has_begun_to_wait_is_settled_once(monkeypatch):
    """The writer before it may leave between any two steps of a show that comes: here, right after it has come."""
    second_came = threading.Event()

    class SlowLock:
        def __init__(self):
            self.lock = threading.Lock()

        def __enter__(self):
            self.lock.acquire()

        def __exit__(self, *error):
            self.lock.release()
            if threading.current_thread() is threading.main_thread() and not second_came.is_set():
                second_came.set()
                first.join()  # It leaves, and the second is the one to write.

    def write(shows):
        second_came.wait(5)
        for show in shows:
            show.finish()

    monkeypatch.setattr(counting, "meet_database", lambda: None)
    monkeypatch.setattr(counting, "write", write)
    shared = SharedCommits()
    shared._lock = SlowLock()
    first = threading.Thread(target=shared.count, args=[Show(1, None, False)])
    first.start()
    while not (shared._writer and not shared._waiting):
        time.sleep(0.001)
    second = Show(1, None, False)
    shared.count(second)
    assert second.is_settled
    assert (shared._waiting, shared._writer) == ([], None)


@pytest.mark.django_db(transaction=True)
def test_shows_that_wait_share_a_commit(monkeypatch):
    """Twelve wait while the first is written; then one statement writes them all."""
    event, site_version, shared, written, all_wait = (
        make_event(),
        SiteVersion.current(),
        SharedCommits(),
        [],
        threading.Event(),
    )

    def count_slowly(shows, lock_timeout):
        written.append(len(shows))
        assert all_wait.wait(20)
        count(shows, lock_timeout)

    count = counting.count
    monkeypatch.setattr(counting, "count", count_slowly)

    def show(_number):
        try:
            return shared.count(Show(event.pk, site_version, counts_as_filtered=False))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(13) as pool:
        numbers = [pool.submit(show, 0)]
        while not written:
            time.sleep(0.01)
        numbers += [pool.submit(show, number) for number in range(1, 13)]
        while len(shared._waiting) < 12:
            time.sleep(0.01)
        all_wait.set()
        assert sorted(number.result() for number in numbers) == list(range(1, 14))
    assert written == [1, 12]


@pytest.fixture
def batch_indexing(monkeypatch):
    """Count one show of each of some events, all in one statement; return their totals, or what was raised."""

    def count_together(keys):
        shared = SharedCommits()

        @contextmanager
        def turn_when_all_wait():
            while len(shared._waiting) < len(keys):
                time.sleep(0.01)
            yield

        monkeypatch.setattr(counting, "turn", turn_when_all_wait)

        def show(key):
            try:
                return shared.count(Show(key, None, counts_as_filtered=False))
            except (IntegrityError, OperationalError) as error:
                return type(error)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(len(keys)) as pool:
            totals = list(pool.map(show, keys))
        assert (shared._waiting, shared._writer) == ([], None)
        return totals

    return count_together


@pytest.mark.django_db(transaction=True)
def test_event_deleted_this_very_moment_does_not_cost_the_others_their_shows(batch_indexing):
    events = [make_event() for _ in range(3)]
    keys = [event.pk for event in events]
    events[1].delete()
    assert batch_indexing(keys) == [1, IntegrityError, 1]
    assert ShowTotal.objects.total() == 2


@pytest.mark.django_db(transaction=True)
def test_event_that_somebody_holds_does_not_cost_the_others_their_shows(batch_indexing):
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one lock for all.")
    events = [make_event() for _ in range(3)]
    make_shows(events[1], 5)
    with transaction.atomic():
        ShowTotal.objects.select_for_update().get(event=events[1])
        assert batch_indexing([event.pk for event in events]) == [1, OperationalError, 1]
    assert ShowTotal.objects.total() == 7


@pytest.mark.django_db(transaction=True)
def test_error_of_the_database_is_told_to_all_who_shared_it(batch_indexing, monkeypatch):
    def break_down(*args, **kwargs):
        raise OperationalError("gone")

    monkeypatch.setattr(counting, "count", break_down)
    assert batch_indexing([make_event().pk for _ in range(3)]) == [OperationalError] * 3
    assert ShowTotal.objects.total() == 0


@pytest.mark.django_db(transaction=True)
def test_crowd_at_an_event_that_somebody_holds_takes_few_threads(batch_indexing, monkeypatch):
    """Two wait for it, the others are told at once; and an event that nobody holds is counted meanwhile."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one lock for all.")
    held, free = make_event(), make_event()
    make_shows(held, 5)
    waiting, most_waiting, count, lock = set(), [], counting.count, threading.Lock()

    def count_and_watch(shows, lock_timeout=None):
        if lock_timeout is None:
            with lock:
                waiting.add(shows[0])
                most_waiting.append(len(waiting))
        try:
            count(shows, lock_timeout)
        finally:
            with lock:
                waiting.discard(shows[0])

    monkeypatch.setattr(counting, "count", count_and_watch)
    with transaction.atomic():
        ShowTotal.objects.select_for_update().get(event=held)
        with ThreadPoolExecutor(1) as pool:
            crowd = pool.submit(batch_indexing, [held.pk] * 10 + [free.pk])
            while not crowd.done() and ShowTotal.objects.filter(event=free).first() is None:
                time.sleep(0.02)
            assert not crowd.done()  # The other event is counted before those who wait are told.
            assert crowd.result() == [OperationalError] * 10 + [1]
    assert max(most_waiting) == 2


@pytest.mark.parametrize("broken", ["the turn", "the statement"])
@pytest.mark.parametrize("error", [MemoryError, KeyboardInterrupt, OSError])
def test_nothing_that_breaks_one_show_keeps_the_next_from_being_counted(event, monkeypatch, broken, error):
    def break_down(*args, **kwargs):
        raise error

    shared = SharedCommits()
    with monkeypatch.context() as patch:
        patch.setattr(counting, "turn" if broken == "the turn" else "count", break_down)
        with pytest.raises(error):
            shared.count(Show(event.pk, None, counts_as_filtered=False))
    assert (shared._waiting, shared._writer) == ([], None)
    assert shared.count(Show(event.pk, None, counts_as_filtered=False)) == 1


@pytest.mark.django_db(transaction=True)
def test_show_that_waits_too_long_is_no_hindrance(monkeypatch):
    """The writer hangs; who waits gives up with an error, and leaves the line in order."""
    event, shared, goes_on = make_event(), SharedCommits(), threading.Event()
    monkeypatch.setattr(counting, "PATIENCE", 0.1)
    count = counting.count
    monkeypatch.setattr(counting, "count", lambda *args: goes_on.wait(20) and count(*args))

    def show():
        try:
            return shared.count(Show(event.pk, None, counts_as_filtered=False))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        writer = pool.submit(show)
        while shared._writer is None or shared._waiting:
            time.sleep(0.01)
        with pytest.raises(OperationalError):
            show()
        goes_on.set()
        assert writer.result() == 1
    assert (shared._waiting, shared._writer) == ([], None)


@pytest.mark.django_db(transaction=True)
def test_editions_written_together_are_told_apart():
    """One of two site versions cannot be written: the shows of the other are committed, and told so."""
    event = make_event()
    shows = [Show(event.pk, None, counts_as_filtered=False), Show(event.pk, "no edition", counts_as_filtered=False)]
    with pytest.raises(AttributeError):
        counting.write(shows)
    assert [(show.is_settled, show.total) for show in shows] == [(True, 1), (False, None)]


def test_process_that_keeps_its_turn_is_not_waited_for(event, tmp_path, settings, monkeypatch):
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(process_lock, "_line", cache(process_lock._line.__wrapped__))
    pauses = []
    monkeypatch.setattr(process_lock.time, "monotonic", lambda: sum(pauses))
    monkeypatch.setattr(process_lock.time, "sleep", pauses.append)
    with open(tmp_path / "turn.lock", "w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert count_show(event.pk, None, counts_as_filtered=False) == 1
    assert process_lock.PATIENCE < sum(pauses) <= process_lock.PATIENCE + process_lock.MAX_STEP


@pytest.mark.parametrize("error", [None, OperationalError])
def test_turn_is_given_back(tmp_path, settings, monkeypatch, error):
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(process_lock, "_line", cache(process_lock._line.__wrapped__))
    with open(tmp_path / "turn.lock", "w") as other:
        with pytest.raises(error) if error else nullcontext(), process_lock.turn():
            with pytest.raises(BlockingIOError):
                fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if error:
                raise error
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_without_a_file_there_is_no_line(event, tmp_path, settings, monkeypatch):
    settings.VAR_DIR = tmp_path / "missing"
    monkeypatch.setattr(process_lock, "_line", cache(process_lock._line.__wrapped__))
    assert count_show(event.pk, None, counts_as_filtered=False) == 1


def test_ended_edition_counts_nothing(event):
    site_version = SiteVersion.current()
    event.save()
    assert count_show(event.pk, site_version, counts_as_filtered=True) is None
    assert count_show(event.pk, SiteVersion.current(), counts_as_filtered=True) == 1
    over = SiteVersion.current()._replace(valid_until=timezone.now() - HOUR)
    assert count_show(event.pk, over, counts_as_filtered=True) is None
    assert shows() == 1


@pytest.mark.django_db(transaction=True)
def test_show_does_not_wait_for_another_one_to_connect(monkeypatch):
    """As where the first of two threads tries a machine that has vanished."""
    event, shared = make_event(), SharedCommits()
    is_connecting, may_connect, meet_database = threading.Event(), threading.Event(), counting.meet_database

    def meet_slowly():
        if not is_connecting.is_set():
            is_connecting.set()
            may_connect.wait(20)
        meet_database()

    monkeypatch.setattr(counting, "meet_database", meet_slowly)

    def show():
        try:
            return shared.count(Show(event.pk, None, counts_as_filtered=False))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(show)
        is_connecting.wait(20)
        second = pool.submit(show)
        try:
            assert second.result(10) == 1
            assert not first.done()
        finally:
            may_connect.set()
        assert first.result() == 2
