"""Backups of the site: everything that cannot be made anew, in one file that proves itself.

`archive.py` reads and writes the file, `rows.py` the database, `media.py` the uploaded files, `sequences.py` which keys were
given. `dump.py`, `verify.py` and `restore.py` put them together for the commands `backup` and `restore`.
"""
