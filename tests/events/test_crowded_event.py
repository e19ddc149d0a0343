"""An event with more organizations than Django can ask SQLite for at one go."""

import pytest

from events.models import Participation
from forum_site.search.indexing import index
from forum_site.search.models import SearchEntry
from forum_site.search.rebuild import differences
from organizations.models import Organization


@pytest.fixture
def crowded(event):
    houses = Organization.objects.bulk_create(
        Organization(name=f"House {number}", slug=f"house-{number}") for number in range(1_001)
    )
    Participation.objects.bulk_create(Participation(event=event, organization=house) for house in houses)
    return event


def test_it_is_indexed_for_the_search(crowded):
    entry = crowded.search_index.entry(crowded.pk)
    SearchEntry.objects.filter(pk=entry).update(digest="")
    index({entry})
    assert [each for _done, entries in differences() for each in entries] == []


def test_it_goes_out_in_a_table(desk, crowded):
    assert b"House 1000" in b"".join(desk.get("/admin/events/event/export.csv"))
