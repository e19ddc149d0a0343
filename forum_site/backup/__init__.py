"""Backups of the site: everything that cannot be made again, in one file that proves itself.

`archive.py` reads and writes the file, `rows.py` the database, `media.py` the uploaded files, `sequences.py` the keys
that were given. `dump.py`, `verify.py` and `restore.py` are the steps of the commands `backup` and `restore`.
"""
