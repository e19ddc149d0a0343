"""The time zone of an event on its form: proposed by the place, and told of where it is another country's."""

import pytest

from events.editing.checklist import missing
from events.models import Event
from tests.factories import make_event
from tests.forms import fields_of

pytestmark = [pytest.mark.one_database, pytest.mark.django_db]
ADD = "/admin/events/event/add/"


def add(desk, **typed):
    sent = fields_of(desk.get(ADD)) | {"title": "Forum", "starts_on": "2031-03-04", **typed}
    response = desk.post(ADD, sent, follow=True)
    return Event.objects.get(), [str(message) for message in response.context["messages"]]


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ({"country": "TR", "city": "Ankara"}, "Europe/Istanbul"),
        ({"country": "US", "city": "Нью-Йорк"}, "America/New_York"),
        ({"country": "US", "city": "Springfield"}, "UTC"),
        ({"country": "", "city": "Ankara"}, "UTC"),
        ({"country": "TR", "time_zone": "Asia/Tokyo"}, "Asia/Tokyo"),
        ({"country": "TR", "time_zone": "UTC", "time_zone_is_chosen": "1"}, "UTC"),
    ],
)
def test_first_save_takes_the_zone_of_the_place(desk, typed, zone):
    event, told = add(desk, **typed)
    assert event.time_zone == zone
    is_proposed = zone not in ("UTC", typed.get("time_zone"))
    assert (f"Time zone set by country and city: {zone}." in told) == is_proposed


def test_stored_event_keeps_its_zone(desk):
    event = make_event(country="TR", time_zone="UTC")
    address = f"/admin/events/event/{event.pk}/change/"
    desk.post(address, fields_of(desk.get(address)) | {"city": "Ankara"})
    event.refresh_from_db()
    assert (event.city, event.time_zone) == ("Ankara", "UTC")


def found(**fields):
    event = make_event(**fields)
    return [item.text for item in missing(Event.objects.for_detail().get(pk=event.pk)) if item.anchor == "id_time_zone"]


def test_checklist_tells_of_another_countrys_zone():
    assert found(country="TR", city="Ankara", time_zone="UTC") == [
        "a time zone of Türkiye, such as Europe/Istanbul: it is UTC now"
    ]
    assert found(country="US", city="Boston", time_zone="Europe/Istanbul") == [
        "a time zone of United States, such as America/New_York: it is Europe/Istanbul now"
    ]
    assert found(country="TR", time_zone="Europe/Istanbul") == []
    assert found(country="", time_zone="UTC") == []
    assert found(country="TR", time_zone="UTC", attendance="online") == []


def test_form_asks_for_the_zone_while_the_place_is_typed(desk):
    address = "/admin/events/event/time-zone/"
    assert address in desk.get(ADD).content.decode()
    assert desk.get(address, {"country": "TR", "city": "Ankara", "zone": "UTC"}).json() == {
        "proposed": "Europe/Istanbul",
        "told": "Time zone set by country and city: Europe/Istanbul.",
        "warning": "UTC is not a time zone of Türkiye. Choose Europe/Istanbul.",
    }
    assert desk.get(address, {"country": "US", "city": "?", "zone": "UTC"}).json()["warning"].endswith("of the city.")
    assert desk.get(address, {"country": "\x00", "city": "x" * 9999, "zone": ""}).json()["warning"] == ""


def test_zone_is_told_to_staff_only(client):
    assert client.get("/admin/events/event/time-zone/", {"country": "TR"}).status_code == 302


def test_list_finds_events_with_another_countrys_zone(desk):
    make_event(title="Wrong", country="TR", time_zone="UTC")
    make_event(title="Online", country="TR", time_zone="UTC", attendance="online")
    make_event(title="Right", country="TR", time_zone="Europe/Istanbul")
    make_event(title="Nowhere", time_zone="UTC")
    rows = desk.get("/admin/events/event/", {"task": "time-zone"}).context["cl"].result_list
    assert [event.title for event in rows] == ["Wrong"]
    Event.objects.filter(title="Wrong").delete()
    assert not desk.get("/admin/events/event/", {"task": "time-zone"}).context["cl"].result_list
