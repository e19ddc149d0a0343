"""JSON that others may have written: read within bounds, so that a small file cannot fill the memory, and as one thing.

What Python's reader lets pass beyond JSON (NaN, a key that stands twice) is refused.
"""

import json

MOST_VALUES = 2_000_000  # of one text; each takes up to 100 bytes once it is read, and as few as two before


def read(text, most=MOST_VALUES):
    """Return what a text says; raise `ValueError` or `RecursionError` where it says nothing that a backup would."""
    if sum(map(text.count, (b",", b"[", b"{"))) > most:  # In texts, too: nobody writes as many.
        raise ValueError("it has more values than a backup writes")
    return json.loads(text.decode("utf-8", "surrogatepass"), object_pairs_hook=once_each, parse_constant=refuse)


def once_each(pairs):
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands in it twice")
    return found


def refuse(constant):
    raise ValueError(f"{constant} is no number")
