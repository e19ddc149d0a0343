"""The admin's search finds what a reader would, in any script and on each database, whichever way it takes."""

import re
import unicodedata

import pytest
from django.contrib.admin.sites import site
from django.test import RequestFactory

from events.models import Agreement, Event, Series
from forum_site.admin import search
from forum_site.search import query
from organizations.models import Organization
from tests.factories import make_agreement, make_event, make_organization, make_participation

REQUEST = RequestFactory().get("/admin/")


@pytest.fixture
def rows(db):
    make_organization(name="Назарбаев Университет", slug="nu")
    make_event(title="Шёлковый Путь", theme="Côte d’Ivoire", city="Université")
    roads, ports = make_organization(name="Institute of Roads", short_name="IR"), make_organization(name="Port House")
    for number in range(12):
        event = make_event(
            title=f"Forum {number} on silk" if number % 2 else f"Seminar {number}",
            theme="Land and sea 100%_" if number == 3 else "",
            city="Алматы" if number == 4 else "Astana",
        )
        make_participation(event, roads if number % 3 else ports)
        make_agreement(event, parties=[ports] if number < 2 else [])


def found(model, term):
    queryset, has_duplicates = site.get_model_admin(model).get_search_results(REQUEST, model.objects.all(), term)
    assert not has_duplicates
    return [row.pk for row in queryset]


def plain(text):
    """Return `text` for the eye: an oracle of its own, which asks neither the database nor the site's letters."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


def texts_of(row, path):
    """Yield what stands in a field of a row, or of the rows that a path leads to."""
    name, _dunder, rest = path.partition("__")
    value = getattr(row, name.replace("agreementparty", "agreementparty_set"))
    if not rest:
        yield value
    elif value is not None:
        for other in value.all() if hasattr(value, "all") else [value]:
            yield from texts_of(other, rest)


def found_by_reading(model, term):
    fields = [name for _weight, name in model.search_index.weighted]
    typed = re.findall(r"\w+", plain(term).replace("_", " "))
    return [
        row.pk
        for row in model.objects.all()
        if all(
            any(word in re.findall(r"\w+", plain(text)) for field in fields for text in texts_of(row, field))
            for word in typed
        )
    ]


TERMS = [
    "silk",
    "SILK forum",
    "roads",
    "roads silk",
    "ir 5",
    "port seminar",
    '"forum 3"',
    "100%_",
    "алматы",
    "АЛМАТЫ",
    "шелковый",
    "ШЁЛКОВЫЙ путь",
    "université",
    "UNIVERSITE",
    "назарбаев",
    "zzz",
    "",
    "  ",
]


@pytest.mark.parametrize("max_keys", [0, 3, 5000])
@pytest.mark.parametrize("model", [Event, Agreement, Organization])
def test_rare_and_frequent_words_find_the_same(rows, monkeypatch, model, max_keys):
    monkeypatch.setattr(query, "MAX_KEYS", max_keys)
    for term in TERMS:
        assert (term, found(model, term)) == (term, found_by_reading(model, term))


@pytest.mark.parametrize("max_keys", [0, 5000])
def test_last_word_may_be_a_beginning(rows, monkeypatch, max_keys):
    monkeypatch.setattr(query, "MAX_KEYS", max_keys)
    house = Organization.objects.get(slug="nu").pk
    assert found(Organization, "универс") == found(Organization, "Назарбаев УН") == [house]
    assert found(Organization, "наз университет") == found(Organization, "ниверситет") == []


@pytest.mark.parametrize("status", Event.PublicationStatus.values)
def test_what_the_public_does_not_see_is_found(db, status):
    event = make_event(title="Hidden corridor", publication_status=status)
    assert found(Event, "corridor") == [event.pk]


def test_organization_is_found_by_its_parent(db):
    parent = make_organization(name="Academy of Sciences")
    part = make_organization(name="Institute of Roads", parent=parent)
    make_organization(name="Other")
    assert sorted(found(Organization, "academy")) == [parent.pk, part.pk]


@pytest.mark.parametrize(("rows_before", "term"), [(1, "silk"), (3, "silk"), (3, "silk road")])
def test_search_asks_as_often_however_much_is_found(db, django_assert_num_queries, rows_before, term):
    for _ in range(rows_before):
        make_event(title="Silk road")
    with django_assert_num_queries(3 + term.count(" ")):  # beginnings, keys of each word, rows in order; the page's own
        site.get_model_admin(Event).get_search_results(REQUEST, Event.objects.all(), term)


def test_model_without_index_is_searched_in_any_script(desk):
    series = Series.objects.create(name="Шёлковый Путь")
    Series.objects.create(name="Other")
    for term in ("шелковый", "ПУТЬ", "ёлков"):
        page = desk.get("/admin/events/series/", {"q": term})
        assert [row.pk for row in page.context["cl"].result_list] == [series.pk], term


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Институт Стратегических Исследований", "стратегических; СТРАТЕГИЧЕСКИХ; институт иссл"),
        ("Королёв Центр", "королев; КОРОЛЁВ; королёв"),
        ("ҚазҰУ Әл-Фараби", "қазұу; казуу; әл-фараби; ал-фараби; ФАРАБИ"),
        ("Ελληνική Εταιρεία", "εταιρεια; ΕΛΛΗΝΙΚΗ"),
        ("Հայաստանի Ակադեմիա", "ակադեմիա; ՀԱՅԱՍՏԱՆԻ"),
        ("Große Straße e. V.", "strasse; STRASSE; große; grosse"),
        ("L’Institut d'Études", "etudes; d’études; d'etudes; institut"),
        ("O‘zbekiston Milliy", "o'zbekiston; ozbekiston; oʻzbekiston"),
        ("G-20 Research", "g20; g-20; G‑20"),
        ("İstanbul Üniversitesi", "istanbul; universitesi; ÜNİVERSİTESİ"),
        ("Center for 1,000 Rivers", "1000; 1,000"),
        ("Aстана Клуб", "астана; АСТАНА"),  # The first letter is a Latin one.
        ("Ｗｉｄｅ House", "wide"),
        ("کتابخانه ملی", "کتابخانه; کتاب\u200cخانه"),
    ],
)
def test_organization_is_found_as_it_is_typed(desk, name, typed):
    organization = make_organization(name=name, slug="looked-for")
    make_organization(name="Museum of Bread", slug="other")
    asked = {"app_label": "events", "model_name": "participation", "field_name": "organization"}
    for term in typed.split("; "):
        found = desk.get("/admin/autocomplete/", {**asked, "term": term}).json()["results"]
        assert [each["id"] for each in found] == [str(organization.pk)], term
        page = desk.get("/admin/organizations/organization/", {"q": term}).content.decode()
        assert f"/{organization.pk}/change/" in page, term


@pytest.mark.parametrize(("name", "typed"), [("Войска", "воиска"), ("Море", "мост"), ("Land", "lend")])
def test_other_letters_are_not_found(desk, name, typed):
    make_organization(name=name)
    assert "/change/" not in desk.get("/admin/organizations/organization/", {"q": typed}).content.decode()


def test_longest_word_is_searched_in_any_script(desk):
    name = "Verfassungsgerichtspräsidentenwahlkommissionsvorsitzendenstellvertreter" * 3
    make_organization(name=name)
    for term in (name[:200], name.upper()[:200], "ß" * 200, "ё" * 200, "'-." * 60, "ǆ" * 200):
        assert desk.get("/admin/organizations/organization/", {"q": term}).status_code == 200
    assert "/change/" in desk.get("/admin/organizations/organization/", {"q": name.upper()[:200]}).content.decode()


def test_no_more_are_shown_than_can_be_read_and_that_is_told(rows, desk, monkeypatch):
    monkeypatch.setattr(search, "MAX_FOUND", 3)
    page = desk.get("/admin/events/event/?q=silk").content.decode()
    assert page.count("field-full_title") == 3
    assert "Only the first 3 of what was found are shown." in page
    assert "Only the first" not in desk.get("/admin/events/event/?q=land").content.decode()


def test_rows_keep_the_order_of_the_list(rows, desk):
    titles = [event.title for event in Event.objects.order_by("title") if "silk" in event.title]
    page = desk.get("/admin/events/event/?q=silk&o=1").content.decode()
    places = [page.index(title) for title in titles]
    assert places == sorted(places)


@pytest.mark.parametrize("term", ["\x00", "'", '"', "'x", "\\", "%", "_", "a" * 5000, "b " * 500, "\ud800", "𝔘" * 300])
def test_odd_words_are_no_error(rows, desk, term):
    assert desk.get("/admin/events/event/", {"q": term.encode("utf-8", "surrogatepass")}).status_code == 200


def test_longest_title_and_theme_fit_their_index(db):
    assert make_event(title="𝔘" * 300, theme="𝔘" * 300, slug="long").pk
