"""Pages of a list whose rows are wide or joined, such as those of the admin."""

from django.core.paginator import Page, Paginator


class DeferredPaginator(Paginator):
    """Finds the keys of a page in a subquery, and reads whole rows for these alone: rows before it are not read.

    The last page is asked for as a full one: of a limit of one row, PostgreSQL expects to meet it on the way.
    """

    def page(self, number):
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        keys = self.object_list.values("pk")[first : first + self.per_page]
        return Page(self.object_list.filter(pk__in=keys), number, self)
