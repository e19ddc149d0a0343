"""Links of our pages to other sites: `manage.py check_links` checks them, and the admin lists the broken ones.

`sources` finds links, `ssrf` says which may be requested, `client` requests one, `crawl` many politely, and `models`
keeps the results.
"""
