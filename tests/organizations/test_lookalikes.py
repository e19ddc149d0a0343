import time

import pytest
from django.test import Client

from organizations.duplicates import find_duplicates
from organizations.models import Organization
from tests.factories import make_organization

pytestmark = pytest.mark.django_db

ADD = "/admin/organizations/organization/add/"
LOOK = "/admin/organizations/organization/looks-like/"

SAME = [
    ("Institute of World Economy", "The Institute of World Economy"),
    ("Institute of World Economy", "institute of wold economy"),
    ("Institute of World Economy", "World Economy Institute"),
    ("Harbour Works Ltd", "Harbour Works"),
    ("ТОО «Қазақ жолы»", "Казак жолы"),
    ("Национальный центр", "Нацыональный центр"),
    ("Málaga Forum", "Malaga Forum"),
    ("Shanghai Academy of Social Sciences", "Academy of Social Sciences, Shanghai"),
    ("陆海联通研究院", "陆海联通研究院"),
]
OTHERS = [
    ("Institute of World Economy", "Institute of World Politics"),
    ("School No. 7", "School No. 8"),
    ("University of Astana", "University of Almaty"),
    ("Ministry of Trade", "Chamber of Trade and Industry"),
    ("陆海联通研究院", "世界经济研究院"),
]


@pytest.mark.parametrize(("stored", "typed"), SAME)
def test_name_that_is_nearly_the_same_is_found(stored, typed):
    organization = make_organization(name=stored)
    make_organization(name="Another House")
    assert find_duplicates(typed) == [organization]


@pytest.mark.parametrize(("stored", "typed"), OTHERS)
def test_other_name_is_not(stored, typed):
    make_organization(name=stored)
    assert find_duplicates(typed) == []


def test_short_name_and_initials_are_compared():
    by_name = make_organization(name="International Land-Sea Trade Corridor")
    assert find_duplicates("A corridor between seas", "ILSTC") == [by_name]
    by_short = make_organization(name="Сухопутный коридор", short_name="ILSTC")
    assert set(find_duplicates("Anything", "I.L.S.T.C.")) == {by_name, by_short}
    assert find_duplicates("Infinite Lake Ship Transport Council") == [by_short]


@pytest.mark.parametrize(
    "name", ["", " ", "x" * 5000, "\x00", "\ud800", "()", "of the", "😀", "9" * 400, "a " * 200, "%_%"]
)
def test_odd_names_are_like_none(name):
    make_organization(name="Institute of World Economy")
    assert find_duplicates(name, name) == []


def test_names_are_not_read_by_the_thousand(django_assert_max_num_queries):
    """A word that all have leads to those that share the others, too."""
    Organization.objects.bulk_create(
        Organization(name=f"National University of {word(n)} {word(n * 7 + 3)}", slug=f"u-{n}") for n in range(2000)
    )
    with django_assert_max_num_queries(40):
        found = find_duplicates(f"National Univercity of {word(1234)} {word(1234 * 7 + 3)}", "NUXY")
    assert [each.slug for each in found] == ["u-1234"]
    begin = time.process_time()
    find_duplicates(f"National University of {word(99)} and Sciences", "NUXY")
    assert time.process_time() - begin < 0.3


def word(number):
    return "".join("bcdfglmnprstvz"[number // 14**at % 14] + "aeiou"[(number + at) % 5] for at in range(5))


# The form


def fields(**changes):
    return {"name": "The Institute of World Economy", "kind": "think_tank", "language": "", "_save": "yes", **changes}


def test_form_comes_back_once_and_nothing_is_lost(desk):
    make_organization(name="Institute of <World> Economy", slug="institute")
    sent = fields(city="Astana", about="<p>Old.</p>", name="The Institute of <World> Economy")
    response = desk.post(ADD, sent)
    page = response.content.decode()
    assert "Institute of &lt;World&gt; Economy</a>. Save again to create it anyway." in page
    form = response.context["adminform"].form
    assert (form["city"].value(), form["about"].value()) == ("Astana", "<p>Old.</p>")
    seen = form["seen_lookalikes"].value()
    assert f'name="seen_lookalikes" value="{seen}"' in page
    assert Organization.objects.count() == 1
    assert desk.post(ADD, {**sent, "seen_lookalikes": seen}).status_code == 302
    assert Organization.objects.count() == 2


def test_one_that_came_since_is_told_too(desk):
    first = make_organization(name="Institute of World Economy")
    make_organization(name="World Economy Institute")
    assert desk.post(ADD, fields(seen_lookalikes=str(first.pk))).status_code == 200
    assert Organization.objects.count() == 2


@pytest.mark.parametrize("seen", ["x", ",,", "9" * 99, "\x00"])
def test_forged_field_is_no_harm(desk, seen):
    make_organization(name="Institute of World Economy")
    assert desk.post(ADD, fields(seen_lookalikes=seen)).status_code == 200
    assert Organization.objects.count() == 1


def test_popup_of_the_event_s_form_warns_too(desk):
    make_organization(name="Institute of World Economy")
    response = desk.post(f"{ADD}?_popup=1&_to_field=id", fields(_popup="1"))
    assert "Possible duplicates" in response.content.decode()
    seen = response.context["adminform"].form["seen_lookalikes"].value()
    assert "popup_response" in desk.post(f"{ADD}?_popup=1", fields(_popup="1", seen_lookalikes=seen)).content.decode()


def test_form_of_one_that_is_here_does_not_warn(desk):
    make_organization(name="Institute of World Economy")
    other = make_organization(name="The Institute of World Economy", slug="other")
    address = f"/admin/organizations/organization/{other.pk}/change/"
    assert "looks-like-url" not in desk.get(address).content.decode()
    assert desk.post(address, fields(slug="other", city="Astana")).status_code == 302


def test_address_tells_while_the_name_is_typed(desk):
    organization = make_organization(name="Institute of World Economy", short_name="IWE", city="Astana")
    assert f'data-looks-like-url="{LOOK}"' in desk.get(ADD).content.decode()
    assert desk.get(LOOK, {"name": "the institute of world economy"}).json()["found"] == [
        {
            "name": "Institute of World Economy",
            "place": "IWE, Astana",
            "address": f"/admin/organizations/organization/{organization.pk}/change/",
        }
    ]
    assert (
        desk.get(LOOK, {"name": "\x00", "short_name": "\x00"}).json()["found"] == desk.get(LOOK).json()["found"] == []
    )


def test_address_is_for_those_who_may_add(editor):
    client = Client()
    assert client.get(LOOK, {"name": "x"}).status_code == 302
    editor.groups.clear()
    client.force_login(editor)
    assert client.get(LOOK, {"name": "x"}).status_code == 403


def test_form_keeps_the_scripts_that_it_had(desk):
    page = desk.get(ADD).content.decode()
    assert "admin/suggest_slug" in page
    assert "admin/looks_like" in page
