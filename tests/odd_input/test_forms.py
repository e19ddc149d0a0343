"""Odd texts in every field of every form: told at the field or stored, shown on every page, and never an error."""

import time
from itertools import cycle

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.datastructures import MultiValueDict

from tests.odd_input.forms import FORM, body_of, forms_of, shown_on, text_fields
from tests.odd_input.site import MAX_LOOPS
from tests.odd_input.words import DAYS, spread

PAGES_OF_EVENT = [
    *("/", "/events/", "/events/published/", "/events/published.ics", "/events/published/cite.bib", "/events/feed/"),
    *(
        "/events/published/cite.ris",
        "/events/calendar.ics",
        "/events/calendar/2023/5/",
        "/events/2023/",
        "/agreements/",
    ),
    *("/search/?q=forum", "/organizations/", "/organizations/one/", "/organizations/network/", "/sitemap-pages.xml"),
]
DESK_OF_EVENT = [
    *(
        "",
        "{}/change/",
        "{}/history/",
        "{}/history/2/",
        "{}/preview/",
        "{}/next-edition/",
        "{}/shows/",
        "export.csv",
    ),
    *(
        "export.xlsx",
        "../agreement/",
        "../../organizations/organization/",
        "../../admin/logentry/",
        "?q=forum",
        "{}/delete/",
    ),
]


def accepts(field, name, text):
    """Return whether the field takes this for a value; whatever it raises beside ValidationError goes on."""
    # As a server reads it: bytes that are no UTF-8 become the sign for what cannot be read.
    sent = [text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")]
    data = MultiValueDict({name: sent, f"{name}_0": sent, f"{name}_1": sent})
    try:
        with transaction.atomic():
            value = field.widget.value_from_datadict(data, {}, name)
            field.clean(value, None) if isinstance(field, forms.FileField) else field.clean(value)
    except ValidationError:
        return False
    return True


def test_every_field_tells_of_every_odd_text(site, made_forms, odd_texts):
    shown = forms_of(site, "superuser")
    assert len(shown) > 40
    fields = [(form, name, field) for form in made_forms.values() for name, field in form.fields.items()]
    assert len(fields) > 150
    accepted = 0
    share = 4  # Each text meets a quarter of the fields, which are of far fewer kinds.
    for number, (form, name, field) in enumerate(fields):
        for text in odd_texts[number % share :: share]:
            began = time.thread_time()
            try:
                accepted += accepts(field, name, text)
            except Exception as error:
                site.row_errors.append(f"{type(form).__qualname__}.{name} {text[:80]!r}: {error!r}")
            if time.thread_time() - began > MAX_LOOPS * site.loop:
                site.row_errors.append(f"{type(form).__qualname__}.{name} {text[:80]!r}: slow")
    site.asked += len(fields) * len(odd_texts) // share
    assert accepted > len(odd_texts)
    site.assert_sound()


def test_odd_texts_in_all_fields_at_once(site, odd_texts):
    texts, shown = cycle(odd_texts), {who: forms_of(site, who) for who in ("superuser", "editor")}
    assert len(shown["superuser"]) > len(shown["editor"]) > 20
    for who, number in (("superuser", 0), ("superuser", 1), ("editor", 2)):
        for form in shown[who]:
            fields = {
                name: values if name.endswith("_FORMS") and number else [next(texts)]
                for name, values in form.fields.items()
            }
            if form.buttons:
                fields[form.buttons[number % len(form.buttons)]] = [next(texts) if number % 2 else "1"]
            site.ask("POST", form.address, body_of(fields), FORM, who=who, is_kept=False)
    site.assert_sound()


def test_odd_texts_in_sign_in(site, odd_texts):
    before = site.content()
    for text in odd_texts:
        fields = {"login": [text], "password": [text], "next": [text], "remember": [text]}
        site.ask("POST", "/account/sign-in/", body_of(fields), FORM, REMOTE_ADDR=f"192.0.2.{site.asked % 250}")
    site.assert_sound()
    assert site.content() == before


def test_odd_texts_that_are_stored_are_shown(site, made_forms, odd_texts):
    """Each text field holds an odd text that it takes, and all pages that print it are asked for."""
    pages = [
        (f"/admin/events/event/{site.published.pk}/change/", site.published.pk),
        (f"/admin/organizations/organization/{site.organization.pk}/change/", site.published.pk),
        (f"/admin/events/series/{site.series.pk}/change/", site.published.pk),
        (f"/admin/events/tag/{site.tag.pk}/change/", site.published.pk),
        (f"/admin/events/picture/{site.picture.pk}/change/", site.published.pk),
    ]
    shown = {form.address: form for form in forms_of(site, "superuser") if "_save" in form.buttons}
    texts, saved, posted = cycle(odd_texts), 0, 0
    for address, event in pages:
        made_forms.clear()
        form = shown.get(address) or shown_on(site, address)
        takes = text_fields(made_forms)
        for _number in range(2 if "/event/" in address else 1):
            fields = dict(form.fields)
            for name in fields:
                if name in takes:
                    fields[name] = [next(text for text in texts if text.strip() and accepts(takes[name], name, text))]
            posted += 1
            with transaction.atomic():
                answer = site.ask("POST", address, body_of({**fields, "_save": ["1"]}), FORM, who="superuser")
                saved += answer.status_code == 302
                for page in PAGES_OF_EVENT:
                    site.ask("GET", page, what=f"after {address}")
                for page in DESK_OF_EVENT:
                    site.ask(
                        "GET", f"/admin/events/event/{page.format(event)}", who="superuser", what=f"after {address}"
                    )
                transaction.set_rollback(True)
    site.assert_sound()
    assert saved > posted * 0.8


def test_odd_days_are_stored_or_told(site):
    """Days at the ends of the calendar: whichever a form takes, the pages can print."""
    address = f"/admin/events/event/{site.published.pk}/change/"
    form = shown_on(site, address)
    days = [name for name in form.fields if name.endswith(("_on", "_at", "_at_0", "_at_1", "-day", "valid_until"))]
    assert len(days) > 8
    names = cycle(days)
    for number, text in enumerate([*DAYS, "9998-12-31", "1900-01-01"]):
        for name in {next(names), *(["starts_on"] if number % 5 == 0 else [])}:
            with transaction.atomic():
                fields = {**form.fields, name: [text], "_save": ["1"]}
                if name == "starts_on":
                    fields["ends_on"] = [text]
                answer = site.ask("POST", address, body_of(fields), FORM, who="superuser", what=f"{name}={text}")
                if answer is not None and answer.status_code == 302:
                    for page in (
                        "/",
                        "/events/",
                        "/events/published/",
                        "/events/published.ics",
                        "/events/calendar.ics",
                    ):
                        site.ask("GET", page, what=f"after {name}={text}")
                    for page in ("/admin/events/event/", "/admin/events/event/1/next-edition/"):
                        site.ask("GET", page, who="superuser", what=f"after {name}={text}")
                transaction.set_rollback(True)
    site.assert_sound()


def test_forms_of_many_rows(site):
    address = f"/admin/events/event/{site.published.pk}/change/"
    form = shown_on(site, address)
    prefixes = [each.removesuffix("-TOTAL_FORMS") for each in form.fields if each.endswith("-TOTAL_FORMS")]
    assert len(prefixes) == 6
    places = [f"{prefix}-{name}" for name in ("TOTAL_FORMS", "INITIAL_FORMS") for prefix in prefixes]
    for place, text in spread(["", "x", "-1", "1e3", "٣", "\x00", "2000", "9" * 30], places, 2):
        fields = {**form.fields, place: [text], "_save": ["1"]}
        site.ask("POST", address, body_of(fields), FORM, who="superuser", is_kept=False, what=f"{place}={text}")
    forged = {f"{prefix}-TOTAL_FORMS": ["2000"] for prefix in prefixes}
    filled = {
        f"{prefix}-{n}-{name}": ["x"] for prefix in prefixes for n in range(200) for name in ("title", "position")
    }
    for rows in ({}, filled):
        body = body_of({**form.fields, **forged, **rows, "_save": ["1"]})
        answer = site.ask("POST", address, body, FORM, who="superuser", is_kept=False)
        assert sum(len(each.formset.forms) for each in answer.context_data["inline_admin_formsets"]) == 360
    site.assert_sound()
