"""What the attacked site holds: the awkward site of the tests, and events in every state that hides them.

It is run in the site's own `manage.py shell`, and prints the addresses as JSON.
"""

import datetime
import json

from django.contrib.auth.models import Group, User
from django.utils import timezone

from events.models import PreviewLink, Series, ShowCorrection, Tag
from organizations.merge import Merge
from rehearsals.attack.addresses import all_addresses, with_parameters
from rehearsals.attack.scene import EDITOR, MARKER, PASSWORD
from tests.awkward import make_awkward_site
from tests.factories import (
    make_agreement,
    make_event,
    make_full_event,
    make_organization,
    make_panel,
    make_participation,
    make_visit,
)

HIDDEN = MARKER.decode()


def fill(is_small=False):
    pages = make_small_site() if is_small else make_awkward_site().values()
    person = User.objects.create_superuser("attacked-root", password=PASSWORD)
    editor = User.objects.create_user(EDITOR, password=PASSWORD, is_staff=True)
    editor.groups.add(Group.objects.get(name="Editors"))
    Series.objects.create(name="Cycle")
    Merge(make_organization(name="Twin"), make_organization(name="Other")).save(person)
    shown = make_event(title="Corrected", slug="corrected")
    shown.tags.add(Tag.objects.create(name="Ports"))
    ShowCorrection.objects.create(event=shown, day=shown.starts_on, shows=1, reason="Why", author=person)
    hide(person)
    print(json.dumps({"addresses": sorted({*pages, *all_addresses()}), "with_parameters": with_parameters()}))


def make_small_site():
    return [make_full_event(2, slug="full").get_absolute_url()]


def hide(person):
    """Make an event in each state that the public may not see, whole, with the marker in all of its texts."""
    later = timezone.now() + datetime.timedelta(days=30)
    states = [
        {"publication_status": "draft"},
        {"publication_status": "in_review"},
        {"publication_status": "unpublished"},
        {"publication_status": "trashed"},
        {"publication_status": "published", "publish_at": later},
        {"publication_status": "published", "unpublish_at": timezone.now() - datetime.timedelta(days=1)},
    ]
    for number, fields in enumerate(states):
        event = make_event(
            title=f"{HIDDEN} {number}",
            slug=f"veiled-{number}",
            theme=f"{HIDDEN} theme",
            summary=f"{HIDDEN} summary",
            body=f"<p>{HIDDEN} body</p>",
            venue=f"{HIDDEN} hall",
            city=f"{HIDDEN} city",
            series=Series.objects.create(name=f"{HIDDEN} series {number}"),
            **fields,
        )
        event.tags.add(Tag.objects.create(name=f"{HIDDEN} tag {number}"))
        organization = make_organization(name=f"Known house {number}")  # Organizations are public.
        make_participation(event, organization, role="host")
        make_panel(event, title=f"{HIDDEN} panel", description=f"<p>{HIDDEN}</p>")
        make_visit(event, place=f"{HIDDEN} place", organization=organization)
        make_agreement(event, [organization], title=f"{HIDDEN} agreement", other_parties=HIDDEN)
    PreviewLink.objects.create(event=shown_draft(), expires_at=later)


def shown_draft():
    """A draft whose preview is given away: it has no marker, since whoever has the link may read it."""
    return make_event(title="Given away", slug="given-away", publication_status="draft")
