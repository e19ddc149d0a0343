import pytest
from babel.core import get_global

from forum_site.core.fields.time_zones import is_of, proposed_zone, zones_of

pytestmark = pytest.mark.one_database


@pytest.mark.parametrize(
    ("country", "city", "zone"),
    [
        ("FR", "", "Europe/Paris"),
        ("JP", "Osaka", "Asia/Tokyo"),
        ("KZ", "Караганда", "Asia/Almaty"),
        ("KZ", "АТЫРАУ", "Asia/Atyrau"),
        ("KZ", "", ""),
        ("US", "chicago", "America/Chicago"),
        ("US", "Чикаго", "America/Chicago"),
        ("US", "San Francisco (California)", "America/Los_Angeles"),
        ("US", "Springfield", ""),
        ("BR", "Manaus", "America/Manaus"),
        ("DE", "Hamburg", "Europe/Berlin"),
        ("PT", "Ponta Delgada", "Atlantic/Azores"),
        ("RU", "Новосибирск", "Asia/Novosibirsk"),
        ("RU", "Иннополис", ""),
        ("", "Paris", ""),
        ("??", "Paris", ""),
    ],
)
def test_zone_is_proposed_by_country_and_city(country, city, zone):
    assert proposed_zone(country, city) == zone


def test_zone_belongs_to_its_country():
    assert is_of("Asia/Oral", "KZ")
    assert not is_of("Europe/Moscow", "KZ")
    assert not is_of("UTC", "KZ")
    assert is_of("UTC", "")
    assert is_of("Asia/Calcutta", "IN")  # An older name of Asia/Kolkata.
    assert not is_of("Etc/GMT-5", "KZ")
    assert is_of("Asia/Newtown", "KZ")  # Newer than what is known here.


def test_every_proposal_is_a_zone_of_its_country():
    for country in set(get_global("zone_territories").values()):
        if zone := proposed_zone(country, ""):
            assert zone in zones_of(country)
