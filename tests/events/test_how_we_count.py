import datetime
import re

import pytest
from django.utils import timezone

from events.models import ShowCorrection
from events.shows.visitors import BOT_LIST
from tests.events.test_statistics import correct
from tests.factories import make_event, make_shows

PAGE = "/how-we-count/"


def text(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


@pytest.mark.django_db
def test_page_is_public_and_the_same_for_everyone(client, admin_client):
    response = client.get(PAGE)
    assert (response.status_code, response.cookies.output()) == (200, "")
    assert response["Cache-Control"] == "private, no-cache"
    assert admin_client.get(PAGE).content == response.content


@pytest.mark.django_db
def test_page_names_the_list_of_robots_and_the_rule(client):
    page = text(client.get(PAGE))
    assert f"now {BOT_LIST} ;" in page
    assert "release 5.1" in page


@pytest.mark.django_db
def test_table_says_what_counts(client):
    rows = re.findall(r"<tr>(.*?)</tr>", client.get(PAGE).content.decode(), re.DOTALL)[1:]
    assert [tuple(re.findall(r"<td>(.*?)</td>", row)) for row in rows] == [
        ("+1", "+1"),
        ("+1", "+1"),
        ("+1", "0"),
        ("+1", "0"),
        ("0", "0"),
        ("0", "0"),
        ("0", "0"),
        ("0", "0"),
    ]


def test_number_on_the_events_page_leads_here(client, event):
    page = client.get(event.get_absolute_url()).content.decode()
    assert f'<a class="event-page__shows-link" href="{PAGE}">Number of shows: 1</a>' in page


@pytest.mark.django_db
def test_page_tells_since_when(client):
    assert "Our own counting has only just begun." in text(client.get(PAGE))


@pytest.mark.django_db
def test_page_tells_the_month_of_the_first_day(client):
    make_shows(make_event(), 1, datetime.date(2025, 3, 14))
    assert "Our own counting goes back to March 2025." in text(client.get(PAGE))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("lines", "told"), [(0, "no such line has"), (1, "one such line has"), (3, "3 such lines have")]
)
def test_page_tells_how_many_corrections_were_made_and_not_why(client, lines, told):
    for _ in range(lines):
        correct(make_event(), datetime.date(2025, 5, 1), shows=1, reason="Only staff see this")
    ShowCorrection.objects.update(created_at=timezone.now() - datetime.timedelta(days=2))
    page = text(client.get(PAGE))
    assert f"Until today {told} been written." in page
    assert "Only staff see this" not in page
