"""The modes of the files that the site makes: its database holds hashes of passwords and keys of sessions."""

import os

OTHERS = 0o007


def keep_private():
    """Make files for their owner alone where the umask would let everybody read them; a stricter one stays as it is."""
    before = os.umask(0o077)
    if before & OTHERS == OTHERS:
        os.umask(before)
