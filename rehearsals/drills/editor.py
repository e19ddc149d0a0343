"""Somebody who edits an event in the admin, again and again, and tries again when told to."""

import threading
import time
from http.client import HTTPException
from urllib.error import HTTPError

LONGEST = 60  # seconds until an edit that is never acknowledged is given up


class Editor:
    """`with Editor(site, slug):` edits the theme of an event every `pause` seconds."""

    def __init__(self, site, slug, pause=0.5):
        self.pause = pause
        self.attempts = self.acknowledged = self.refused = self.cut = 0
        self.longest = 0.0
        self.failures = []
        self.theme = ""  # as it was acknowledged last
        self._site, self._slug = site, slug
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        ((pk,),) = site.rows(f"SELECT id FROM events_event WHERE slug = '{slug}'")
        self._path = f"/admin/events/event/{pk}/change/"
        self._browser = site.sign_in("root", "root")
        self._browser.form(self._path)  # Raises, unless the editor may.

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, error, *_more):
        if error:
            self.failures.append("The drill was broken off.")
        self._stop.set()
        self._thread.join()

    def _run(self):
        while not self._stop.is_set() and not self.failures:
            started = time.monotonic()
            theme = f"Theme {self.acknowledged + 1}"
            while not self._save(theme) and not self.failures:
                if time.monotonic() - started > LONGEST:
                    self.failures.append(f"An edit was not acknowledged within {LONGEST} s.")
                time.sleep(0.2)
            self.longest = max(self.longest, time.monotonic() - started)
            self._stop.wait(self.pause)

    def _save(self, theme):
        """Return whether the edit was acknowledged, or is found stored by the attempt before, which was cut."""
        try:
            form = self._browser.form(self._path)  # Anew, for it bears the version that it was opened on.
            if form.get("theme") == theme:
                page = "was changed successfully"
            else:
                self.attempts += 1
                page = self._browser.post(self._path, {**form, "theme": theme, "_save": "Save"})
        except HTTPError as error:
            body = error.read().decode(errors="replace")
            if error.code == 503 and error.headers["Retry-After"] and "Traceback" not in body:
                self.refused += 1
            else:
                traceback = " with a traceback" if "Traceback" in body else ""
                self.failures.append(f"An edit was answered {error.code}{traceback}.")
            return False
        except (OSError, HTTPException):
            self.cut += 1
            return False
        if "was changed successfully" not in page:
            self.failures.append(f"An edit was not acknowledged: {page[:500]}")
            return False
        self.acknowledged += 1
        self.theme = theme
        return True

    def problems(self):
        """Yield a sentence for each thing that is not stored as it was acknowledged."""
        yield from self.failures
        ((stored,),) = self._site.rows(f"SELECT theme FROM events_event WHERE slug = '{self._slug}'")
        if stored != self.theme and not self.failures:
            yield f"The edit acknowledged last, “{self.theme}”, is not stored: “{stored}”."
        ((noted,),) = self._site.rows("SELECT COUNT(*) FROM django_admin_log WHERE action_flag = 2")
        if not self.acknowledged <= noted <= self.attempts:
            yield f"Edits: {self.acknowledged} acknowledged, {noted} in the history, {self.attempts} sent."
        if not self.acknowledged:
            yield "Not one edit was acknowledged."

    def figures(self):
        return {"edits": self.acknowledged, "longest edit": self.longest}
