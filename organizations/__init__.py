"""Organizations: data here, pages of the public in `website`, forms in `admin`.

The data imports forum_site alone; its website and admin import the models of events, too.
"""
