"""The time zone follows country and city on the form of a new event, until somebody chooses one."""

import pytest
from playwright.sync_api import expect

from events.models import Event
from tests.browser.test_editors_way import sign_in
from tests.factories import make_event

pytestmark = pytest.mark.django_db(transaction=True)


def test_zone_follows_the_place_until_it_is_chosen(page, live_server, editor, complaints):
    sign_in(page, f"{live_server.url}/admin/events/event/add/")
    zone, note = page.locator("#id_time_zone"), page.locator(".field-time_zone [role=status]")
    page.locator("#id_title").fill("Forum on Roads")
    page.locator("#id_starts_on").fill("4 March 2031")
    page.locator("#id_country").select_option("US")
    expect(note).to_contain_text("UTC is not a time zone of United States. Choose the one of the city.")
    page.locator("#id_city").fill("Denver")
    expect(zone).to_have_value("America/Denver")
    expect(note).to_contain_text("Time zone set by country and city: America/Denver.")
    page.locator("#id_city").fill("Chicago")
    expect(zone).to_have_value("America/Chicago")
    zone.select_option("UTC")
    expect(note).to_contain_text("UTC is not a time zone of United States. Choose America/Chicago.")
    page.locator("#id_city").fill("Denver")
    expect(note).to_contain_text("Choose America/Denver.")
    expect(zone).to_have_value("UTC")
    page.locator("[name=_save]").click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    event = Event.objects.get()
    assert (event.city, event.time_zone, str(event.starts_on)) == ("Denver", "UTC", "2031-03-04")
    assert complaints == []


def test_form_of_a_stored_event_only_warns(page, live_server, editor, complaints):
    event = make_event(country="FR", city="Lyon", time_zone="Asia/Tokyo", publication_status="draft")
    sign_in(page, f"{live_server.url}/admin/events/event/{event.pk}/change/")
    note = page.locator(".field-time_zone [role=status]")
    expect(note).to_contain_text("Asia/Tokyo is not a time zone of France. Choose Europe/Paris.")
    expect(page.locator("#id_time_zone")).to_have_value("Asia/Tokyo")
    page.locator("#id_time_zone").select_option("Europe/Paris")
    expect(note).not_to_contain_text("not a time zone")
    assert complaints == []
