"""Those who write while a backup is made. Each notes what it asked for, when, and when that was acknowledged."""

import io
import json
import os
import threading
import time
from dataclasses import dataclass
from http.client import HTTPException
from urllib.error import HTTPError

from PIL import Image

from rehearsals.drills.load import NUMBER


@dataclass(slots=True)
class Deed:
    what: object
    began: float
    ended: float | None = None  # Unless it was acknowledged.


class Client(threading.Thread):
    """`with Client(site):` acts again and again, `pause` seconds apart."""

    pause = 0.2

    def __init__(self, site):
        super().__init__()
        self.site = site
        self.deeds, self.failures = [], []
        self._stop_acting = threading.Event()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *error):
        self._stop_acting.set()
        self.join()

    def run(self):
        self.prepare()
        while not self._stop_acting.is_set() and not self.failures:
            try:
                self.act(len(self.deeds) + 1)
            except HTTPError as error:
                if not (error.code == 503 and error.headers["Retry-After"]):
                    self.failures.append(f"{type(self).__name__} was answered {error.code}.")
            except (OSError, HTTPException, AssertionError, ValueError, KeyError) as error:
                self.failures.append(f"{type(self).__name__}: {error!r}")
            self._stop_acting.wait(self.pause)

    def prepare(self):
        self.browser = self.site.sign_in("root", "root")

    def begin(self, what):
        self.deeds.append(Deed(what, time.monotonic()))
        return self.deeds[-1]

    def done(self, deed):
        deed.ended = time.monotonic()

    def before(self, moment):
        """Return what was acknowledged before a moment: it must be in a backup that began then."""
        return [deed.what for deed in list(self.deeds) if deed.ended and deed.ended < moment]

    def begun(self, moment):
        """Return what was asked for before a moment: nothing else can be in a backup that ended then."""
        return [deed.what for deed in list(self.deeds) if deed.began < moment]


class Editor(Client):
    """Saves an event with a panel, both called by the same number."""

    def prepare(self):
        super().prepare()
        ((pk,),) = self.site.rows("SELECT id FROM events_event WHERE slug = 'edited'")
        self.path = f"/admin/events/event/{pk}/change/"

    def act(self, number):
        form = self.browser.form(self.path)
        deed = self.begin(number)
        page = self.browser.post(
            self.path, {**form, "theme": str(number), "panels-0-title": str(number), "_save": "Save"}
        )
        assert "was changed successfully" in page, page[:300]
        self.done(deed)


class Uploader(Client):
    """Uploads pictures of random pixels, each under a title of its own."""

    def act(self, number):
        content = io.BytesIO()
        Image.frombytes("RGB", (96, 64), os.urandom(96 * 64 * 3)).save(content, "PNG")
        deed = self.begin(f"upload-{number}")
        answer = json.loads(
            self.browser.upload("/admin/events/picture/upload/", f"{deed.what}.png", content.getvalue())
        )
        assert answer["uploaded"], answer
        self.done(deed)


class Remover(Client):
    """Deletes one event after the other for good, with all that belongs to it."""

    def prepare(self):
        super().prepare()
        rows = "SELECT id, slug FROM events_event WHERE slug LIKE 'event-%' ORDER BY id"
        self.events = iter(self.site.rows(rows))

    def act(self, number):
        pk, slug = next(self.events)
        deed = self.begin(pk)
        self.browser.post(f"/admin/events/event/{pk}/delete/", {})
        page = self.browser.post(f"/admin/events/event/bin/{pk}/delete/", {"address": slug})
        assert "” permanently." in page, page[:300]
        self.done(deed)


class Reader(Client):
    """Asks for an event on one line; the number that each page prints is what it was acknowledged."""

    pause = 0.01

    def prepare(self):
        self.line = self.site.connect()

    def act(self, number):
        deed = self.begin(None)
        status, page = self.site.request("GET", "/events/bench/", keep=self.line)
        assert status == 200, status
        deed.what = int(NUMBER.search(page)[1])
        self.done(deed)
