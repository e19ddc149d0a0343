"""Seeing an event before readers do: the same page, for those who may, and nothing of it anywhere else."""

import datetime
import re

import pytest
from django.core import signing
from django.test import Client
from django.utils import timezone

from events.models import Event, PreviewLink, ShowCount, ShowTotal
from events.models.preview_link import SIGNER
from forum_site.pagecache import views as kept_pages
from forum_site.pagecache.models import SiteVersion
from tests.factories import make_event, make_full_event, make_shows
from tests.hostile import HOSTILE

pytestmark = pytest.mark.django_db


def make_link(event, days=7, **fields):
    return PreviewLink.objects.create(event=event, expires_at=timezone.now() + datetime.timedelta(days=days), **fields)


def without_notice(page):
    """Return the page as it is without what only the preview has."""
    page = re.sub(r'<aside class="preview-notice".*?</aside>', "", page, flags=re.DOTALL)
    page = re.sub(r"\?key=[\w:-]+", "", page)  # By which files of a preview open.
    page = re.sub(
        r'<link rel="stylesheet" href="[^"]*preview-notice.css">|<meta name="robots" content="noindex">', "", page
    )
    return re.sub(r"\s+", " ", page).replace("> <", "><")


def preview_url(event):
    return f"/admin/events/event/{event.pk}/preview/"


def links_url(event):
    return f"/admin/events/event/{event.pk}/preview-links/"


@pytest.mark.parametrize("way", ["desk", "link"])
def test_preview_is_the_page_that_readers_will_see(desk, client, way):
    event = make_full_event(
        2, title="A secret plan", publication_status="draft", summary="Hush.", body="<p>All of it</p>"
    )
    make_shows(event, 7)
    page = (desk.get(preview_url(event)) if way == "desk" else Client().get(make_link(event).address)).content.decode()
    assert "preview-notice" in page
    Event.objects.filter(pk=event.pk).update(publication_status="published")
    published = Client().get(event.get_absolute_url()).content.decode()
    # The day of the change, which JSON-LD and the head have, is the same: update() leaves it.
    assert without_notice(page) == without_notice(published).replace("Number of shows: 8", "Number of shows: 7")


def test_preview_is_never_counted_nor_kept(desk, draft, event):
    link = make_link(event)
    for address in (preview_url(draft), preview_url(event), link.address, make_link(draft).address):
        assert desk.get(address).status_code == 200
        assert Client().get(address, headers={"Sec-Purpose": "prefetch"}).status_code in (200, 302)
    assert (ShowCount.objects.count(), ShowTotal.objects.count()) == (0, 0)
    assert kept_pages.page_cache._size == 0


def test_answer_is_for_nobody_else(desk, draft):
    for response in (desk.get(preview_url(draft)), Client().get(make_link(draft).address)):
        assert "no-store" in response["Cache-Control"]
        assert response["X-Robots-Tag"] == "noindex, nofollow"
        assert response["Referrer-Policy"] == "no-referrer"
        assert "ETag" not in response
        assert '<meta name="robots" content="noindex">' in response.content.decode()


def test_link_knows_nobody_and_leaves_no_cookie(client, editor, draft):
    address = make_link(draft).address
    client.force_login(editor)
    signed_in, stranger = client.get(address), Client().get(address)
    assert signed_in.content == stranger.content
    assert stranger.cookies.output() == ""
    assert "Cookie" not in stranger.get("Vary", "")
    assert "/admin/" not in stranger.content.decode()


def test_notice_names_the_state(desk, draft, event):
    notices = {}
    for row in (draft, event, make_event(publication_status="unpublished"), make_event(publication_status="in_review")):
        page = desk.get(preview_url(row)).content.decode()
        notices[row.publication_status] = re.search(r'preview-notice__state">(.*?)<', page)[1]
    assert notices == {
        "draft": "Draft",
        "published": "Published",
        "unpublished": "Unpublished",
        "in_review": "In review",
    }


def missing_page(client):
    response = client.get("/preview/there-is-no-such-link/")
    assert response.status_code == 404
    return response.content.replace(b"/preview/there-is-no-such-link/", b"")


def altered(token):
    """Return other tokens that look like this one."""
    body, _colon, signature = token.rpartition(":")
    yield f"{body}:{signature[:-1]}{'A' if signature[-1] != 'A' else 'B'}"
    yield f"{body}x:{signature}"
    yield body
    yield token[:-5]
    yield token + "x"
    yield "x" * 5000
    yield "%00"
    yield "%ED%A0%80:é:😀"


def test_link_that_is_none_is_a_page_that_is_not_there(client, draft):
    link = make_link(draft)
    token = link.address.split("/")[2]
    missing = missing_page(client)
    for other in altered(token):
        response = client.get(f"/preview/{other}/")
        assert response.status_code == 404
        assert b"There is no page here" in response.content
        assert b"secret plan" not in response.content
    assert missing.count(b"There is no page here") >= 1


def test_link_for_another_event_or_a_later_end_is_refused(client, draft, event):
    """By somebody who has the key and not the row: what was signed is held against what is stored."""
    link = make_link(draft)
    pk, _event, expires_at = link.signed_content
    for content in ([pk, event.pk, expires_at], [pk, draft.pk, expires_at + 60], [pk + 1, draft.pk, expires_at]):
        assert client.get(f"/preview/{SIGNER.sign_object(content)}/").status_code == 404
    other_use = signing.Signer(salt="something else").sign_object(link.signed_content)
    assert client.get(f"/preview/{other_use}/").status_code == 404
    assert client.get(link.address).status_code == 200


def test_link_ends_by_the_clock_by_hand_and_in_the_bin(client, draft):
    past, ended, trashed = make_link(draft, days=-0.00001), make_link(draft), make_link(draft)
    assert client.get(ended.address).status_code == 200
    ended_address = ended.address
    ended.delete()
    assert [client.get(address).status_code for address in (past.address, ended_address, trashed.address)] == [
        404,
        404,
        200,
    ]
    Event.objects.filter(pk=draft.pk).update(publication_status="trashed")
    assert client.get(trashed.address).status_code == 404


def test_other_methods(client, draft):
    address = make_link(draft).address
    head = client.head(address)
    assert (head.status_code, head.content) == (200, b"")
    assert client.post(address).status_code == 405


def test_link_shows_its_own_event_and_no_hidden_one(client, draft):
    other = make_event(title="Another secret", publication_status="draft", series=None, theme="Hush", city="Almaty")
    Event.objects.filter(pk=draft.pk).update(theme="Hush", city="Almaty")
    page = client.get(make_link(draft).address).content.decode()
    assert "A secret plan" in page
    assert "Another secret" not in page
    for address in (
        f"/events/{draft.slug}/",
        f"/events/{draft.slug}.ics",
        f"/events/{draft.slug}/cite.bib",
        f"/e/{draft.pk}/",
        re.search(r'property="og:image" content="https?://[^/]+([^"]+)"', page)[1],
    ):
        assert client.get(address).status_code == 404
        assert client.head(address).status_code == 404
    assert client.get(f"/events/{other.slug}/").status_code == 404


def test_preview_of_the_desk_asks_who_may_view(client, author, draft):
    assert client.get(preview_url(draft)).status_code == 302
    client.force_login(author)
    assert client.get(preview_url(draft)).status_code == 200
    author.groups.clear()
    assert client.get(preview_url(draft)).status_code == 403
    assert client.get(links_url(draft)).status_code == 403


@pytest.mark.parametrize("title", [title[:300] for title in HOSTILE.values()], ids=list(HOSTILE))
def test_hostile_titles(desk, title):
    event = make_event(title=title, publication_status="draft")
    for address in (preview_url(event), make_link(event, recipient=title[:200]).address, links_url(event)):
        response = desk.get(address)
        assert response.status_code == 200
        assert "<script>alert" not in response.content.decode()


def test_link_is_made_shown_and_ended(desk, draft, editor, client):
    site_version = SiteVersion.current().token
    response = desk.post(links_url(draft), {"days": "3", "recipient": "The embassy"}, follow=True)
    link = PreviewLink.objects.get()
    assert (link.event, link.created_by, link.recipient) == (draft, editor, "The embassy")
    assert datetime.timedelta(days=2.99) < link.expires_at - timezone.now() < datetime.timedelta(days=3)
    page = response.content.decode()
    assert f'value="http://127.0.0.1:8000{link.address}"' in page
    assert "The embassy" in page
    assert Client().get(link.address).status_code == 200
    response = desk.post(links_url(draft), {"end": link.pk}, follow=True)
    assert [str(message) for message in response.context["messages"]] == ["Ended 1 link."]
    assert Client().get(link.address).status_code == 404
    make_link(draft), make_link(draft)
    desk.post(links_url(draft), {"end_all": "1"})
    assert not PreviewLink.objects.exists()
    assert SiteVersion.current().token == site_version  # Nothing that a page prints has changed.


@pytest.mark.parametrize("days", ["", "0", "-1", "365", "9" * 40, "\x00", "seven"])
def test_days_that_are_not_offered_are_refused(desk, draft, days):
    response = desk.post(links_url(draft), {"days": days, "recipient": "Typed & kept"})
    assert list(response.context["adminform"].form.errors) == ["days"]
    assert "Typed &amp; kept" in response.content.decode()
    assert not PreviewLink.objects.exists()


@pytest.mark.parametrize("end", ["", "-1", "9" * 40, "\x00", "²", "all"])
def test_link_that_cannot_be_is_not_ended(desk, draft, end):
    make_link(draft)
    response = desk.post(links_url(draft), {"end": end}, follow=True)
    assert [str(message) for message in response.context["messages"]] == ["No links to end."]
    assert PreviewLink.objects.count() == 1


def test_links_of_another_event_are_not_ended(desk, draft, event):
    link = make_link(event)
    desk.post(links_url(draft), {"end": link.pk})
    desk.post(links_url(draft), {"end_all": "1"})
    assert PreviewLink.objects.get() == link


def test_links_are_bounded(desk, draft):
    for _number in range(20):
        make_link(draft)
    response = desk.post(links_url(draft), {"days": "3"})
    assert "This event has 20 links that open it. End some of them first." in response.content.decode()
    assert PreviewLink.objects.count() == 20


def test_form_leads_to_the_preview(desk, draft):
    page = desk.get(f"/admin/events/event/{draft.pk}/change/").content.decode()
    assert page.count(f'href="{preview_url(draft)}" target="_blank"') == 1
    assert f'href="{links_url(draft)}"' in page
