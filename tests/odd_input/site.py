"""A site with something of everything, and with events that nobody may see: each of their fields says `HIDDEN`.

`OddSite.ask()` sends one request, as a server would hand it on, and notes in `row_errors` what an answer must not be:
an error, dear (by `tests.cost`), or, for a visitor, one that tells of what is hidden. `content()` is a checksum of all
rows but those that looking at a page may write (`BY_LOOKING`).
"""

import datetime
import hashlib
import time
import traceback
from io import BytesIO
from urllib.parse import unquote_to_bytes

from django.apps import apps
from django.core.signals import got_request_exception
from django.db import DatabaseError, models, transaction
from django.test.client import ClientHandler
from django.utils import timezone

from events.models import Event, PreviewLink, Series, Tag
from events.revisions import store
from events.revisions.snapshot import take_snapshot
from forum_site.search.indexing import batch_indexing
from tests.cost import loop_time
from tests.factories import (
    make_agreement,
    make_document,
    make_event,
    make_organization,
    make_panel,
    make_participation,
    make_picture,
    make_place,
    make_shows,
    make_visit,
)
from tests.forum_site.test_permission_matrix import Site

HIDDEN = "zqhidden"
MAX_LOOPS = 1_000  # that an answer may cost, as in tests/cost.py: a form whose cost grows by a square has many more
PROFILE_TEXTS = {"time_zone", "slug", "language", "country"}  # Texts that are chosen.
# What a look at a page may write: the number of shows and readers, and the session of somebody who signs in.
BY_LOOKING = {"events.ShowTotal", "events.ShowCount", "events.CountingMethod", "sessions.Session"}


def texts(model, text):
    """Return for each field of `model` that holds a text of one's own: `text`, or an address that names it."""
    found = {}
    for field in model._meta.concrete_fields:
        if not isinstance(field, models.CharField | models.TextField) or isinstance(field, models.FileField):
            continue
        if field.choices or field.name in PROFILE_TEXTS or not field.editable:
            continue
        found[field.name] = f"https://{text}.example/" if isinstance(field, models.URLField) else text
    return found


def make_hidden(**fields):
    """Return an event of one day whose every field, and whatever belongs to it, says `HIDDEN`."""
    event = make_event(**texts(Event, HIDDEN), **fields)
    event.series = Series.objects.get_or_create(name=f"{HIDDEN} series")[0]
    event.cover = f"covers/{HIDDEN}-1600x1200.jpg"
    event.save()
    event.tags.add(Tag.objects.get_or_create(name=f"{HIDDEN} tag")[0])
    house = make_organization(name=f"House {event.pk}", slug=f"house-{event.pk}")
    part = make_participation(event, house, role="host")
    for row in (
        *(part, make_panel(event), make_visit(event, organization=house), make_agreement(event, [house])),
        *(make_place(event, make_picture(**texts(apps.get_model("events", "Picture"), HIDDEN))), make_document(event)),
    ):
        for name, text in texts(type(row), HIDDEN).items():
            setattr(row, name, text)
        row.save()
    return event


class OddSite(Site):
    """Beside the rows of the matrix of rights, hidden ones, and something of everything on the published event."""

    def __init__(self, *people):
        super().__init__(*people)
        now, day = timezone.now(), datetime.timedelta(days=1)
        with batch_indexing():
            event, house = self.published, self.organization
            event.starts_on = event.ends_on = datetime.date(2023, 5, 17)
            event.city, event.country, event.venue, event.body = "Almaty", "KZ", "Hall", "<p>On ports.</p>"
            event.series = self.series
            event.save()
            event.tags.add(self.tag)
            make_place(event, self.picture)
            make_document(event)
            make_shows(event, 5)
            self.hidden = [
                make_hidden(publication_status=Event.PublicationStatus.DRAFT, slug="secret-draft"),
                make_hidden(publication_status=Event.PublicationStatus.IN_REVIEW, slug="secret-review"),
                make_hidden(publication_status=Event.PublicationStatus.UNPUBLISHED, slug="secret-unpublished"),
                make_hidden(publication_status=Event.PublicationStatus.TRASHED, slug="secret-trashed"),
                make_hidden(publish_at=now + day, slug="secret-to-come"),
                make_hidden(unpublish_at=now - day, slug="secret-gone"),
            ]
            for hidden in self.hidden:
                store.record(hidden.pk)
            # A working draft of what readers see.
            self.with_draft = make_event(title="Drafted", slug="drafted", body="<p>On rails.</p>")
            base_number = store.record(self.with_draft.pk).number
            seen = {"title": "Drafted", "body": "<p>On rails.</p>"}
            Event.objects.filter(pk=self.with_draft.pk).update(title=HIDDEN, body=f"<p>{HIDDEN}</p>")
            draft = take_snapshot(self.with_draft.pk)
            Event.objects.filter(pk=self.with_draft.pk).update(**seen)
            store.save_draft(self.with_draft.pk, draft, None, base_number, HIDDEN)
            self.link = PreviewLink.objects.create(event=self.draft, expires_at=now + day, recipient=HIDDEN)
            self.ended_link = PreviewLink.objects.create(event=self.hidden[0], expires_at=now - day, recipient=HIDDEN)
        self.house = house
        self.row_errors, self.asked, self.loop = [], 0, loop_time()
        self._handler = ClientHandler(enforce_csrf_checks=False)

    def ask(self, method, address, body=b"", content_type="", who="anonymous", is_kept=True, what="", **headers):
        """Return the answer, or None where there is none; with `is_kept=False` take back what it has stored.

        `address` is percent-encoded, `headers` are as WSGI names them, `what` tells a fault from others.
        """
        path, _mark, query = address.partition("?")
        cookies = self.cookies[who].output(attrs=[], header="", sep=";").strip()
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "SCRIPT_NAME": "",
            "SERVER_NAME": "testserver",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "192.0.2.1",
            "wsgi.revision": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(body),
            "wsgi.errors": BytesIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            **({"HTTP_COOKIE": cookies} if cookies else {}),
            **({"CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": content_type} if body or content_type else {}),
            **headers,
        }
        self.asked += 1
        raised = []

        def note(**_signal):
            raised.append(traceback.format_exc(limit=-4))

        got_request_exception.connect(note)
        response, content, began = None, b"", time.thread_time()
        try:
            with transaction.atomic():
                response = self._handler(environ)
                content = b"".join(response.streaming_content) if response.streaming else response.content
                if not is_kept:
                    transaction.set_rollback(True)
        except DatabaseError:
            raised.append(traceback.format_exc(limit=-4))
        finally:
            got_request_exception.disconnect(note)
        took = time.thread_time() - began
        told = f"{method} {address[:150]!r} {what[:150]!r} by {who}"
        if raised:
            self.row_errors.append(f"{told}: {raised[0]}")
        elif response.status_code >= 500:
            self.row_errors.append(f"{told}: {response.status_code}")
        if took > MAX_LOOPS * self.loop:
            self.loop = max(self.loop, loop_time())  # The processor may have become slower.
        if took > MAX_LOOPS * self.loop:
            self.row_errors.append(f"{told}: the cost of {took / self.loop:.0f} loops")
        if response is not None and who == "anonymous":
            seen = content.lower() + response.serialize_headers().lower()
            if HIDDEN.encode() in seen and HIDDEN not in address.lower():
                self.row_errors.append(f"{told}: tells what is hidden")
        return response

    def content(self):
        """Return a checksum for each model, of all its rows."""
        return {
            model._meta.label: hashlib.sha256(
                "\n".join(sorted(map(repr, model._base_manager.values_list()))).encode("utf-8", "surrogatepass")
            ).hexdigest()
            for model in apps.get_models(include_auto_created=True)
            if model._meta.label not in BY_LOOKING and model._meta.managed
        }

    def assert_sound(self):
        assert not self.row_errors, f"{len(self.row_errors)} of {self.asked} answers:\n" + "\n".join(
            self.row_errors[:20]
        )
