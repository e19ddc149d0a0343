"""The chain of an event's versions: what it is at, and what is added to it.

Whoever saves an event holds its row, `lock()`, from reading to writing: versions are numbered one by one.
"""

from django.db.models import Max
from django.utils import timezone

from events.models.event import Event
from events.models.revision import Revision
from events.revisions.load import load
from events.revisions.pictures import generate_renditions
from events.revisions.snapshot import equal, fingerprint, parts, take_snapshot, take_snapshots, with_state

Action = Revision.Action
FINGERPRINT_LENGTH = 32


def lock(key):
    """Hold the event's row until the end of the transaction; return whether it is there.

    The daily counts, whose rows lead to it, is not kept waiting.
    """
    return bool(Event.objects.select_for_update(no_key=True).filter(pk=key).values_list("pk", flat=True))


def latest(key):
    """Return the last version that the event was at, if there is one."""
    return Revision.objects.live().filter(event=key).order_by("-number").first()


def draft_of(key):
    return Revision.objects.filter(event=key, is_draft=True).first()


def with_draft(key):
    """Return the event as its working draft has it, in memory, and that draft; without one, as it is stored."""
    event, draft = Event.objects.for_detail().get(pk=key), draft_of(key)
    return load_draft(draft, event) if draft else event, draft


def load_draft(draft, event):
    """Return the stored event as its working draft has it, in memory."""
    return load(with_state(draft.content, event.publication_status))


def revision(key, mark):
    """Return the version of this number or mark, as it was typed or sent, if the event has it."""
    mark = str(mark)
    revisions = Revision.objects.filter(event=key)
    if mark.isascii() and mark.isdigit() and len(mark) < 10:
        return revisions.filter(number=mark).first()
    if not is_fingerprint(mark):
        return None
    return next(
        (each for each in revisions.order_by("-number").iterator(chunk_size=10) if fingerprint(each.content) == mark),
        None,
    )


def is_fingerprint(mark):
    return len(mark) == FINGERPRINT_LENGTH and set(mark) <= set("0123456789abcdef")


def reference_of(revision):
    """Return what a form bears of the version that it shows: its number or, of one that is not stored, its digest."""
    return str(revision.number or fingerprint(revision.content))


def current(key):
    """Return the version that the event is at; where that is not stored yet, without a number: `record()` stores it."""
    last, content = latest(key), take_snapshot(key)
    return (
        last
        if last and equal(last.content, content)
        else _made(key, None, content, Action.EXTERNAL, None, created_at=timezone.now())
    )


def record(key, action=Action.EXTERNAL, user=None, comment=""):
    """Return the version that the event is at now; store it, unless it is stored already."""
    last, content = latest(key), take_snapshot(key)
    if last and equal(last.content, content):
        return last
    return add(key, content, action, user, comment)


def add(key, content, action, user=None, comment="", **fields):
    """Store a snapshot as the next version of the event."""
    number = Revision.objects.filter(event=key).aggregate(last=Max("number"))["last"] or 0
    made = _made(key, number + 1, content, action, user, comment, **fields)
    made.save()
    return made


def record_new(keys, user, comment=""):
    """Store what new events are at as the first version of each."""
    contents = take_snapshots(keys)
    Revision.objects.bulk_create(_made(key, 1, contents[key], Action.CREATED, user, comment) for key in keys)


def _made(key, number, content, action, user, comment="", **fields):
    name = (user.get_full_name() or user.get_username()) if user else ""
    return Revision(
        event_id=key,
        number=number,
        action=action,
        user=user,
        user_name=name[:200],
        comment=comment[:300],
        content=content,
        **fields,
    )


def save_draft(key, content, user, base_number, comment="", action=Action.DRAFT):
    """Store a snapshot as the event's working draft, in place of the one before."""
    discard_draft(key)
    generate_renditions(content, take_snapshot(key), parts())
    return add(key, content, action, user, comment, base_number=base_number, is_draft=True)


def save_conflict(key, content, user, base_number, is_draft=False):
    """Store a snapshot that somebody else's save came before, meant for readers or as a working draft."""
    generate_renditions(content, take_snapshot(key), parts())
    return add(key, content, Action.DRAFT_CONFLICT if is_draft else Action.CONFLICT, user, base_number=base_number)


def discard_draft(key):
    """Have no working draft any more; what it was stays in the history."""
    Revision.objects.filter(event=key, is_draft=True).update(is_draft=False)
