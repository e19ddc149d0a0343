import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F

from organizations.models import Organization
from tests.factories import make_organization


@pytest.fixture
def family(db):
    """Grandparent, parent and child."""
    ministry = make_organization(name="Ministry")
    office = make_organization(name="Office", parent=ministry)
    return ministry, office, make_organization(name="Desk", parent=office)


def test_ancestors_come_nearest_first(family):
    ministry, office, desk = family
    assert desk.ancestors() == [office, ministry]


def test_organization_is_no_ancestor_of_its_own(family):
    ministry, _office, desk = family
    ministry.parent = desk
    with pytest.raises(ValidationError) as error:
        ministry.full_clean()
    assert error.value.message_dict == {
        "parent": ["“Desk” is itself a part of this organization. Choose another one, or none."]
    }


def test_ancestors_end_even_in_a_circle(family):
    ministry, office, desk = family
    Organization.objects.filter(pk=ministry.pk).update(parent=desk)
    ministry.refresh_from_db()
    assert ministry.ancestors() == [desk, office, ministry]


def test_organization_is_not_its_own_parent(family):
    with pytest.raises(IntegrityError), transaction.atomic():
        Organization.objects.update(parent=F("id"))
    desk = family[-1]
    desk.parent = desk
    with pytest.raises(ValidationError) as error:
        desk.full_clean()
    assert list(error.value.message_dict) == ["parent"]


def test_parent_is_not_deleted_from_under_its_parts(family):
    with pytest.raises(IntegrityError), transaction.atomic():
        family[0].delete()


@pytest.mark.django_db
@pytest.mark.parametrize("website", ["javascript:alert(1)", "ftp://example.org", "https://with space.example"])
def test_website_is_an_address_of_the_web(website):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_organization(website=website)


@pytest.mark.django_db
def test_country_has_a_name():
    assert make_organization(country="KZ").get_country_display() == "Kazakhstan"
    with pytest.raises(ValidationError):
        Organization(name="x", country="XX").full_clean()
