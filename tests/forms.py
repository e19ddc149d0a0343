"""Forms as a browser would send them: everything that a page of the admin has filled in."""

from lxml import html


def fields_of(response):
    """Return what the change form on this page would send, without its buttons."""
    form = html.fromstring(response.content).get_element_by_id("content-main").find("form")
    for area in form.iter("textarea"):
        area.value = (area.value or "").removeprefix("\n")  # As HTML has it.
    return {name: value for name, value in form.form_values() if "__prefix__" not in name}
