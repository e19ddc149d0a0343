"""The tables of the building blocks, found by Django here."""

from forum_site.editions import PageVersion
from forum_site.search.models import SearchEntry, SearchPosting, SearchSpelling
from forum_site.submissions import Submission

__all__ = ["PageVersion", "SearchEntry", "SearchPosting", "SearchSpelling", "Submission"]
