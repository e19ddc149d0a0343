"""The tables of the index. Only indexing.py writes them; what they say can be made anew at any time."""

from django.db import models

from forum_site.search.tokens import MAX_TERM_LENGTH


class SearchEntry(models.Model):
    """A row of some table that can be found. Its key says which one: see `SearchIndex.entry()`.

    The digest is that of the texts which its postings were made from.
    """

    id = models.BigIntegerField(primary_key=True)
    digest = models.CharField(max_length=32, default="")

    on_public_pages = False

    def __str__(self):
        return str(self.pk)


class SearchPosting(models.Model):
    """That a term stands in an entry. `rank` puts the best of a term first: see `SearchIndex.rank()`."""

    pk = models.CompositePrimaryKey("entry", "term")
    entry = models.BigIntegerField()
    term = models.CharField(max_length=MAX_TERM_LENGTH)
    rank = models.BigIntegerField()

    on_public_pages = False

    class Meta:
        indexes = [models.Index(fields=["term", "-rank", "entry"], name="search_best_of_a_term")]

    def __str__(self):
        return f"{self.term}: {self.entry}"


class SearchSpelling(models.Model):
    """A word as it is spelt somewhere, to mend what is misspelt.

    That it stands here once is not enforced: two editors who bring the same new word do not wait for each other.
    """

    word = models.CharField(max_length=MAX_TERM_LENGTH, db_index=True)
    head = models.CharField(max_length=2)
    tail = models.CharField(max_length=2)
    length = models.PositiveSmallIntegerField()

    on_public_pages = False

    class Meta:
        indexes = [
            models.Index(fields=["head", "length"], name="search_spelling_by_head"),
            models.Index(fields=["tail", "length"], name="search_spelling_by_tail"),
        ]

    def __str__(self):
        return self.word
