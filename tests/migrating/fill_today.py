"""Run by the code of today: content that the release before does not know all of, for main_jobs.py to work on."""

import datetime

from django.contrib.auth.models import User
from django.utils import timezone

from events.history import record
from events.models import Event, PreviewLink, Tag, Version
from organizations.models import Organization, OrganizationMerge
from tests.factories import make_event, make_full_event, make_organization, make_shows

root = User.objects.create_superuser("root", password="a long password")
author = User.objects.create_user("author", password="a long password", is_staff=True)


def with_all_that_is_new(event):
    """Give the event a row of each thing that came after the release before, by a person whom that release deletes."""
    event.tags.set([Tag.objects.create(name=f"topic {event.pk}", slug=f"topic-{event.pk}")])
    PreviewLink.objects.create(event=event, made_by=author, ends_at=timezone.now() + datetime.timedelta(days=1))
    Event.objects.filter(pk=event.pk).update(entered_by=author, changed_by=author)
    record.record(event.pk, Version.Deed.ENTERED, author)
    for place in event.pictures.all():
        place.picture.uploaded_by = author
        place.picture.save()


for slug in ("kept", "given-up"):
    event = make_full_event(2, slug=slug, title=f"Forum {slug}")
    with_all_that_is_new(event)
    make_shows(event, 585)
for state in ("in_review", "withdrawn", "binned"):
    make_event(slug=state.replace("_", "-"), title=f"Hidden {state}", publication=state)
make_organization(name="Lonely house", slug="lonely-house")
gone = make_organization(name="Gone house")
OrganizationMerge.objects.create(
    gone_key=gone.pk, gone_name="Gone house", gone_slug="gone", kept_key=1, kept_name="Kept", rows=[], person=author
)
Organization.objects.filter(pk=gone.pk).delete()
