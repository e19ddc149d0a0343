"""Text is stored as a reader sees it, by whichever way it comes, and what nobody sees is nothing."""

import unicodedata

import pytest
from django.apps import apps
from django.core import serializers
from django.core.exceptions import ValidationError
from django.db import connection, models

from events.models import Agreement, Event, Panel, Series, Tag
from forum_site.core.fields.text import LinesField
from forum_site.core.text.folding import name_key, normalize_line
from organizations.models import Organization
from tests.factories import make_agreement, make_event, make_organization, make_panel

WRITTEN = "  Turkic\nForum\t\u00a02028\u200b"
STORED = "Turkic Forum 2028"


def as_stored(row, name):
    return type(row).objects.values_list(name, flat=True).get(pk=row.pk)


def by_bulk_update(row):
    row.title = WRITTEN
    type(row).objects.bulk_update([row], ["title"])


def by_loaddata(row):
    (data,) = serializers.serialize("python", [row])
    data["fields"]["title"] = WRITTEN
    for loaded in serializers.deserialize("python", [data]):
        loaded.save()


def by_save(row):
    row.title = WRITTEN
    row.save()


WAYS = {
    "save": by_save,
    "update": lambda row: type(row).objects.filter(pk=row.pk).update(title=WRITTEN),
    "bulk_update": by_bulk_update,
    "loaddata": by_loaddata,
}


@pytest.mark.parametrize("write", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("make", [lambda: make_event(), lambda: make_panel(make_event())], ids=["event", "panel"])
def test_one_line_is_stored_whatever_way_it_comes(db, write, make):
    row = make()
    write(row)
    assert as_stored(row, "title") == STORED


def test_bulk_create_stores_one_line(db):
    (row,) = Panel.objects.bulk_create([Panel(event=make_event(), title=WRITTEN)])
    assert (row.title, as_stored(row, "title")) == (STORED, STORED)


def test_every_text_that_people_write_is_normalized():
    """What is not: choices, codes, slugs, addresses, and what the site writes by itself."""
    left = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if model._meta.app_label in ("events", "organizations")
        for field in model._meta.concrete_fields
        if type(field) in (models.CharField, models.TextField) and not field.choices and field.name != "slug"
    }
    assert left == {
        "organizations.OrganizationMerge.source_slug",
        "events.CountingMethod.bot_list",
        "events.CountingMethod.rule",
    }


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        (unicodedata.normalize("NFD", "Málaga Қазақстан й ё"), "Málaga Қазақстан й ё"),
        ("a\u2028b\x85c\x0bd", "a b c d"),
        ("Indus\u00adtrial \ufeffwater\u2060", "Industrial water"),
        ("می\u200cخواهم\u200c", "می\u200cخواهم"),
        ("क्\u200dष and a\u200db", "क्\u200dष and ab"),
        ("👩\u200d🔬 ❤\ufe0f 1\ufe0f\u20e3", "👩\u200d🔬 ❤\ufe0f 1\ufe0f\u20e3"),
        ("ภาษา\u200bไทย", "ภาษา\u200bไทย"),
        ("\u202aC:\\\u202c", "C:\\"),
        ("שלום\u200f!", "שלום\u200f!"),
        ("a\u3000b\u2800c\u3164d", "a b c d"),
    ],
)
def test_meaningless_characters_go_and_meaningful_ones_stay(db, written, stored):
    assert as_stored(make_event(title=written, slug="any"), "title") == stored


@pytest.mark.parametrize(
    "text", ["\u200b", "\u2060\u00ad", "\u3164", "\u2800 \ufeff", "\u200e\u200f", "\ufe0f", "\u115f"]
)
def test_name_that_nobody_sees_is_none(db, desk, text):
    with pytest.raises(ValidationError) as error:
        Event(title=text, starts_on="2027-05-17").full_clean()
    assert "title" in error.value.message_dict
    for model in (Series, Tag):
        page = desk.post(f"/admin/events/{model._meta.model_name}/add/", {"name": text}).content.decode()
        assert "This field is required." in page
        assert not model.objects.exists()
    assert make_organization(name="House", city=text).city == ""


def test_lines_stay_lines(db):
    agreement = make_agreement(make_event(), other_parties=" Ferrymen\u200b \r\nFisher\u00admen\u00a0 x\n\n")
    assert as_stored(agreement, "other_parties") == "Ferrymen\nFishermen x"
    assert isinstance(Agreement._meta.get_field("other_parties"), LinesField)


def test_rich_text_is_composed_but_its_tags_are_not(db):
    body = unicodedata.normalize("NFD", "<p>Málaga é&shy;té</p>") + "<p>\u0338x</p>"
    stored = as_stored(make_event(body=body), "body")
    assert "Málaga" in stored
    assert "<p>\u0338x</p>" in stored


@pytest.mark.parametrize(
    "names",
    [
        ("Water", "WATER", "wa\u00adter", "Water\u00a0", "Ｗater"),
        ("Шёлковый путь", "шелковый  ПУТЬ", unicodedata.normalize("NFD", "Шёлковый путь")),
        ("O‘zbekiston", "O'zbekiston", "O`zbekiston", "Oʻzbekiston"),
        ("Land–Sea", "Land-Sea", "Land - Sea"),
        ("«Форум»", "“Форум”"),
        ("Aстана", "Астана"),
        ("СОРЕ", "COPE"),
        ("ΑΘΗΝΑ", "αθηνα"),
        ("İstanbul", "istanbul"),
    ],
)
def test_names_that_look_the_same_are_the_same(db, names):
    for model in (Tag, Series):
        model.objects.create(name=names[0])
        for other in names[1:]:
            with pytest.raises(ValidationError) as error:
                model(name=other, **({"slug": "x"} if model is Tag else {})).full_clean()
            assert len(error.value.message_dict["name"]) == 1, other


@pytest.mark.parametrize(
    "pair", ["й и", "ş s", "é e", "қ к", "School 7; School 8", "Ход Код", "Université Universite", "түр тур"]
)
def test_names_that_a_reader_tells_apart_differ(pair):
    one, other = pair.split("; ") if ";" in pair else pair.split()
    assert name_key(one) != name_key(other)


def test_normalizing_twice_changes_nothing():
    for code in [*range(0x20, 0x3000), *range(0xA640, 0xAC00), *range(0xF900, 0xFFFF), *range(0xE0000, 0xE0200)]:
        for text in (f"a{chr(code)}б", f"{chr(code)}\u200b{chr(code)}"):
            assert normalize_line(normalize_line(text)) == normalize_line(text), hex(code)
            assert name_key(name_key(text)) == name_key(text), hex(code)


def write_raw(row, **values):
    with connection.cursor() as cursor:
        for name, value in values.items():
            cursor.execute(f"UPDATE {row._meta.db_table} SET {name} = %s WHERE id = %s", [value, row.pk])


def test_title_with_a_line_break_does_not_change_when_another_field_is_saved(desk):
    organization = make_organization(name="Hall\nof Roads", slug="hall")
    page = desk.get(f"/admin/organizations/organization/{organization.pk}/change/")
    form = page.context["adminform"].form
    sent = {name: form[name].value() or "" for name in form.fields if name != "logo"} | {"city": "Astana"}
    sent = {name: "".join(str(value).splitlines()) if name == "name" else value for name, value in sent.items()}
    assert desk.post(page.request["PATH_INFO"], sent).status_code in (200, 302)
    assert Organization.objects.values_list("name", "city").get() == ("Hall of Roads", "Astana")
