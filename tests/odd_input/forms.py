"""The forms of the site, as its pages show them: where each is sent, with which fields, and by whom."""

from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

from django import forms
from lxml import html

from tests.forum_site.test_permission_matrix import one_of_each
from tests.odd_input.addresses import public_addresses

FORM = "application/x-www-form-urlencoded"
SIGNING_OUT = ("/admin/logout/", "/account/sign-out/")


class ShownForm(NamedTuple):
    address: str
    fields: dict  # what a browser would send, each a list of texts; without buttons and files
    buttons: list


def forms_on(content, address):
    for form in html.fromstring(content).iter("form"):
        if (form.get("method") or "").lower() != "post" or form.get("action") in SIGNING_OUT:
            continue
        fields = {}
        for area in form.iter("textarea"):
            area.value = (area.value or "").removeprefix("\n")  # As HTML has it.
        for name, value in form.form_values():
            if "__prefix__" not in name and name != "csrfmiddlewaretoken":
                fields.setdefault(name, []).append(value)
        # What is empty, or not ticked, is not sent, and can be.
        for element in form.xpath(".//input[@name]|.//select[@name]|.//textarea[@name]"):
            name, kind = element.get("name"), (element.get("type") or "").lower()
            if (
                "__prefix__" not in name
                and kind not in ("file", "submit", "image", "button")
                and name != "csrfmiddlewaretoken"
            ):
                fields.setdefault(name, [])
        buttons = [each.get("name") for each in form.xpath(".//*[@type='submit' or self::button][@name]")]
        yield ShownForm(urlsplit(form.get("action") or "").path or address, fields, buttons)


def forms_of(site, who):
    """Return all forms that `who` is shown, one of each kind of page."""
    pages = [*dict.fromkeys(one_of_each(site).values())]
    pages += [address for address in dict.fromkeys(public_addresses(site)) if address.startswith("/account/")]
    found = {}
    for page in pages:
        answer = site.ask("GET", page, who=who)
        if answer is None or answer.status_code != 200 or not answer.get("Content-Type", "").startswith("text/html"):
            continue
        for number, form in enumerate(forms_on(answer.content, page)):
            found.setdefault((form.address, number, tuple(form.fields)), form)
    return list(found.values())


def shown_on(site, address, who="superuser"):
    """Return the form of a row, or of a new one, at this address of the admin."""
    return row_form(site.ask("GET", address, who=who).content, address)


def row_form(content, address):
    return next(form for form in forms_on(content, address) if "_save" in form.buttons)


def body_of(fields):
    """Return fields as a browser sends them, and halves of characters as one never would."""
    pairs = [(name, value) for name, values in fields.items() for value in values]
    return urlencode([tuple(part.encode("utf-8", "surrogatepass") for part in pair) for pair in pairs]).encode()


def text_fields(made_forms):
    """Return the fields of these forms that take any text, by the names that they have on their page."""
    return {
        form.add_prefix(name): field
        for form in made_forms.values()
        for name, field in form.fields.items()
        if isinstance(field, forms.CharField) and name != "slug"
    }
