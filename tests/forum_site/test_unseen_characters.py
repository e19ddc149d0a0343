"""What moves, colours or turns a terminal, or makes an address look like another one."""

import io

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection

from events.models import Event, ShowTotal
from forum_site.accounts.checks import staff_have_second_factors
from forum_site.core.fields.rich_text import clean_rich_text
from tests.factories import make_event, make_organization, make_shows

pytestmark = pytest.mark.one_database

UNSEEN = ["\x01", "\x07", "\x1b", "\x1f", "\x7f", "\x80", "\x9b", "\x9f", "\u061c", "\u200e", "\u200f"]
UNSEEN += ["\u202a", "\u202e", "\u2066", "\u2069", " ", "\t", "\n", "\x85", "\u2028"]


@pytest.mark.parametrize("letter", UNSEEN, ids=ascii)
@pytest.mark.parametrize("place", ["https://a{}.example/", "https://a.example/{}x", "https://a.example/?q={}"])
def test_address_with_it_is_refused_at_its_field(db, place, letter):
    event = make_event()
    event.online_url = place.format(letter)
    with pytest.raises(ValidationError) as refused:
        event.full_clean()
    assert set(refused.value.message_dict) == {"online_url"}


@pytest.mark.parametrize("letter", UNSEEN, ids=ascii)
def test_link_with_it_is_taken_off_a_text(letter):
    # A space amid an address is encoded, as browsers do; of the rest nothing may stand there.
    cleaned = clean_rich_text(f'<p><a href="https://a.example/{letter}x">a</a></p>')
    assert "href" not in cleaned or 'href="https://a.example/%20x"' in cleaned


@pytest.mark.parametrize(
    "address",
    ["https://a.example/", "http://пример.рф/дом?q=%D0%B0", "https://a.example:8443/a#b", "https://例え.jp/テ"],
)
def test_address_without_is_taken(db, address):
    organization = make_organization(website=address)
    organization.full_clean()
    assert address in clean_rich_text(f'<p><a href="{address}">a</a></p>')


ESCAPES = "\x1b]0;OWNED\x07\x1b[2J\x9b31m\u202e"


def is_harmless(text):
    return all(letter.isprintable() or letter == "\n" for letter in text)


def test_links_are_told_without_it(db):
    """As a restore or SQL may have left them."""
    Event.objects.filter(pk=make_event().pk).update(online_url=f"http://a.invalid/{ESCAPES}")
    told = io.StringIO()
    call_command("check_links", "--dry-run", stdout=told)
    assert "http://a.invalid/\\x1b]0;OWNED" in told.getvalue()
    assert is_harmless(told.getvalue())
    told = io.StringIO()
    call_command("check_links", "--pause", "0.2", stdout=told)
    assert is_harmless(told.getvalue())


def test_title_whose_number_is_wrong_is_told_without_it(db):
    event = make_event()
    with connection.cursor() as cursor:  # Else the field would take them off.
        cursor.execute("UPDATE events_event SET title = %s", [f"Forum {ESCAPES}"])
    make_shows(event, 3)
    ShowTotal.objects.filter(event=event).update(shows=4)
    told = io.StringIO()
    with pytest.raises(CommandError):
        call_command("check_counts", stdout=told)
    assert "Forum \\x1b]0;OWNED" in told.getvalue()
    assert is_harmless(told.getvalue())


def test_check_reports_names_without_it(db, settings):
    settings.SECOND_FACTOR_REQUIRED = True
    User.objects.create_user(f"User {ESCAPES}", is_staff=True)
    (found,) = staff_have_second_factors(None, databases=["default"])
    assert "User \\x1b]0;OWNED" in found.msg
    assert is_harmless(found.msg)


def test_picture_that_is_missing_is_told_without_it(db):
    event = make_event()
    Event.objects.filter(pk=event.pk).update(cover=f"covers/{ESCAPES}.jpg")
    told = io.StringIO()
    call_command("generate_renditions", stdout=told, stderr=told)
    assert "is missing" in told.getvalue()
    assert is_harmless(told.getvalue())
