from django.http import Http404, HttpResponsePermanentRedirect


class OldSlugRedirect:
    """For a DetailView by slug: an address that the page once had leads to it for good."""

    def get(self, request, *args, **kwargs):
        try:
            return super().get(request, *args, **kwargs)
        except Http404:
            page = self.get_queryset().filter(old_slugs__slug=kwargs["slug"]).first()
            if page is None:
                raise
            return HttpResponsePermanentRedirect(self.address_of(page))

    def address_of(self, page):
        return page.get_absolute_url()
