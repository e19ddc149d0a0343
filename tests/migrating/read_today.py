"""Run by the code of today, after main_jobs.py: all that was done is there, and nothing else is gone."""

from django.contrib.auth.models import User
from django.test import Client

from events.models import Event, EventPicture, PreviewLink, Tag, Version
from organizations.models import OrganizationMerge

event = Event.objects.get(slug="kept")
assert event.theme == "Said by the release before"
assert event.panels.first().title == "A panel of the release before"
assert event.participations.count() == 3
assert event.cover
assert event.show_count == 589
assert event.tags.count() == event.preview_links.count() == 1
assert event.pictures.count() == event.documents.count() == 2
assert event.versions.count() == 1
assert Event.objects.get(title="Entered before").publication == "published"
assert Event.objects.get(slug="in-review").publication == "in_review"
assert Event.objects.get(slug="withdrawn").publication == "withdrawn"

# The event that was given up took along what belonged to it alone, and the person left nothing that names nobody.
assert not Event.objects.filter(slug="given-up").exists()
assert {EventPicture.objects.count(), PreviewLink.objects.count(), Version.objects.count()} == {2, 1}
assert Tag.objects.count() == 2
assert not User.objects.filter(username="author").exists()
assert (event.entered_by, PreviewLink.objects.get().made_by, OrganizationMerge.objects.get().person) == (None,) * 3

client = Client(SERVER_NAME="localhost")
client.force_login(User.objects.get(username="root"))
for path, words in {
    "/events/kept/": "Number of shows: 590<",
    f"/admin/events/event/{event.pk}/change/": "Said by the release before",
    f"/admin/events/event/{event.pk}/history/": "Changed elsewhere",
    "/search/?q=entered": "before",
}.items():
    answer = client.get(path)
    assert answer.status_code == 200, f"{path}: {answer.status_code}"
    assert words in answer.content.decode(), f"{path} lacks “{words}”"
