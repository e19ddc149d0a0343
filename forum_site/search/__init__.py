"""The website's search, alike on every database. It knows no app: a model says itself what of it is searched.

`Searched` (declaration.py) is that declaration. What it names is cut into words and their stems (words.py, core/text/folding.py,
stems.py) and kept in an index (models.py), which is brought in step with each save, in the same transaction
(sync.py, indexing.py). `search()` (query.py) reads it, suggestions.py mends what was typed, highlight.py says where it
was found, and views.py is the page.
"""
