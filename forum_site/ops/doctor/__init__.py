"""What is wrong with an installation, and how it is mended: `manage.py doctor`.

A check is a function that returns a `Finding`, or nothing where all is well; `examination.py` lists them.
"""
