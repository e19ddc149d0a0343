"""Links of our pages to other sites: `manage.py check_links` asks them, and the admin lists those that are broken.

`places` finds where links stand, `guard` says which may be asked, `asking` asks one, `round` asks many politely and
keeps in `models` what each answered.
"""
