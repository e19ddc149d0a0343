"""The site as it is served, and beside its addresses those that it is measured against."""

from forum_site.settings import *  # noqa: F403

ROOT_URLCONF = "rehearsals.bench.urls"
