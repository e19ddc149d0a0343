"""Forms as a browser would send them: everything that a page of the admin has filled in."""

from lxml import html


def fields_of(response):
    """Return what the change form on this page would send, without its buttons."""
    form = html.fromstring(response.content.decode()).get_element_by_id("content-main").find("form")
    return {name: values[-1] for name, values in values_of(form).items()}


def post_forms(response):
    """Return the forms that a page of the admin has beside the one for logging out, each ready for `values_of()`."""
    return html.fromstring(response.content.decode()).xpath("//*[@id='content']//form[@method='post']")


def values_of(form, button=None):
    """Return the lists of values that a form would send by their names, with the name of the button that is pressed."""
    for area in form.iter("textarea"):
        area.value = (area.value or "").removeprefix("\n")  # As HTML has it.
    fields = {}
    for name, value in form.form_values():
        if "__prefix__" not in name:
            fields.setdefault(name, []).append(value)
    if button:
        (pressed,) = form.xpath(f".//*[@name='{button}' and @type='submit']")
        fields[button] = [pressed.get("value", "")]
    return fields
