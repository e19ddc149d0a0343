"""For whoever keeps the site up: system checks, health, deletion of what is expired, error pages.

Imports every package of forum_site before it.
"""
