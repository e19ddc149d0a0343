"""The sample: one forum with all that belongs to it, and a small archive beside it.

The data are organizations.toml and events.toml, for an editor to read; drawing.py draws the pictures, paper.py writes
the papers. `load()` adds what is missing of them. Nothing that is there is touched, so it can be called at any time.
"""

import tomllib
from pathlib import Path
from typing import NamedTuple

from django.core.files.base import ContentFile
from django.db.models import Q

from events.models import Agreement, Event, EventDocument, EventPicture, Panel, Participation, Picture, Visit
from events.sample.drawing import draw_cover
from events.sample.paper import write_paper
from forum_site.search.indexing import batch_indexing
from organizations.models import Organization

COVER_CREDIT = "Drawing: Forum Site"
PARTS = {"participation": Participation, "panel": Panel, "agreement": Agreement, "visit": Visit}


class Added(NamedTuple):
    organizations: int
    events: int


def load():
    """Add the organizations and events whose slugs no page has or has had; return how many, as `Added`.

    An event comes with all its parts or not at all. Raises ValidationError where the data break a rule of the models.
    """
    organizations = [fields for fields in read("organization") if not with_slug(Organization, fields["slug"]).exists()]
    for fields in organizations:
        add_organization(**fields)
    events = [fields for fields in read("event") if not with_slug(Event, fields["slug"]).exists()]
    for fields in events:
        add_event(**fields)
    return Added(len(organizations), len(events))


def read(name):
    return tomllib.loads(Path(__file__).with_name(f"{name}s.toml").read_text(encoding="utf-8"))[name]


def with_slug(model, slug):
    return model.objects.filter(Q(slug=slug) | Q(old_slugs__slug=slug)).distinct()


def organization_at(slug):
    return with_slug(Organization, slug).get()


def add(model, **fields):
    row = model(**fields)
    row.full_clean()
    row.save()
    return row


def add_organization(parent=None, **fields):
    return add(Organization, parent=organization_at(parent) if parent else None, **fields)


@batch_indexing()
def add_event(cover, **fields):
    parts = {name: fields.pop(name, []) for name in PARTS}
    pictures, documents = fields.pop("picture", []), fields.pop("document", [])
    event = add(Event, cover_alt=cover["alt"], cover_credit=COVER_CREDIT, **fields)
    for name, rows in parts.items():
        for position, row in enumerate(rows, start=1):
            add_part(PARTS[name], event=event, position=position, **row)
    # Last of all: a stored file stays behind when the event is rolled back.
    for position, row in enumerate(pictures, start=1):
        add_picture(event, position, **row)
    for position, row in enumerate(documents, start=1):
        add_document(event, position, **row)
    event.cover.save("cover.webp", ContentFile(draw_cover(event.slug, cover["motif"], cover["palette"])))
    return event


def add_part(model, organization=None, parties=(), **fields):
    if organization:
        fields["organization"] = organization_at(organization)
    part = add(model, **fields)
    if parties:
        part.parties.set([organization_at(slug) for slug in parties])
    return part


def add_picture(event, position, motif, palette, alt, caption):
    picture = Picture(title=f"{event.title}, {position}"[:200], alt=alt, credit=COVER_CREDIT)
    drawing = draw_cover(f"{event.slug}-{position}", motif, palette)
    picture.file.save("drawing.webp", ContentFile(drawing), save=False)
    picture.full_clean()
    picture.save()
    add(EventPicture, event=event, picture=picture, position=position, caption=caption)


def add_document(event, position, title, paragraphs):
    paper = ContentFile(write_paper(f"{title}: {event.title}", paragraphs), "paper.pdf")
    add(EventDocument, event=event, position=position, title=title, file=paper)
