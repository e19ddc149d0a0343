"""The history of whole events: what each save made of an event and of all that belongs to it.

- `snapshot.py`: an event as data and back, `take_snapshot()` and `restore()`; `supposed()` is a stretch in which an
  event is what a snapshot says, and after which nothing has happened.
- `load.py`: `load()` makes the event of a snapshot in memory, for pages and forms: nothing is written by reading.
- `events/models/revision.py`: `Revision`, a snapshot with who, when and why, one of a chain that each event has.
- `store.py`: `record()` stores the version that an event is at, unless it is stored; `draft_of()` is its draft.
- `compare.py`: what differs between two snapshots, field by field and row by row, and `apply_changes()`, which makes a
  third one of both; `words.py` marks two texts word by word.

A working draft is a version that is not live. So is what somebody typed while somebody else saved: nothing is lost.
"""
