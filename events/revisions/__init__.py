"""The history of whole events: what each save made of an event and of all that belongs to it.

- `snapshot.py`: an event as data and back, `snapshot()` and `restore()`; `supposed()` is a stretch in which an event is
  what a snapshot says, and after which nothing has happened.
- `load.py`: `load()` makes the event of a snapshot in memory, for pages and forms: nothing is written by reading.
- `events/models/revision.py`: `Version`, a snapshot with who, when and why, one of a chain that each event has.
- `store.py`: `record()` stores the version that an event is at, unless it is stored; `working_draft()` is its draft.
- `compare.py`: what differs between two snapshots, field by field and row by row, and `taken()`, which makes a
  third one of both; `words.py` marks two texts word by word.

A working draft is a version that is not live. So is what somebody typed while somebody else saved: nothing is lost.
"""
