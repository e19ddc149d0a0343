"""The chain of an event's versions: what it is at, and what is added to it.

Whoever saves an event holds its row, `locked()`, from reading to writing: versions are numbered one by one.
"""

from django.db.models import Max
from django.utils import timezone

from events.models.event import Event
from events.models.revision import Version
from events.revisions.load import load
from events.revisions.pictures import make_renditions
from events.revisions.snapshot import digest, parts, same, snapshot, snapshots, with_state

Deed = Version.Deed
LENGTH_OF_DIGEST = 32


def locked(key):
    """Hold the event's row until the end of the transaction; return whether it is there.

    The ledger, whose rows lead to it, is not kept waiting.
    """
    return bool(Event.objects.select_for_update(no_key=True).filter(pk=key).values_list("pk", flat=True))


def latest(key):
    """Return the last version that the event was at, if there is one."""
    return Version.objects.live().filter(event=key).order_by("-number").first()


def working_draft(key):
    return Version.objects.filter(event=key, is_working=True).first()


def drafted(key):
    """Return the event as its working draft has it, in memory, and that draft; without one, as it is stored."""
    event, draft = Event.objects.for_detail().get(pk=key), working_draft(key)
    return load_draft(draft, event) if draft else event, draft


def load_draft(draft, event):
    """Return the stored event as its working draft has it, in memory."""
    return load(with_state(draft.whole, event.publication_status))


def version(key, mark):
    """Return the version of this number or mark, as it was typed or sent, if the event has it."""
    mark = str(mark)
    versions = Version.objects.filter(event=key)
    if mark.isascii() and mark.isdigit() and len(mark) < 10:
        return versions.filter(number=mark).first()
    if not is_digest(mark):
        return None
    return next(
        (each for each in versions.order_by("-number").iterator(chunk_size=10) if digest(each.whole) == mark), None
    )


def is_digest(mark):
    return len(mark) == LENGTH_OF_DIGEST and set(mark) <= set("0123456789abcdef")


def mark_of(version):
    """Return what a form bears of the version that it shows: its number or, of one that is not stored, its digest."""
    return str(version.number or digest(version.whole))


def present(key):
    """Return the version that the event is at; where that is not stored yet, without a number: `record()` stores it."""
    last, whole = latest(key), snapshot(key)
    return (
        last if last and same(last.whole, whole) else _made(key, None, whole, Deed.FOUND, None, made_at=timezone.now())
    )


def record(key, deed=Deed.FOUND, user=None, comment=""):
    """Return the version that the event is at now; store it, unless it is stored already."""
    last, whole = latest(key), snapshot(key)
    if last and same(last.whole, whole):
        return last
    return add(key, whole, deed, user, comment)


def add(key, whole, deed, user=None, comment="", **fields):
    """Store a snapshot as the next version of the event."""
    number = Version.objects.filter(event=key).aggregate(last=Max("number"))["last"] or 0
    made = _made(key, number + 1, whole, deed, user, comment, **fields)
    made.save()
    return made


def enter(keys, user, comment=""):
    """Store what new events are at as the first version of each."""
    wholes = snapshots(keys)
    Version.objects.bulk_create(_made(key, 1, wholes[key], Deed.ENTERED, user, comment) for key in keys)


def _made(key, number, whole, deed, user, comment="", **fields):
    name = (user.get_full_name() or user.get_username()) if user else ""
    return Version(
        event_id=key,
        number=number,
        deed=deed,
        made_by=user,
        name=name[:200],
        comment=comment[:300],
        whole=whole,
        **fields,
    )


def keep_draft(key, whole, user, based_on, comment="", deed=Deed.DRAFTED):
    """Store a snapshot as the event's working draft, in place of the one before."""
    drop_draft(key)
    make_renditions(whole, snapshot(key), parts())
    return add(key, whole, deed, user, comment, based_on=based_on, is_working=True)


def set_aside(key, whole, user, based_on, is_draft=False):
    """Store a snapshot that somebody else's save came before, meant for readers or as a working draft."""
    make_renditions(whole, snapshot(key), parts())
    return add(key, whole, Deed.DRAFT_ASIDE if is_draft else Deed.SET_ASIDE, user, based_on=based_on)


def drop_draft(key):
    """Have no working draft any more; what it was stays in the history."""
    Version.objects.filter(event=key, is_working=True).update(is_working=False)
