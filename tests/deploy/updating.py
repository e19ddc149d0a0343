"""A site is updated while readers read and an editor saves: as docs/operations.md says, “A new release”."""

import threading
import time
from contextlib import contextmanager

from tests.deploy.steps import ALL, READERS, step
from tests.drills.load import CUT, REFUSED, percentile
from tests.migrating.releases import PREVIOUS, RELEASES, ROOT, unpack

LATE = {"DJANGO_SETTINGS_MODULE": "tests.deploy.late.settings"}
LONGEST_WAIT = 4  # seconds: what a migration may keep a reader waiting, and what a busy machine adds
OURS = ("links", "events", "organizations", "sign_in", "forum_site")
# What an editor entered: all of an event but what each save changes, and what no release before knows of.
ENTERED = """
    SELECT title, summary, body, publication, slug, cover, starts_on, ends_on FROM events_event WHERE slug = 'hot'
    UNION ALL SELECT title, description, '', '', room, '', day, NULL FROM events_panel
    UNION ALL SELECT place, seen, '', '', city, '', visited_on, NULL FROM events_visit
    UNION ALL SELECT title, summary, '', kind, status, document, signed_on, valid_until FROM events_agreement
    UNION ALL SELECT role, organization_id::text, '', '', '', '', NULL, NULL FROM events_participation
    ORDER BY 1, 2
"""


@step
def migrated_beside_query(stage):
    """A release that adds a column is migrated to while somebody else's query of the events lasts."""
    lasts = stage.seconds_locked
    with stage.load(READERS, in_flight=ALL) as load:
        time.sleep(2)
        with query_of_events(stage.postgresql, lasts):
            time.sleep(0.5)
            began = time.monotonic()
            run = stage.site.manage("migrate", environment=LATE, check=False, capture_output=True, text=True)
            took = time.monotonic() - began
        time.sleep(3)
    stage.check(run.returncode == 0, f"migrate: {run.stdout[-300:]}{run.stderr[-300:]}")
    ((there,),) = stage.site.rows(
        "SELECT COUNT(*) FROM information_schema.columns WHERE table_name = 'events_event' AND column_name = 'tried'"
    )
    stage.check(there == 1, "The column was not added.")
    attempts = run.stdout.count("Waiting for process") + 1
    stage.check(attempts > 1 and "pg_sleep" in run.stdout, "migrate did not tell for whom it waited.")
    stage.check(took >= lasts - 1, "migrate did not wait: the step proves nothing.")
    longest = max(sent.took for sent in load.sent)
    stage.check(longest < LONGEST_WAIT, f"A reader waited {longest:.1f} s.")
    stage.check(not load.of(REFUSED, CUT), f"{len(load.of(REFUSED, CUT))} readers were turned away or cut off.")
    stage.site.manage("migrate", "late", "zero", "--verbosity", "0", environment=LATE)
    stage.note(f"query of {lasts} s; migrate took {took:.0f} s, {attempts} attempts")
    stage.note(f"p99 {percentile(load.sent, 0.99) * 1000:.0f} ms")


@contextmanager
def query_of_events(postgresql, seconds):
    def ask():
        with postgresql.connect() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(%s) FROM (SELECT 1 FROM events_event LIMIT 1) AS one", [seconds])

    thread = threading.Thread(target=ask)
    thread.start()
    yield
    thread.join()


@step
def rolled(stage):
    """From the release before to this one, back and forward again: all counts and edits are there."""
    site = stage.site
    before = unpack(PREVIOUS, site.folder / PREVIOUS)
    entered = site.rows(ENTERED)
    begin_on(site, before)
    edits = []
    with stage.load(READERS, is_patient=True) as load:
        time.sleep(4)
        edits.append(edits_of(site))
        site.manage("migrate", "--verbosity", "0", tree=ROOT)
        for tree in (ROOT, before, ROOT):
            roll(site, tree)
            time.sleep(4)
            edits.append(edits_of(site))
    per_release = [later - earlier for earlier, later in zip([0, *edits], edits, strict=False)]
    stage.check(all(per_release), f"Not one edit was made on one of the four ways: {per_release}.")
    stage.check(site.rows(ENTERED) == entered, "What was entered is not what it was.")
    refused, cut = len(load.of(REFUSED)), len(load.of(CUT)) + load.unreached
    # nginx asks a node that was away once, and until that is answered, which takes a cold node long, goes to the other.
    stage.check(refused <= len(load.sent) / 1000 and not cut, f"{refused} were told to come again, {cut} were cut off.")
    log = stage.told()
    stage.check("Traceback" not in log, f"The log has a traceback: {log[log.find('Traceback') :][:1500]}")
    pending = site.manage("migrate", "--check", check=False, capture_output=True).returncode
    stage.check(pending == 0, "The tables are not those of this release.")
    stage.note(f"edits while on each: {', '.join(str(number) for number in per_release)}")
    stage.note(f"{stage.figures['told']} forms came back, to be looked over")


def begin_on(site, tree):
    """Have the site as it was: the code of that release, on its tables."""
    for node in site.nodes:
        node.stop()
    for app in OURS:
        site.manage("migrate", app, RELEASES[PREVIOUS]["migrations"].get(app, "zero"), "--verbosity", "0", tree=ROOT)
    site.manage("collectstatic", "--noinput", "--verbosity", "0", tree=tree)
    site.lead_to(tree)
    for node in site.nodes:
        node.start()
        site.wait_for(node)


def roll(site, tree):
    """One node after the other, to the release in `tree`, on tables that both can use."""
    site.manage("collectstatic", "--noinput", "--verbosity", "0", tree=tree)
    site.lead_to(tree)
    for node in site.nodes:
        node.stop()
        node.start()
        site.wait_for(node)


def edits_of(site):
    ((edits,),) = site.rows("SELECT COUNT(*) FROM django_admin_log WHERE action_flag = 2")
    return edits
