"""The one table of the building blocks, found by Django here."""

from forum_site.editions import PageVersion

__all__ = ["PageVersion"]
