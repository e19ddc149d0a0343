"""The admin's search finds what a reader would, in any script and on each database, whichever way it takes."""

import unicodedata

import pytest
from django.contrib.admin.sites import site
from django.test import RequestFactory

from events.models import Agreement, Event
from forum_site.admin import word_search
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
    value = getattr(row, name)
    if not rest:
        yield value
    elif value is not None:
        for other in value.all() if hasattr(value, "all") else [value]:
            yield from texts_of(other, rest)


def found_by_reading(model, term):
    fields = site.get_model_admin(model).get_search_fields(REQUEST)
    words = [plain(word) for word in word_search.search_words(term)]
    return [
        row.pk
        for row in model.objects.all()
        if all(any(word in plain(text) for field in fields for text in texts_of(row, field)) for word in words)
    ]


WAYS = {
    "few rows": {},
    "indexes": {"FIRST_ROWS": 1},
    "indexes, all related": {"FIRST_ROWS": 1, "MANY_RELATED": 1},
    "indexes, few keys": {"FIRST_ROWS": 1, "MANY_RELATED": 2},
    "indexes, read in order": {"FIRST_ROWS": 1, "MORE_ROWS": 8, "MAX_FOUND": 2},
}
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


@pytest.mark.parametrize("model", [Event, Agreement, Organization])
def test_every_way_finds_the_same(rows, monkeypatch, model):
    expected = {term: found_by_reading(model, term) for term in TERMS}
    for way, values in WAYS.items():
        with monkeypatch.context() as patch:
            for name, value in values.items():
                patch.setattr(word_search, name, value)
            for term in TERMS:
                most = word_search.MAX_FOUND if term.strip() else None
                assert (way, term, found(model, term)) == (way, term, expected[term][:most])


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
    monkeypatch.setattr(word_search, "MAX_FOUND", 3)
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
