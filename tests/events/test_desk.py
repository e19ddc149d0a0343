"""The first screen of the admin: what stands on it, for whom, and what it costs."""

import datetime
import re
from html import unescape

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events.admin import dashboard
from events.admin.dashboard import TASKS, Dashboard
from events.models import Event, ShowCorrection
from events.shows import weekly
from forum_site.linkcheck.models import CheckedLink, LinkSource, digest
from tests.events.test_admin import change_url, event_form
from tests.factories import make_agreement, make_event, make_picture, make_place, make_shows, make_visit
from tests.hostile import HOSTILE

DAY = datetime.timedelta(days=1)
LIST = "/admin/events/event/"
PART = re.compile(r'<section class="task-list[^>]*>\s*<h2[^>]*>(.*?)</h2>(.*?)</section>', re.DOTALL)
STATES = Event.PublicationStatus
COVER = {"cover": "covers/a.png", "cover_width": 30, "cover_height": 20}


def words(html):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def parts(client):
    """Return the titles of the desk's parts, each with its rows as text, in order."""
    page = client.get("/admin/").content.decode()
    return {
        words(title): [words(row) for row in re.findall(r"<(?:li|tr)>(.*?)</(?:li|tr)>", rows, re.DOTALL)]
        for title, rows in PART.findall(page)
    }


def listed(client, name):
    """Return the titles in the admin's list of events that the desk's part of this name leads to."""
    page = client.get(LIST, {"task": name}).content.decode()
    return {words(cell) for cell in re.findall(r'<th class="field-full_title">(.*?)</th>', page)}


def clerk_with(client, *codenames):
    clerk = User.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.add(*Permission.objects.filter(codename__in=codenames))
    client.force_login(clerk)
    return clerk


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def busy(today, author, editor):
    """One event for each part of the desk."""
    long_ago = timezone.now() - 3 * DAY
    waits = make_event(title="Waits", publication_status=STATES.IN_REVIEW, in_review_since=long_ago)
    mine = make_event(title="Mine", publication_status=STATES.DRAFT, created_by=editor, updated_by=author)
    Event.objects.filter(pk=mine.pk).update(updated_at=long_ago)
    make_event(title="Theirs", publication_status=STATES.DRAFT, created_by=author, updated_by=author)
    make_event(title="Comes", starts_on=today + 2 * DAY)
    make_event(title="Scheduled", starts_on=today - 900 * DAY, publish_at=timezone.now() + DAY)
    make_event(title="Silent", starts_on=today - 20 * DAY)
    make_event(title="Undescribed", starts_on=today - 900 * DAY)
    Event.objects.filter(title="Undescribed").update(**COVER)
    return waits


def test_each_part_has_its_own(desk, busy, event):
    make_shows(event, 1200)
    found = parts(desk)
    assert list(found) == [
        "Waiting for review 1",
        "My drafts 1",
        "Published without outcomes 1",
        "Cover without description 1",
        "Coming up 1",
        "Scheduled 1",
        "Shows of the last weeks 1,200",
    ]
    assert found["Waiting for review 1"] == ["Waits for 3 days"]
    assert found["My drafts 1"] == ["Mine changed 3 days ago"]
    assert found["Coming up 1"][0].startswith("Comes in 2 days ·")
    assert found["Scheduled 1"][0].startswith("Scheduled public from ")
    assert found["Shows of the last weeks 1,200"][1:] == ["this week 1,200"]
    page = desk.get("/admin/").content.decode()
    assert f'<a href="{change_url(busy)}">' in page
    assert "task-list--loud" in page


def test_rows_lead_to_lists_with_the_same_events(desk, busy, editor):
    expected = {
        "review": {"Waits"},
        "mine": {"Mine"},
        "coming": {"Comes"},
        "scheduled": {"Scheduled"},
        "without-outcomes": {"Silent"},
        "time-zone": {"Elsewhere"},
        "draft-review": set(),
        "my-working-drafts": set(),
        "cover": {"Undescribed"},
        "gallery": {"Gallery"},
    }
    make_event(title="Elsewhere", body="<p>Told</p>", country="FR", time_zone="Asia/Tokyo")
    make_place(make_event(title="Gallery", body="<p>Told</p>"), make_picture(alt=""))
    make_place(Event.objects.get(title="Silent"), make_picture(alt="", is_decorative=True))
    assert {name: listed(desk, name) for name in TASKS} == expected
    assert desk.get(LIST, {"task": "mine", "_facets": "True"}).content.decode().count("My drafts (1)") == 1
    assert listed(desk, "nonsense") == {
        *("Waits", "Mine", "Theirs", "Comes", "Scheduled", "Silent", "Undescribed", "Gallery", "Elsewhere"),
    }


def test_more_than_is_shown_is_numbered_and_linked(desk, editor, monkeypatch):
    for _number in range(8):
        make_event(publication_status=STATES.DRAFT, created_by=editor)
    found = parts(desk)
    assert len(found["My drafts 8"]) == 6
    assert (
        '<a href="/admin/events/event/?task=mine" aria-describedby="dashboard-mine">All 8</a>'
        in desk.get("/admin/").content.decode()
    )
    monkeypatch.setattr(dashboard, "MAX", 7)
    assert "My drafts 7+" in parts(desk)


def test_who_waits_longest_for_review_comes_first_and_edits_change_nothing(desk):
    moments = [timezone.now() - number * DAY for number in (1, 9, 4)]
    for number, moment in enumerate(moments):
        make_event(title=f"Draft {number}", publication_status=STATES.IN_REVIEW, in_review_since=moment)
    longest = Event.objects.get(title="Draft 1")
    longest.theme = "Changed now"
    longest.save()
    assert parts(desk)["Waiting for review 3"] == [
        "Draft 1 for 1 week",
        "Draft 2 for 4 days",
        "Draft 0 for 1 day",
    ]


def test_moment_of_going_into_review_is_kept_by_every_save(draft):
    draft.publication_status = STATES.IN_REVIEW
    draft.save(update_fields=["publication_status"])
    draft.refresh_from_db()
    assert timezone.now() - draft.in_review_since < DAY
    draft.publication_status = STATES.PUBLISHED
    draft.save(update_fields=["publication_status"])
    draft.refresh_from_db()
    assert draft.in_review_since is None


def test_draft_is_of_whoever_entered_and_whoever_changed_it(client, author, editor):
    client.force_login(author)
    client.post("/admin/events/event/add/", event_form(publication_status="draft"))
    event = Event.objects.get()
    assert (event.created_by, event.updated_by) == (author, author)
    assert "My drafts 1" in parts(client)
    client.force_login(editor)
    assert "My drafts" in parts(client)
    client.post(change_url(event), event_form(publication_status="draft", slug=event.slug))
    event.refresh_from_db()
    assert (event.created_by, event.updated_by) == (author, editor)
    assert "My drafts 1" in parts(client)
    author.delete()
    assert "My drafts 1" in parts(client)


def test_copy_is_of_whoever_made_it(desk, editor, event):
    desk.post(f"{LIST}{event.pk}/next-edition/", {"title": "Next", "starts_on": "2030-01-01"})
    assert Event.objects.get(title="Next").created_by == editor
    assert "My drafts 1" in parts(desk)


def test_outcomes_are_missed_only_where_they_can_be_told(desk, today):
    fields = {"starts_on": today - 30 * DAY}
    make_event(title="Has a text", body="<p>So it was.</p>", **fields)
    make_agreement(make_event(title="Has an agreement", **fields))
    make_visit(make_event(title="Has a visit", **fields))
    make_event(title="Cancelled", status=Event.Status.CANCELLED, **fields)
    make_event(title="Draft", publication_status=STATES.DRAFT, **fields)
    make_event(title="Ended yesterday", starts_on=today - DAY)
    make_event(title="Too long ago", starts_on=today - 400 * DAY)
    make_event(title="Missed", **fields)
    make_event(title="Missed, too", starts_on=today - 2 * DAY)
    assert len(parts(desk)["Published without outcomes 2"]) == 2
    assert listed(desk, "without-outcomes") == {"Missed", "Missed, too"}


def test_bin_is_not_on_the_desk(desk, busy, editor):
    Event.objects.update(publication_status=STATES.TRASHED, created_by=editor)
    page = desk.get("/admin/").content.decode()
    assert [title for title in ("Waits", "Mine", "Comes", "Scheduled", "Silent") if f">{title}<" in page] == []


def test_cover_with_description_or_none_is_not_missed(desk):
    make_event(title="Bare")
    make_event(title="Told", cover_alt="A hall")
    Event.objects.filter(title="Told").update(**COVER)
    assert listed(desk, "cover") == set()


def test_event_that_is_off_says_so_among_those_to_come(desk, today):
    make_event(title="Moved", starts_on=today + 9 * DAY, status=Event.Status.POSTPONED)
    assert parts(desk)["Coming up 1"][0].startswith("Moved Postponed · in 1 week ·")


# Who sees what


def test_staff_without_rights_sees_no_desk(client, busy):
    clerk_with(client)
    page = client.get("/admin/").content.decode()
    assert 'class="dashboard"' not in page
    assert "Waits" not in page
    assert client.get(LIST, {"task": "review"}).status_code == 403


def test_who_may_only_view_sees_lists_and_no_buttons(client, busy, event):
    make_shows(event, 5)
    clerk_with(client, "view_event")
    found, page = parts(client), client.get("/admin/").content.decode()
    assert list(found)[:2] == ["My drafts", "Waiting for review 1"]
    assert not [title for title in found if title.startswith("Shows")]
    assert 'href="/admin/events/event/add/"' not in page
    assert 'href="/admin/organizations/organization/add/"' not in page
    assert "task-list--loud" not in page


def test_desk_offers_what_is_allowed(client, db):
    clerk_with(client, "view_event", "add_event")
    page = client.get("/admin/").content.decode()
    assert 'href="/admin/events/event/add/"' in page
    assert 'href="/admin/organizations/organization/add/"' not in page


def test_author_finds_own_drafts_first_and_publisher_what_waits(client, busy, author, editor):
    client.force_login(author)
    assert list(parts(client))[:2] == ["My drafts 2", "Waiting for review 1"]
    client.force_login(editor)
    assert list(parts(client))[:2] == ["Waiting for review 1", "My drafts 1"]


def test_broken_links_are_for_who_may_see_them(client, desk, event):
    break_link(event)
    assert parts(desk)["Broken links 1"] == ["gone.example/page 404: not found"]
    clerk_with(client, "view_event")
    assert not [title for title in parts(client) if title.startswith("Broken")]


def break_link(event, number=0):
    address = "https://gone.example/page" + ("" if not number else f"/{number}")
    Event.objects.filter(pk=event.pk).update(online_url=address)
    link = CheckedLink.objects.create(
        address=address,
        digest=digest(address),
        error="404: not found",
        is_gone=True,
        first_failed_at=timezone.now(),
    )
    LinkSource.objects.create(link=link, model="events.event", row=event.pk, field="online_url", raw_url=address)


def test_first_day_of_a_site_says_how_to_begin(desk, client):
    page = desk.get("/admin/").content.decode()
    assert "Enter your first event" in page
    assert 'class="dashboard__columns"' not in page
    assert 'href="/admin/events/event/"' in page
    clerk_with(client, "view_event")
    page = client.get("/admin/").content.decode()
    assert "Enter your first event" not in page
    assert "Nothing here yet." in page


def test_site_with_old_events_alone_is_not_new(desk, event):
    assert "Enter your first event" not in desk.get("/admin/").content.decode()
    assert parts(desk) == {"Waiting for review": [], "My drafts": [], "Coming up": []}


# Shows


def test_shows_are_told_by_week_and_corrections_count(desk, event, editor, today):
    monday = today - today.weekday() * DAY
    make_shows(event, 40, monday)
    make_shows(event, 10, monday - DAY)
    make_shows(event, 7, monday - 7 * 7 * DAY)
    make_shows(event, 1000, monday - 7 * 7 * DAY - DAY)
    ShowCorrection.objects.create(event=event, day=monday - 7 * DAY, shows=10, reason="Found", author=editor)
    shows = Dashboard(editor).shows
    assert [(week.shows, week.width, week.is_going_on) for week in shows.rows] == [
        (40, "100.0%", True),
        (20, "50.0%", False),
        *[(0, "0.0%", False)] * 5,
        (7, "17.5%", False),
    ]
    assert shows.total == 67


def test_what_is_counted_now_shows_at_once_and_old_days_are_read_once(desk, event, editor, today):
    make_shows(event, 5, today - 20 * DAY)
    assert Dashboard(editor).shows.total == 5
    make_shows(event, 2, today)
    make_shows(event, 1, today - DAY)
    assert Dashboard(editor).shows.total == 8
    with CaptureQueriesContext(connection) as captured:
        assert Dashboard(editor).shows.total == 8
    first = str(today - (today.weekday() + 49) * DAY)
    daily_counts = [query["sql"] for query in captured if "SUM" in query["sql"] and "events_showcount" in query["sql"]]
    assert [first in sql for sql in daily_counts] == [False]


def test_no_shows_no_bars(desk, event):
    make_shows(event, 40, timezone.localdate() - 200 * DAY)
    assert not [title for title in parts(desk) if title.startswith("Shows")]


# What is hostile, and what it costs


@pytest.mark.parametrize("title", HOSTILE.values(), ids=HOSTILE)
def test_hostile_title_stays_text(desk, editor, title):
    make_event(title=title[:300], publication_status=STATES.DRAFT, created_by=editor)
    page = desk.get("/admin/").content.decode()
    assert "<script>alert(1)" not in page
    assert "<!--<script>" not in page
    assert len(parts(desk)["My drafts 1"]) == 1


def test_hostile_filter_is_no_error(desk, event):
    for value in ("\x00", "😀", "9" * 5000, "\udc80".encode("utf-8", "surrogatepass"), "mine'--"):
        assert desk.get(LIST, {"task": value}, follow=True).status_code == 200


def queries(client):
    weekly.counted_before.cache_clear()
    with CaptureQueriesContext(connection) as captured:
        client.get("/admin/")
    return len(captured)


def fill(editor, today, number):
    """Add a row to each part of the desk."""
    fields = {"created_by": editor, "updated_by": editor}
    make_event(publication_status=STATES.IN_REVIEW, **fields)
    make_event(publication_status=STATES.DRAFT, **fields)
    make_event(starts_on=today + 2 * DAY, **fields)
    make_event(publish_at=timezone.now() + DAY, **fields)
    shown = make_event(starts_on=today - 9 * DAY, **fields)
    Event.objects.filter(pk=shown.pk).update(**COVER)
    make_shows(shown, 3, today - number * 7 * DAY)
    make_place(shown, make_picture(alt=""))
    break_link(shown, number)


def test_desk_costs_the_same_with_more_rows(desk, editor, today):
    fill(editor, today, 1)
    one = queries(desk)
    fill(editor, today, 2)
    fill(editor, today, 3)
    weekly.counted_before.cache_clear()
    assert {title: len(rows) for title, rows in parts(desk).items()} == {
        "Waiting for review 3": 3,
        "My drafts 6": 6,
        "Published without outcomes 3": 3,
        "Cover without description 3": 3,
        "Gallery without descriptions 3": 3,
        "Broken links 3": 3,
        "Coming up 3": 3,
        "Scheduled 3": 3,
        "Shows of the last weeks 9": 5,
    }
    assert queries(desk) == one
    person = User.objects.get(pk=editor.pk)
    with CaptureQueriesContext(connection) as captured:
        assert Dashboard(person).shows
    assert len(captured) <= 15


def test_whose_it_is_stays_hidden_from_the_public(client, event, editor):
    Event.objects.update(created_by=editor, updated_by=editor, updated_at=Now())
    assert "editor" not in client.get(event.get_absolute_url()).content.decode()
