"""Which requests are shows: a page that was asked for to be read, not fetched ahead."""

# Names that browsers and proxies have used for the same remark; Sec-Purpose is the standard (Fetch, section 3.8).
PURPOSE_HEADERS = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")


def is_fetched_ahead(request):
    """Return whether the browser only fetches the page ahead, in case that it will be read."""
    purposes = " ".join(request.headers.get(name, "") for name in PURPOSE_HEADERS).lower()
    return "prefetch" in purposes or "preview" in purposes
