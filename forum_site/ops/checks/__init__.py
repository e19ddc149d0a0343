"""Checks of settings, headers, database, disk and mail. What the environment may not say is refused by env.py."""

from forum_site.ops.checks import database, disk, editor, http, mail, settings

__all__ = ["database", "disk", "editor", "http", "mail", "settings"]
