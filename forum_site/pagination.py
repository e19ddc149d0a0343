"""Pages of a list whose rows are wide or joined, such as those of the admin."""

from django.core.paginator import Page, Paginator


class KeyPaginator(Paginator):
    """Finds the keys of a page first, and reads whole rows for these alone: rows before the page are not read."""

    def page(self, number):
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        keys = list(self.object_list.values_list("pk", flat=True)[first : first + self.per_page])
        return Page(self.object_list.filter(pk__in=keys), number, self)
