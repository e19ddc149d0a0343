import datetime

import pytest
from django.utils import timezone

from events.editing.checklist import missing
from events.models import Event
from tests.events.test_admin import change_url
from tests.factories import make_agreement, make_event, make_participation, make_picture, make_place, make_visit

pytestmark = pytest.mark.django_db

TODAY = datetime.date.today()
COVER = {"cover": "covers/hall.jpg", "cover_width": 10, "cover_height": 10}
WHOLE = {
    "summary": "Neighbours meet.",
    "city": "Almaty",
    "body": "<p>It was good.</p>",
    "cover_alt": "The hall",
    **COVER,
}


def lacks(host="host", **fields):
    event = make_event(**{**WHOLE, **fields})
    if host:
        make_participation(event, role=host)
    return [item.anchor for item in missing(Event.objects.for_detail().get(pk=event.pk))]


@pytest.mark.parametrize(
    ("fields", "anchors"),
    [
        ({}, []),
        ({"summary": ""}, ["id_summary"]),
        ({"city": ""}, ["id_city"]),
        ({"city": "", "venue": "The hall"}, []),
        ({"host": None}, ["participations-heading"]),
        ({"host": "partner"}, ["participations-heading"]),
        ({"host": "organizer"}, []),
        ({"cover": ""}, ["id_cover"]),
        ({"cover": "", "cover_not_needed": True}, []),
        ({"cover_alt": ""}, ["id_cover_alt"]),
        ({"cover_alt": "", "cover_is_decorative": True}, []),
        ({"body": '<p><img src="/media/pictures/a.jpg"></p>'}, ["id_body"]),
        ({"body": ""}, ["agreements-heading"]),
        ({"body": "", "status": "cancelled"}, []),
        ({"body": "", "starts_on": TODAY + datetime.timedelta(days=2)}, []),
        ({"attendance": "online", "city": ""}, []),
        ({"attendance": "online", "city": "", "starts_on": TODAY + datetime.timedelta(days=2)}, ["id_online_url"]),
        (
            {"attendance": "mixed", "city": "", "starts_on": TODAY + datetime.timedelta(days=2)},
            ["id_city", "id_online_url"],
        ),
    ],
)
def test_what_is_missing_is_told_where_it_is_entered(fields, anchors):
    assert lacks(**fields) == anchors


def test_agreement_or_visit_is_an_outcome():
    for make in (make_agreement, make_visit):
        event = make_event(**WHOLE | {"body": ""})
        make(event)
        loaded = Event.objects.for_detail().get(pk=event.pk)
        assert [item.anchor for item in missing(loaded)] == ["participations-heading"]


def test_undescribed_picture_of_the_gallery_leads_there():
    event = make_event(**WHOLE)
    make_participation(event, role="host")
    make_place(event, make_picture(alt=""))
    (item,) = missing(Event.objects.for_detail().get(pk=event.pk))
    assert item.anchor == "pictures-heading"
    assert "Gallery, picture 1" in str(item.text)


def test_every_item_leads_to_a_place_of_the_form(desk):
    soon = timezone.localdate() + datetime.timedelta(days=2)
    for fields in ({}, {"attendance": "mixed", "starts_on": soon}, COVER):
        event = make_event(publication_status="draft", **fields)
        page = desk.get(change_url(event)).content.decode()
        items = missing(Event.objects.for_detail().get(pk=event.pk))
        assert len(items) >= 4
        for item in items:
            assert f'<a href="#{item.anchor}">{item.text}</a>' in page
            assert f'id="{item.anchor}"' in page
