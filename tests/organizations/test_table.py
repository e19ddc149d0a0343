import pytest

from organizations.models import Organization
from tests.events.test_event_import import go_on, look_through, row_errors
from tests.events.test_import_by_parts import imported_by_parts
from tests.factories import make_organization

pytestmark = pytest.mark.django_db

PAGE = "/admin/organizations/organization/import/"


def test_organizations_are_imported_with_those_above_them(desk):
    ministry = make_organization(name="Ministry of Roads", short_name="MoR")
    rows = [
        {"Name": "Department", "Part of": "Institute of Roads", "Kind": "Government body"},
        {"Name": "Institute of Roads", "Part of": "MoR", "Country": "Kazakhstan"},
        {"Name": "Institute of Road", "Website": "roads.example"},
    ]
    response = look_through(desk, rows, page=PAGE)
    assert Organization.objects.count() == 1
    assert go_on(desk, response, page=PAGE) == ["3 rows were imported."]
    department = Organization.objects.get(name="Department")
    assert [each.name for each in department.ancestors()] == ["Institute of Roads", "Ministry of Roads"]
    assert (department.kind, department.ancestors()[1]) == ("government", ministry)
    assert Organization.objects.get(name="Institute of Road").website == "https://roads.example"
    response = look_through(desk, rows, page=PAGE)
    assert [row.is_there for row in response.context["found"].rows] == ["there already"] * 3


def test_circle_and_unknown_parents_are_told(desk):
    for slug in ("one", "two"):
        make_organization(name="Academy", slug=slug)
    rows = [
        {"Name": "A", "Part of": "B"},
        {"Name": "B", "Part of": "C"},
        {"Name": "C", "Part of": "A"},
        {"Name": "D", "Part of": "A"},
        {"Name": "E", "Part of": "E"},
        {"Name": "F", "Part of": "Nobody"},
        {"Name": "G", "Part of": "Academy"},
        {"Name": "H", "Website": "ftp://x"},
    ]
    told = row_errors(look_through(desk, rows, page=PAGE))
    assert [fault[:2] for fault in told] == [(row, "Part of") for row in (2, 3, 4, 6, 7, 8)] + [(9, "Website")]
    assert told[0][2] == "This would make it a part of itself."
    assert told[4][2] == "“Nobody” is neither here nor in this table."


def test_who_may_not_add_organizations_imports_none(client, editor):
    editor.groups.clear()
    client.force_login(editor)
    assert client.get(PAGE).status_code == client.post(PAGE, {"import": "yes"}).status_code == 403


def test_those_above_come_in_before_those_below(desk, monkeypatch):
    monkeypatch.setattr("forum_site.admin.importer.MAX_AT_ONCE", 2.5)
    rows = [{"Name": name, "Part of": above} for name, above in zip("ABCDE", ["E", "", "A", "C", ""], strict=True)]
    assert [row.text("name") for row in look_through(desk, rows, page=PAGE).context["found"].new] == ["E", "A"]
    imported_by_parts(desk, rows, page=PAGE)
    above = Organization.objects.order_by("name").values_list("name", "parent__name")
    assert list(above) == [("A", "E"), ("B", None), ("C", "A"), ("D", "C"), ("E", None)]


@pytest.mark.parametrize("most", [1, 200])
def test_what_is_meant_by_a_name_does_not_depend_on_the_part(desk, monkeypatch, most):
    monkeypatch.setattr("forum_site.admin.importer.MAX_AT_ONCE", most)
    rows = [{"Name": "Институт воды"}, {"Name": "Department", "Part of": "институт  ВОДЫ"}]
    imported_by_parts(desk, rows, page=PAGE)
    assert Organization.objects.get(name="Department").parent.name == "Институт воды"


def test_name_that_several_rows_have_is_told(desk):
    rows = [{"Name": name, "Short name": "IW"} for name in "AB"] + [{"Name": "C", "Part of": "iw"}]
    told = "Several organizations are called “iw”. Enter the slug."
    assert row_errors(look_through(desk, rows, page=PAGE)) == [(4, "Part of", told)]


def test_organization_written_otherwise_is_there_already(desk):
    make_organization(name="Institut d’Études – Алматы", slug="institute")
    rows = [
        {"Name": name}
        for name in (
            "INSTITUT D'ÉTUDES - АЛМАТЫ",
            "Institut  d`E\u0301tudes — Алматы\u200b",
            "Institut\u00a0d'Étu\u00addes–Aлматы",
        )
    ]
    response = look_through(desk, rows, page=PAGE)
    assert [row.is_there for row in response.context["found"].rows] == ["there already"] * 3
    assert go_on(desk, look_through(desk, [{"Name": "Institut d’Etudes – Алматы"}], page=PAGE), page=PAGE)
    assert Organization.objects.count() == 2
