"""What pages cost in a large archive: each rendered anew, one client. `fill()` of archive.py has made the archive."""

import gc
import math
import random
import statistics
import time
from urllib.parse import quote

from django.contrib.auth.models import User
from django.test import Client

from events.models import AgreementParty, Event
from forum_site.pagecache import views as kept_pages
from organizations.models import Organization
from rehearsals.bench import SLUG
from rehearsals.bench.archive import HOUSE

ROUNDS = 100
WEB_SEARCHES = [
    *("silk", "agreed on what comes next", "land sea", "Almaty institute", "corridor 4711", "institute 77"),
    *("coridor", "ышдл", "zzzzzz", "Kazakhstan bridges", "the"),
]
SEARCHES = ["silk", "Almaty", "institute 77", "land sea", "corridor 4711", "zzz", "house", "event asked"]


def addresses():
    """Return a function for each kind of page; it returns an address of that kind."""
    chance = random.Random(2)
    events = Event.objects.count()
    pages = max(1, events // 20)
    year = Event.objects.filter(slug__startswith="event-")[events // 2].starts_on.year
    in_year = max(1, Event.objects.filter(starts_on__year=year).count() // 20)
    first_year = Event.objects.order_by("starts_on").first().starts_on.year
    houses = Organization.objects.count()
    taking_part = Organization.objects.filter(participations__isnull=False).order_by("pk").distinct()
    organizations = list(taking_part.values_list("slug", flat=True)[:500])
    few = max(1, events // 20 // 20)
    first = Event.objects.earliest("starts_on").starts_on
    parties = list(AgreementParty.objects.values_list("organization__slug", flat=True)[:100])
    keys = list(Event.objects.values_list("pk", flat=True)[:2000])
    return {
        "event": lambda: f"/events/event-{chance.randrange(events - 1)}/",
        "event asked for": lambda: f"/events/{SLUG}/",
        "home": lambda: "/",
        "list, page 1": lambda: "/events/",
        "list, any page": lambda: f"/events/?page={chance.randint(1, pages)}",
        "list, last page": lambda: f"/events/?page={pages}",
        "year, page 1": lambda: f"/events/{year}/",
        "year, any page": lambda: f"/events/{year}/?page={chance.randint(1, in_year)}",
        "list of a kind, any page": lambda: (
            f"/events/?kind={chance.choice(Event.Kind.values)}&page={chance.randint(1, few)}"
        ),
        "list of a country, oldest first": lambda: f"/events/?country=KZ&sort=oldest&page={chance.randint(1, few)}",
        "list, three filters": lambda: f"/events/?kind={chance.choice(Event.Kind.values)}&year={year}&country=KZ",
        "list of an organization": lambda: f"/events/?organization={chance.choice(organizations)}",
        "list of an organization in its role": lambda: (
            f"/events/?organization={chance.choice(organizations)}&role=host"
        ),
        "list of two organizations": lambda: (
            f"/events/?organization={chance.choice(organizations)}&with={chance.choice(organizations)}"
        ),
        "list of who was everywhere": lambda: f"/events/?organization={HOUSE}&page={chance.randint(1, pages)}",
        "list of who was everywhere, a kind": lambda: f"/events/?organization={HOUSE}&kind=forum&country=CN",
        "list of a day": lambda: f"/events/?day={year}-05-{chance.randint(10, 28)}",
        "month": lambda: f"/events/calendar/{year}/{chance.randint(1, 12)}/",
        "month, the first": lambda: f"/events/calendar/{first.year}/{first.month}/",
        "register": lambda: "/agreements/",
        "register, any page": lambda: f"/agreements/?page={chance.randint(1, max(1, events // 300))}",
        "register, filtered": lambda: f"/agreements/?kind=memorandum&year={year}",
        "register of a party": lambda: f"/agreements/?party={chance.choice(parties)}",
        "organizations": lambda: "/organizations/",
        "organizations, any page": lambda: f"/organizations/?page={chance.randint(1, max(1, houses // 50))}",
        "organizations of a kind and country": lambda: "/organizations/?kind=think_tank&country=KZ",
        "network, the latest years": lambda: "/organizations/network/",
        "network of a year": lambda: f"/organizations/network/?from={year}&to={year}",
        "network of three years": lambda: f"/organizations/network/?from={year - 2}&to={year}",
        "network of all years asked for": lambda: f"/organizations/network/?from={first_year}",
        "organization": lambda: f"/organizations/{chance.choice(organizations)}/",
        "search": lambda: f"/search/?q={quote(chance.choice(WEB_SEARCHES))}",
        "search, word of all events": lambda: "/search/?q=speakers",
        "search, any page": lambda: f"/search/?q=silk&page={chance.randint(1, 10)}",
        "search, nothing found": lambda: "/search/?q=xylophone+quartett+zzzzz",
        "admin: events": lambda: "/admin/events/event/",
        "admin: events, any page": lambda: f"/admin/events/event/?p={chance.randint(1, max(1, events // 25))}",
        "admin: events, search": lambda: f"/admin/events/event/?q={chance.choice(SEARCHES)}",
        "admin: events, filter": lambda: "/admin/events/event/?kind__exact=forum",
        "admin: events, two filters": lambda: "/admin/events/event/?status__exact=scheduled&country=KZ",
        "admin: events by title, any page": lambda: (
            f"/admin/events/event/?o=1&p={chance.randint(1, max(1, events // 25))}"
        ),
        "admin: events by place, any page": lambda: (
            f"/admin/events/event/?o=3&p={chance.randint(1, max(1, events // 25))}"
        ),
        "admin: events of a month": lambda: f"/admin/events/event/?begins={year}-05",
        "admin: an event": lambda: f"/admin/events/event/{chance.choice(keys)}/change/",
        "admin: organizations": lambda: "/admin/organizations/organization/",
        "admin: organizations, search": lambda: (
            f"/admin/organizations/organization/?q={chance.choice(['silk', 'institute 77', 'zzz'])}"
        ),
        "admin: agreements": lambda: "/admin/events/agreement/",
        "admin: agreements, any page": lambda: f"/admin/events/agreement/?p={chance.randint(1, max(1, events // 250))}",
        "admin: agreements, search": lambda: f"/admin/events/agreement/?q={chance.choice(['silk', 'zzz'])}",
        "admin: autocomplete": lambda: (
            "/admin/autocomplete/?app_label=events&model_name=agreement&field_name=event&term=silk"
        ),
        "admin: shows": lambda: "/admin/events/showcount/",
        "admin: desk": lambda: "/admin/",
    }


def measure(rounds=ROUNDS, only=""):
    """Yield the name of each kind of page, with the median and the slowest but one of a hundred, in ms."""
    client = Client(headers={"Host": "localhost"})
    client.get("/")
    gc.collect()
    gc.freeze()  # This client has loaded the middleware a second time.
    client.force_login(User.objects.get_or_create(username="bench", is_staff=True, is_superuser=True)[0])
    for name, address in addresses().items():
        if only not in name:
            continue
        client.get(address())
        took = []
        for _ in range(rounds):
            kept_pages.page_cache.clear()
            asked, began = address(), time.perf_counter()
            response = client.get(asked)
            took.append(1000 * (time.perf_counter() - began))
            if response.status_code != 200:
                raise RuntimeError(f"{asked}: {response.status_code}")
        took.sort()
        yield name, statistics.median(took), took[math.ceil(0.99 * len(took)) - 1]
