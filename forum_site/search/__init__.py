"""The search index of the site, alike on every database. It knows no app: a model declares what of it is searched.

Imports `core` and `pagecache`. `declaration.py` says what is searched, `tokens.py` and `stemming.py` cut it into words,
`sync.py` and `indexing.py` update the index with each save, `query.py` reads it, `suggestions.py` corrects what was
typed, `highlight.py` shows where it was found. The page is forum_site/website/search.py.
"""
