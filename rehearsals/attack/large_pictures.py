"""The largest pictures that may be uploaded, several at once: memory is bounded and comes back, and readers go on."""

import io
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from PIL import Image

from rehearsals.attack.scene import EDITOR, PASSWORD, Memory

UPLOADS = 6
PEAK, LATER = 600, 250  # MB of a worker: while pictures come in, and a minute after
PAGE = 1.0  # seconds that a reader's page may take meanwhile
BETWEEN = 0.2  # seconds between two pages of the reader


def large_png():
    """A PNG of 50 megapixels with transparency, 207 KB as a file and 200 MB in each copy of its pixels."""
    content = io.BytesIO()
    Image.new("RGBA", (7070, 7070), (10, 120, 200, 128)).save(content, "PNG")
    return content.getvalue()


def large_webp():
    """A WebP of 49 megapixels, which Pillow decodes into four copies."""
    content = io.BytesIO()
    Image.linear_gradient("L").resize((7000, 7000)).convert("RGB").save(content, "WEBP", quality=30, method=0)
    return content.getvalue()


class Reader(threading.Thread):
    """Somebody who reads a page again and again; `took` are the seconds of each."""

    def __init__(self, site):
        super().__init__(daemon=True)
        self.site, self.took, self.stop = site, [], threading.Event()

    def run(self):
        while not self.stop.wait(BETWEEN):
            began = time.monotonic()
            status, _body = self.site.request("GET", "/events/full/")
            self.took.append(time.monotonic() - began if status == 200 else float("inf"))


def large_pictures(scene, options):
    """Six pictures of 50 megapixels at once, PNG and then WebP, by one session: memory, and a reader meanwhile."""
    site = scene.start(is_small=True, kind="sqlite", settings="rehearsals.attack.settings")
    workers = site.worker_pids()
    browser = site.sign_in(EDITOR, PASSWORD)
    browser.get("/admin/events/picture/add/")
    reader = Reader(site)
    with Memory(workers) as memory:
        reader.start()
        for content in (large_png(), large_webp()):
            upload_at_once(scene, browser, content)
        reader.stop.set()
        reader.join()
        time.sleep(60)
    peak = max(max(samples) for samples in memory.samples.values())
    later = max(samples[-1] for samples in memory.samples.values())
    scene.asked, scene.longest = len(reader.took) + 2 * UPLOADS, max(reader.took)
    scene.check(peak < PEAK, f"A worker took {peak:.0f} MB.")
    scene.check(later < LATER, f"A worker had {later:.0f} MB a minute later.")
    scene.check(scene.longest < PAGE, f"A reader's page took {scene.longest:.1f} s.")
    scene.note(f"MB of a worker: {peak:.0f} at most, {later:.0f} a minute later; {len(reader.took)} pages meanwhile")
    scene.check(set(site.worker_pids()) == set(workers), "A worker has died, or was made anew.")
    scene.check_log()


def upload_at_once(scene, browser, content):
    """Send the picture several times at once: each is stored, or the editor is asked to try again."""
    before = scene.site.rows("SELECT count(*) FROM events_picture")[0][0]

    def upload(number):
        return json.loads(browser.upload("/admin/events/picture/upload/", f"large-{number}.png", content))

    with ThreadPoolExecutor(UPLOADS) as pool:
        answers = list(pool.map(upload, range(UPLOADS)))
    stored = sum(answer["uploaded"] for answer in answers)
    busy = [answer["error"]["message"] for answer in answers if not answer["uploaded"]]
    scene.note(f"{stored} of {UPLOADS} were stored, {len(busy)} told to try again")
    scene.check(stored > 0, "No picture was stored.")
    scene.check(all("Try again" in message for message in busy), f"A picture was refused: {busy}")
    now = scene.site.rows("SELECT count(*) FROM events_picture")[0][0]
    scene.check(now - before == stored, f"{now - before} rows were stored, {stored} told.")
