"""What an installation is put through while readers read and an editor saves; each step ends with the books closed."""

import os
import subprocess
import time
from contextlib import contextmanager, suppress
from urllib.error import HTTPError

from rehearsals.deploy.greedy import Greedy
from rehearsals.drills.load import CUT, REFUSED, percentile
from rehearsals.drills.stage import HOT, OTHER

READERS = {HOT: 16, OTHER: 8}
ALL = sum(READERS.values())
STEPS = {}


def step(function):
    STEPS[function.__name__] = function
    return function


@step
def nodes_killed(stage):
    """Each node is killed with all its workers, as by the system that is out of memory, and started after a second."""
    with stage.load(READERS, in_flight=2 * ALL):
        for node in stage.site.nodes:
            time.sleep(3)
            node.kill()
            time.sleep(1)  # RestartSec
            node.start()
            stage.site.wait_for(node)
        time.sleep(3)


@step
def postgresql_restarted(stage):
    """PostgreSQL is stopped as by a power cut, and started."""
    with stage.load(READERS, in_flight=ALL) as load:
        time.sleep(3)
        accepting = stage.postgresql.restart()
        time.sleep(5)
        back = load.waited_for_a_show(accepting)
    stage.check(back is not None and back < 5, "No show within five seconds of PostgreSQL accepting connections.")
    stage.check(stage.figures["refused"] > 0, "Nobody noticed: the step proves nothing.")
    stage.note(f"first show after {back or 0:.2f} s")


@step
def proxy_restarted(stage):
    """nginx is stopped as systemd stops it, is away for a second, and is started."""
    with stage.load(READERS, in_flight=ALL) as load:
        time.sleep(3)
        stage.site.stop_proxy()
        time.sleep(1)
        stage.site.start_proxy()
        time.sleep(4)
    stage.check(load.unreached > 0, "Nobody noticed: the step proves nothing.")


@step
def reloaded(stage):
    """Ten times both nodes are reloaded, then each is stopped and started: nobody is turned away or cut off."""
    with stage.load(READERS) as load:
        time.sleep(2)
        for _ in range(10):
            for node in stage.site.nodes:
                before = node.workers()
                node.reload()
                wait_until(lambda node=node, before=before: not node.workers() & before, 40)
        for node in stage.site.nodes:
            node.stop()
            node.start()
            stage.site.wait_for(node)
        time.sleep(2)
    turned = len(load.of(REFUSED, CUT)) + load.unreached
    stage.check(turned == 0, f"{turned} requests were turned away or cut off.")


@step
def media_full(stage):
    """The disk of media is full: readers and edits go on, an upload is told, and nothing half is left."""
    media = stage.site.folder / "var" / "media"
    (known,) = stage.site.rows("SELECT COALESCE(MAX(id), 0) FROM events_picture")
    with stage.load(READERS):
        time.sleep(2)
        with small_disk(media):
            with_room = stage.upload("before.png")
            fill(media)
            without = stage.upload("after.png")
            stored = [
                media / name for (name,) in stage.site.rows(f"SELECT file FROM events_picture WHERE id > {known[0]}")
            ]
            is_whole = len(stored) == 1 and stored[0].stat().st_size > 0
            others = [path for path in media.rglob("*.*") if is_whole and not path.stem.startswith(stored[0].stem)]
            time.sleep(2)
        time.sleep(1)
    stage.site.rows(f"DELETE FROM events_picture WHERE id > {known[0]}")
    stage.check('"uploaded": 1' in with_room, f"An upload with room failed: {with_room[:200]}")
    stage.check('"uploaded": 0' in without and "disk" in without, f"A full disk was not told: {without[:200]}")
    stage.check(is_whole, f"Of two uploads, one with room, {len(stored)} have a row, or its file is empty.")
    stage.check(not others, f"Of the upload without room is left: {others}.")


@step
def one_client_greedy(stage):
    """One client asks on 200 lines at once, and keeps 200 more half asked: all others go on, undisturbed."""
    with stage.load(READERS) as load:
        time.sleep(3)
        since = time.monotonic()
        with Greedy(stage.site) as greedy:
            time.sleep(8)
        until = time.monotonic()
        time.sleep(1)
    before = [sent for sent in load.sent if sent.ended < since]
    during = [sent for sent in load.sent if since <= sent.started <= until]
    stage.check(not load.of(REFUSED, CUT), "A reader was turned away.")
    stage.check(greedy.answers[429] > 0, "The greedy client was never told: the step proves nothing.")
    strange = {status for status in greedy.answers if status not in (200, 429)}
    stage.check(not strange, f"The greedy client was answered {strange}.")
    stage.note(f"greedy: {greedy.answers[200]} answered, {greedy.answers[429]} told 429")
    stage.note(
        f"p99 of the others {percentile(during, 0.99) * 1000:.0f} ms, before {percentile(before, 0.99) * 1000:.0f}"
    )


def wait_until(is_so, seconds):
    until = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > until:
            raise TimeoutError(f"Not so within {seconds} s.")
        time.sleep(0.1)


@contextmanager
def small_disk(folder):
    """Mount a disk of 4 MB on `folder` for as long as this lasts."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "forum-site-test", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder):
    with suppress(OSError), (folder / "filler").open("wb", buffering=0) as file:
        while True:
            file.write(os.urandom(4096))


def upload(site, name, picture):
    """Send a picture to the library as its page does, and return the answer's text."""
    browser = site.sign_in("root", "root")
    browser.get("/admin/")
    try:
        return browser.upload("/admin/events/picture/upload/", name, picture)
    except HTTPError as error:
        return f"{error.code} {error.read(300)!r}"
