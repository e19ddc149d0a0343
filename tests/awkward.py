"""A site whose contents try the pages: too much, too little, too long, in many scripts, at every moment of an event."""

import datetime

from django.utils import timezone

from events.models import Agreement, Event, Panel, Series, Tag, Visit
from events.sample import load
from forum_site.core.fields.rich_text import RichTextField
from forum_site.core.fields.text import NormalizedField
from forum_site.search.indexing import batch_indexing
from organizations.models import Organization
from tests.factories import make_agreement, make_event, make_organization, make_panel, make_participation, make_visit

LONG_TITLE = "2023 Belt and Road Forum For Interconnected Land-Sea Development: " + "Ministerial Round Table " * 9
WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
PARAGRAPH = (
    "<p>" + "Speakers looked back on a decade of exchange and agreed on what comes next, and said so. " * 12 + "</p>"
)
TABLE = (
    "<table><caption>Trade by year</caption><thead><tr>"
    + "".join(f'<th scope="col">Year {year}</th>' for year in range(2010, 2024))
    + "</tr></thead><tbody><tr>"
    + "<td>1,234.5</td>" * 14
    + "</tr></tbody></table>"
)
BODY = (
    PARAGRAPH * 60 + "<h2>Figures</h2>" + TABLE + "<ul><li>one</li><li>two</li></ul><blockquote>So it was.</blockquote>"
)
LANGUAGES = {
    "chinese": ("zh-hans", "陆海新通道国际合作论坛：共建“一带一路”国家智库交流与务实合作的新未来"),
    "kazakh": ("kk", "Қазақстан мен Қытай арасындағы құрлық пен теңіз дәлізі туралы халықаралық сараптамалық форум"),
    "arabic": ("ar", "منتدى الحزام والطريق للتنمية المترابطة بين البر والبحر"),
}


@batch_indexing()
def make_awkward_site():
    """Fill an empty site; return the addresses of its kinds of pages, by name."""
    load()
    today, day = timezone.localdate(), datetime.timedelta(days=1)
    houses = [
        make_organization(
            name=f"{'Institute for the Study of ' * (1 + number % 3)}Corridors No. {number}", country="KZ"
        )
        for number in range(60)
    ]
    series = Series.objects.create(name="Land and Sea")
    full = make_event(
        title=LONG_TITLE.strip()[:300],
        slug="full",
        theme=f"Jointly {WORD}",
        summary="A forum with everything that a forum can have. " * 6,
        body=BODY,
        starts_on=today - 9 * day,
        ends_on=today - 7 * day,
        starts_at="09:00",
        city="Chongqing",
        country="CN",
        venue=f"House of {WORD}",
        series=series,
        status=Event.Status.POSTPONED,
        original_starts_on=today - 40 * day,
    )
    for position, house in enumerate(houses):
        make_participation(full, house, role=["host", "organizer", "participant"][position % 3], position=position)
    for position in range(25):
        make_panel(
            full,
            title=f"Panel on the {'long and winding ' * (position % 4)}road",
            position=position,
            day=full.starts_on + (position % 3) * day,
            starts_at=f"{9 + position % 8:02}:00",
            ends_at=f"{9 + position % 8:02}:45",
            room=f"Room {WORD}"[:100] if position == 3 else "Blue room",
            description=f"<p>On steel and {WORD}.</p><ul><li>rivets</li></ul>",
        )
    make_visit(
        full, place=f"Museum of {WORD}", city="Chongqing", description="<p>Its rivets.</p>", organization=houses[0]
    )
    make_agreement(
        full, houses[:12], title="Agreement " * 20, other_parties="Ferrymen\nFishermen", valid_until="2031-01-01"
    )

    now = make_event(
        title="A forum that goes on today", slug="now", starts_on=today - day, ends_on=today + day, series=series
    )
    make_panel(now, title="Opening", day=today, starts_at="10:00", room="Great hall")
    make_visit(now, place="Old bridge", visited_on=today)
    make_participation(now, houses[0], role="host")
    make_event(title="A lecture to come", slug="soon", kind="lecture", starts_on=today + 12 * day, attendance="online")
    make_event(title="Bare", slug="bare", starts_on=today - 400 * day)
    make_event(title="Called off", slug="called-off", starts_on=today + 30 * day, status="cancelled")
    for slug, (language, title) in LANGUAGES.items():
        event = make_event(title=title, theme=title, slug=slug, language=language, starts_on=today - 20 * day)
        make_participation(event, make_organization(name=title, slug=slug, language=language), role="host")
    return {
        "home": "/",
        "events": "/events/",
        "a year": "/events/2023/",
        "filtered events": f"/events/?organization={houses[0].slug}&role=host",
        "no events found": "/events/?kind=lecture&year=2023",
        "a month": f"/events/calendar/{full.starts_on.year}/{full.starts_on.month}/",
        "agreements": "/agreements/",
        "search": "/search/",
        "what was found": "/search/?q=forum",
        "nothing found": "/search/?q=zzzzzz",
        "the sample": "/events/belt-and-road-forum-interconnected-land-sea-development-2023/",
        "full event": "/events/full/",
        "event now": "/events/now/",
        "event to come": "/events/soon/",
        "bare event": "/events/bare/",
        "cancelled event": "/events/called-off/",
        **{f"{slug} event": f"/events/{slug}/" for slug in LANGUAGES},
        "organizations": "/organizations/",
        "network": "/organizations/network/",
        "organization": houses[0].get_absolute_url(),
        "chinese organization": "/organizations/chinese/",
        "bare organization": make_organization(name="Bare house", slug="bare").get_absolute_url(),
        "how we count": "/how-we-count/",
        "missing": "/no-such-page/",
    }


ENDLESS = "https-meet-example-org-" + "q7w8e9r0t1y2u3i4o5p6" * 5  # 123 characters without a space


def endless(model, **fields):
    """Return a row's fields, each text of them a word that never ends."""
    texts = {
        field.name: f"<p>{ENDLESS} found</p>" if isinstance(field, RichTextField) else ENDLESS[: field.max_length]
        for field in model._meta.concrete_fields
        if isinstance(field, RichTextField | NormalizedField)
    }
    return {**texts, **fields}


@batch_indexing()
def make_endless_site():
    """Fill an empty site with words without end in every text; return the addresses of its kinds of pages, by name."""
    day = timezone.localdate() + datetime.timedelta(days=3)
    series, tag = Series.objects.create(**endless(Series)), Tag.objects.create(**endless(Tag))
    houses = [
        make_organization(**endless(Organization, website=f"https://example.org/{ENDLESS}", slug=f"endless-{number}"))
        for number in range(3)
    ]
    events = [
        make_event(
            **endless(
                Event,
                slug=f"endless-{number}",
                starts_on=day,
                starts_at="09:00",
                series=series,
                country="KZ",
                online_url=f"https://example.org/{ENDLESS}",
            )
        )
        for number in range(2)
    ]
    for event in events:
        event.tags.add(tag)
        for position, house in enumerate(houses):
            make_participation(event, house, role=["host", "organizer", "participant"][position], position=position)
        make_panel(event, **endless(Panel, day=day, starts_at="10:00", ends_at="11:00"))
        make_panel(event, **endless(Panel, position=1))
        make_visit(event, **endless(Visit, organization=houses[0], visited_on=day))
        make_agreement(event, houses, **endless(Agreement, valid_until="2050-01-01"))
    return {
        "home": "/",
        "events": "/events/",
        "a month": f"/events/calendar/{day.year}/{day.month}/",
        "a year": f"/events/{day.year}/",
        "filtered": f"/events/?organization={houses[0].slug}",
        "event": events[0].get_absolute_url(),
        "agreements": "/agreements/",
        "organizations": "/organizations/",
        "organization": houses[0].get_absolute_url(),
        "network": "/organizations/network/",
        "found": "/search/?q=found",
        "found word": f"/search/?q={ENDLESS}",
        "nothing found": f"/search/?q={ENDLESS}x",
    }
