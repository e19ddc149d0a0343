"""What pages cost in a large archive: each rendered anew, one client. `fill()` of archive.py has made the archive."""

import random
import statistics
import time
from urllib.parse import quote

from django.contrib.auth.models import User
from django.test import Client

from events.models import Event
from forum_site import kept_pages
from organizations.models import Organization
from tests.bench import SLUG

ROUNDS = 40
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
    organizations = list(Organization.objects.values_list("slug", flat=True)[:500])
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
        "organizations": lambda: "/organizations/",
        "organization": lambda: f"/organizations/{chance.choice(organizations)}/",
        "search": lambda: f"/search/?q={quote(chance.choice(WEB_SEARCHES))}",
        "search, word of all events": lambda: "/search/?q=speakers",
        "search, any page": lambda: f"/search/?q=silk&page={chance.randint(1, 10)}",
        "search, nothing found": lambda: "/search/?q=xylophone+quartett+zzzzz",
        "admin: events": lambda: "/admin/events/event/",
        "admin: events, any page": lambda: f"/admin/events/event/?p={chance.randint(1, max(1, events // 50))}",
        "admin: events, search": lambda: f"/admin/events/event/?q={chance.choice(SEARCHES)}",
        "admin: events, filter": lambda: "/admin/events/event/?kind__exact=forum",
        "admin: events by shows": lambda: "/admin/events/event/?o=-6",
        "admin: events of a month": lambda: f"/admin/events/event/?starts_on__year={year}&starts_on__month=5",
        "admin: an event": lambda: f"/admin/events/event/{chance.choice(keys)}/change/",
        "admin: organizations": lambda: "/admin/organizations/organization/",
        "admin: organizations, search": lambda: (
            f"/admin/organizations/organization/?q={chance.choice(['silk', 'institute 77', 'zzz'])}"
        ),
        "admin: agreements": lambda: "/admin/events/agreement/",
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
    client.force_login(User.objects.get_or_create(username="bench", is_staff=True, is_superuser=True)[0])
    for name, address in addresses().items():
        if only not in name:
            continue
        client.get(address())
        took = []
        for _ in range(rounds):
            kept_pages.in_memory.clear()
            asked, began = address(), time.perf_counter()
            response = client.get(asked)
            took.append(1000 * (time.perf_counter() - began))
            if response.status_code != 200:
                raise RuntimeError(f"{asked}: {response.status_code}")
        took.sort()
        yield name, statistics.median(took), took[min(len(took) - 1, int(len(took) * 0.99))]
