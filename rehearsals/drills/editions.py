"""What is changed is seen by the very next reader of each worker, whichever way it was changed."""

import json
import time
from collections import defaultdict
from pathlib import Path
from time import monotonic

from rehearsals.drills.load import NUMBER, SHOWN, Load, Sent
from rehearsals.drills.stage import HOT, drill

LIST = "/events/"
LINES = 64  # connections, of which the system gives each worker some
LATE = 0.02  # seconds after its moment at which a scheduled publication is asked for

PREPARE = """
from events.models import Event
from organizations.models import Organization
from tests.factories import make_organization, make_participation
hot = Event.objects.get(slug="hot")
ministry = make_organization(name="The ministry", slug="ministry")
for name, role, parent, position in [
    ("First house", "organizer", None, 10), ("Second house", "organizer", None, 11),
    ("The department", "partner", ministry, 12), ("The ministry", "host", None, 13),
]:
    house = ministry if name == ministry.name else make_organization(name=name, parent=parent)
    make_participation(hot, house, role=role, position=position)
Event.objects.filter(slug="event-2").update(starts_on="2024-01-01", ends_on="2024-01-01")  # On the first page.
Event.objects.filter(slug="hot").update(starts_on="2024-01-02", ends_on="2024-01-02")
"""
IN_BULK = "from events.models import Event; Event.objects.filter(slug='hot').update(title='Changed in bulk')"
SCHEDULED = """
import datetime
from django.utils import timezone
from tests.factories import make_event
due = timezone.now() + datetime.timedelta(seconds=5)
make_event(slug="soon", title="Coming soon", starts_on=datetime.date(2024, 1, 3), publish_at=due)
print("due", due.timestamp())
"""


@drill
def editions(stage):
    """After an edit, a bulk action and other changes: the next request to each of 4 workers shows it."""
    Newsroom(stage, "postgresql").work()


@drill
def editions_sqlite(stage):
    """The same on SQLite."""
    Newsroom(stage, "sqlite").work()


class Newsroom:
    """One who changes, and a reader at each worker who looks before and after."""

    def __init__(self, stage, kind):
        self.stage = stage
        self.site = stage.start(kind)
        self.site.manage("shell", "--verbosity", "0", "-c", PREPARE)
        self.admin = self.site.sign_in("root", "root")
        self.books = Load(self.site.port, {})
        self.lines = connection_to_each_worker(self.site)
        stage.check(len(self.lines) == self.site.workers, f"Only {len(self.lines)} workers were reached.")
        self.asked = 0

    def work(self):
        for change in (
            self.edit, self.update, self.move, self.rename_parent, self.publish_in_time, self.load, self.delete
        ):  # fmt: skip
            self.look(HOT)  # So that each worker keeps the pages as they were.
            change()
        self.stage.close_books(self.books)
        self.stage.note(f"7 kinds of change, {len(self.lines)} workers, each asked on a line of its own")

    def edit(self):
        form = self.admin.form(self.change_page("hot"))
        self.admin.post(self.change_page("hot"), {**form, "title": "Edited", "theme": "An edited theme"})
        self.expect("an edit in the admin", HOT, "Edited</h1>", "“An edited theme”", on_list="Edited</a>")

    def update(self):
        self.site.manage("shell", "--verbosity", "0", "-c", IN_BULK)
        self.expect("update() of a queryset", HOT, "Changed in bulk</h1>", on_list="Changed in bulk</a>")

    def move(self):
        form = self.admin.form(self.change_page("hot"))
        rows = self.site.rows(
            "SELECT part.id, house.name FROM events_participation AS part"
            " JOIN organizations_organization AS house ON house.id = part.organization_id"
        )
        names = dict(rows)
        places = {
            names[int(value)]: name.replace("-id", "-position")
            for name, value in form.items()
            if name.startswith("participations-") and name.endswith("-id") and value
        }
        first, second = places["First house"], places["Second house"]
        form[first], form[second] = form[second], form[first]
        self.admin.post(self.change_page("hot"), form)
        self.expect(
            "an inline moved", HOT, "Second house", "First house", on_list="Second house</bdi> · <bdi>First house"
        )

    def rename_parent(self):
        ((pk,),) = self.site.rows("SELECT id FROM organizations_organization WHERE slug = 'ministry'")
        path = f"/admin/organizations/organization/{pk}/change/"
        self.admin.post(path, {**self.admin.form(path), "name": "The renamed"})
        self.expect(
            "a parent renamed", HOT, "The department</a>", "part of", "The renamed</a>", on_list="The renamed</bdi>"
        )

    def publish_in_time(self):
        told = self.site.manage("shell", "--verbosity", "0", "-c", SCHEDULED, capture_output=True, text=True).stdout
        due = float(told.split()[-1])
        for line in self.lines.values():
            self.stage.check(self.ask(line, "/events/soon/")[0] == 404, "An event was shown before its time.")
            self.stage.check("Coming soon" not in self.ask(line, LIST)[1], "An event was listed before its time.")
        self.stage.check(time.time() < due, "The scheduled event was asked for too late: the drill proves nothing.")
        time.sleep(max(0, due + LATE - time.time()))
        self.expect("a publication come due", "/events/soon/", "Coming soon</h1>", on_list="Coming soon</a>")

    def load(self):
        ((pk,),) = self.site.rows("SELECT id FROM events_event WHERE slug = 'hot'")
        dump = self.site.manage("dumpdata", "events.event", "--pks", str(pk), capture_output=True, text=True).stdout
        (row,) = json.loads(dump)
        row["fields"]["title"] = "Imported"
        file = Path(self.site.environment["VAR_DIR"]) / "import.json"
        file.write_text(json.dumps([row]))
        self.site.manage("loaddata", "--verbosity", "0", str(file))
        self.expect("an import", HOT, "Imported</h1>", on_list="Imported</a>")

    def delete(self):
        ((pk,),) = self.site.rows("SELECT id FROM events_event WHERE slug = 'event-2'")
        for line in self.lines.values():
            self.stage.check("Event 2</a>" in self.ask(line, LIST)[1], "There is nothing to delete.")
        form = {"action": "delete_selected", "_selected_action": pk, "post": "yes"}
        self.admin.post("/admin/events/event/", form)
        for line in self.lines.values():
            self.stage.check("Event 2</a>" not in self.ask(line, LIST)[1], "A bulk action: the list is the old one.")
            self.stage.check(self.ask(line, "/events/event-2/")[0] == 404, "A bulk action: the page is still there.")

    def change_page(self, slug):
        ((pk,),) = self.site.rows(f"SELECT id FROM events_event WHERE slug = '{slug}'")
        return f"/admin/events/event/{pk}/change/"

    def look(self, page):
        """Return the page and the list, as each worker gives them."""
        seen = []
        for number, line in enumerate(self.lines.values()):
            order = (page, LIST) if number % 2 else (LIST, page)  # The very next request is the one or the other.
            bodies = {path: self.ask(line, path)[1] for path in order}
            seen.append((bodies[page], bodies[LIST]))
        return seen

    def expect(self, change, path, *on_page, on_list):
        """Check that all workers show `on_page`, in this order, and `on_list`."""
        for worker, (page, page_of_list) in enumerate(self.look(path), start=1):
            place = 0
            for text in on_page:
                place = page.find(text, place) if place >= 0 else place
            self.stage.check(place >= 0, f"After {change}, worker {worker} shows the old page.")
            self.stage.check(on_list in page_of_list, f"After {change}, worker {worker} shows the old list.")

    def ask(self, line, path):
        started = monotonic()
        status, body = self.site.request("GET", path, keep=line)
        if number := NUMBER.search(body):
            self.books.sent.append(Sent(path, started, monotonic(), SHOWN, int(number[1])))
        return status, body.decode()


def connection_to_each_worker(site):
    """Return a connection to each worker that was reached, by its process."""
    lines = [site.connect() for _ in range(LINES)]
    for line in lines:
        site.request("GET", "/organizations/", keep=line)  # Now a worker has taken it.
    owners = {inode: pid for pid in site.worker_pids() for inode in sockets_of(pid)}
    by_worker = defaultdict(list)
    for line in lines:
        by_worker[owners.get(inode_at(site.port, line.sock.getsockname()[1]))].append(line)
    by_worker.pop(None, None)
    return {pid: some[0] for pid, some in by_worker.items()}


def sockets_of(pid):
    """Return the inodes of the sockets that a process holds."""
    links = []
    for file in Path(f"/proc/{pid}/fd").iterdir():
        try:
            links.append(str(file.readlink()))
        except FileNotFoundError:  # Closed meanwhile.
            continue
    return [link.removeprefix("socket:[").removesuffix("]") for link in links if link.startswith("socket:")]


def inode_at(port, remote_port):
    """Return the inode of the socket that `port` of this machine has for a connection from `remote_port`."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _number, local, remote, *_states, inode = line.split()[:10]
        if local.endswith(f":{port:04X}") and remote.endswith(f":{remote_port:04X}"):
            return inode
    return None
