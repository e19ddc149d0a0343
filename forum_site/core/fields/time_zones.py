"""Which time zones a country has, and which of them a city is in, from Unicode's CLDR (by Babel)."""

import re
from functools import cache

from babel import Locale
from babel.core import get_global
from babel.dates import get_timezone_location

from forum_site.core.text.folding import fold

# Where almost all of a country keeps one time (`primaryZones` of CLDR, which Babel leaves out).
PRIMARY = {
    "CL": "America/Santiago",
    "CN": "Asia/Shanghai",
    "DE": "Europe/Berlin",
    "EC": "America/Guayaquil",
    "ES": "Europe/Madrid",
    "MH": "Pacific/Majuro",
    "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland",
    "PF": "Pacific/Tahiti",
    "PT": "Europe/Lisbon",
    "UA": "Europe/Kyiv",
    "UZ": "Asia/Tashkent",
}
# Capitals and large cities for which no zone is named, in countries of several times.
CITIES = {
    "KZ": {
        "Asia/Almaty": "Astana, Нур-Султан, Nur-Sultan, Shymkent, Шымкент, Karaganda, Qaraghandy, Караганда, "
        "Қарағанды, Pavlodar, Павлодар, Semey, Семей, Taraz, Тараз, Oskemen, Өскемен, Ust-Kamenogorsk, "
        "Усть-Каменогорск, Turkistan, Turkestan, Туркестан, Түркістан, Астана, 阿斯塔纳, Petropavl, Петропавловск, "
        "Kokshetau, Кокшетау",
        "Asia/Aqtobe": "Aktobe, Актобе",
        "Asia/Aqtau": "Aktau, Актау",
        "Asia/Qostanay": "Kostanay, Костанай",
        "Asia/Qyzylorda": "Kyzylorda, Кызылорда",
        "Asia/Oral": "Uralsk, Уральск",
    },
    "RU": {
        "Europe/Moscow": "Saint Petersburg, St Petersburg, St. Petersburg, Санкт-Петербург, 圣彼得堡, Kazan, Казань, "
        "Nizhny Novgorod, Нижний Новгород, Sochi, Сочи, Rostov-on-Don, Ростов-на-Дону, Voronezh, Воронеж, Krasnodar, "
        "Краснодар",
        "Asia/Yekaterinburg": "Ekaterinburg, Chelyabinsk, Челябинск, Ufa, Уфа, Perm, Пермь, Tyumen, Тюмень, Orenburg",
        "Asia/Irkutsk": "Ulan-Ude, Улан-Удэ",
        "Asia/Vladivostok": "Khabarovsk, Хабаровск",
    },
    "US": {
        "America/New_York": "Washington, Washington DC, Washington D.C., Boston, Philadelphia, Atlanta, Miami, "
        "New York City",
        "America/Chicago": "Houston, Dallas, Austin, San Antonio, Minneapolis, New Orleans, St. Louis",
        "America/Denver": "Salt Lake City, Santa Fe, Albuquerque",
        "America/Los_Angeles": "San Francisco, Seattle, San Diego, Portland, Las Vegas, Palo Alto, Stanford",
    },
    "CA": {"America/Toronto": "Ottawa, Montreal, Montréal, Quebec, Québec", "America/Edmonton": "Calgary, Banff"},
    "AU": {"Australia/Sydney": "Canberra", "Australia/Brisbane": "Gold Coast, Cairns"},
    "BR": {"America/Sao_Paulo": "Brasilia, Rio de Janeiro, Belo Horizonte, Porto Alegre, Curitiba"},
    "MX": {"America/Mexico_City": "Guadalajara, Puebla", "America/Cancun": "Playa del Carmen"},
    "ID": {"Asia/Jakarta": "Bandung, Surabaya, Yogyakarta", "Asia/Makassar": "Bali, Denpasar, Nusa Dua"},
    "MN": {"Asia/Ulaanbaatar": "Ulan Bator, Улан-Батор"},
    "ES": {"Atlantic/Canary": "Las Palmas, Las Palmas de Gran Canaria, Santa Cruz de Tenerife, Tenerife"},
    "PT": {"Atlantic/Madeira": "Funchal", "Atlantic/Azores": "Ponta Delgada"},
    "CD": {"Africa/Lubumbashi": "Goma, Bukavu"},
    "AR": {"America/Argentina/Buenos_Aires": "Rosario, La Plata"},
}
LANGUAGES = ("en", "ru", "kk", "zh", "uz", "ky", "tr", "de", "fr", "es")  # in which CLDR's names of cities are known


@cache
def zones_of(country):
    """Return the zones of a country, by their names; none where the country is not known."""
    territories = get_global("zone_territories").items()
    return sorted(name for name, territory in territories if territory == country and not name.startswith("Etc/"))


def is_of(zone, country):
    """Return whether a zone belongs to a country; of a zone whose country is not known, True."""
    name = get_global("zone_aliases").get(zone, zone)
    territory = get_global("zone_territories").get(name)
    if territory is None and "/" in name and not name.startswith("Etc/"):
        return True
    return not country or not zones_of(country) or territory == country


@cache
def _cities(country):
    """Return the zone of each city whose name is known, folded."""
    found = {}
    for zone in zones_of(country):
        names = [zone.rpartition("/")[2].replace("_", " ")]
        names += [get_timezone_location(zone, locale=Locale(language), return_city=True) for language in LANGUAGES]
        names += CITIES.get(country, {}).get(zone, "").split(", ")
        found |= {key: zone for name in names if (key := _key(name))}
    return found


def _key(name):
    return re.sub(r"\W+", " ", fold(name)).strip()


def proposed_zone(country, city):
    """Return the zone that an event in a city follows, or "" where the country has several and the city is unknown."""
    zones = zones_of(country)
    if len(zones) == 1:
        return zones[0]
    cities = _cities(country)
    parts = [city, *re.split(r"[,(/;]", city)]
    found = next((cities[key] for part in parts if (key := _key(part)) in cities), "")
    return found or PRIMARY.get(country, "")
