"""The tables of the building blocks, found by Django here."""

from forum_site.admin.submissions import Submission
from forum_site.pagecache.models import PageVersion
from forum_site.search.models import SearchEntry, SearchPosting, SearchSpelling

__all__ = ["PageVersion", "SearchEntry", "SearchPosting", "SearchSpelling", "Submission"]
