"""The tables of the building blocks, found by Django here."""

from forum_site.editions import PageVersion
from forum_site.search.models import SearchEntry, SearchPosting, SearchSpelling

__all__ = ["PageVersion", "SearchEntry", "SearchPosting", "SearchSpelling"]
