"""The sample forum holds every fact of the event that it retells, and loading it never undoes an editor's work."""

import datetime
import io
import re
import tomllib
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from PIL import Image

from events import sample
from events.models import Agreement, Event, Panel, Participation, Visit
from events.sample.drawing import MOTIFS, PALETTES, draw_cover
from forum_site.core.fields.rich_text import RichTextField, clean_rich_text
from organizations.models import Organization
from tests.factories import make_event, make_shows

pytestmark = pytest.mark.one_database

FORUM = "belt-and-road-forum-interconnected-land-sea-development-2023"
ALL = {"organizations": 24, "events": 14}
DATA = Path(sample.__file__).parent
OPENING, SECOND_DAY = datetime.date(2023, 5, 17), datetime.date(2023, 5, 18)


def topics(html):
    return re.findall("<li>(.*?)</li>", html)


def words(html):
    return " ".join(re.sub("<[^>]+>", " ", html).lower().split())


@pytest.fixture
def quick_covers(db, monkeypatch):
    """A small cover for each event: what is drawn has tests of its own."""
    picture = io.BytesIO()
    Image.new("RGB", (16, 9)).save(picture, "WEBP")
    monkeypatch.setattr(sample, "draw_cover", lambda *choice: picture.getvalue())


@pytest.fixture
def loaded(quick_covers):
    return sample.load()


@pytest.fixture
def forum(loaded):
    return Event.objects.get(slug=FORUM)


def test_load_says_what_it_added(loaded):
    assert loaded._asdict() == ALL
    assert (Organization.objects.count(), Event.objects.count()) == (24, 14)


def test_forum_has_its_facts(forum):
    facts = {
        "title": "2023 Belt and Road Forum For Interconnected Land-Sea Development",
        "theme": "Jointly Ushering into A New Future for Interconnected Land-Sea Development",
        "occasion": "10th anniversary of the Belt and Road Initiative",
        "kind": "forum",
        "starts_on": OPENING,
        "ends_on": SECOND_DAY,
        "city": "Chongqing",
        "country": "CN",
        "time_zone": "Asia/Shanghai",
        "imported_shows": 585,
        "publication_status": "published",
        "status": "scheduled",
    }
    assert {name: getattr(forum, name) for name in facts} == facts
    assert forum.show_count == 585


def test_forum_has_its_organizations_in_their_order(forum):
    rows = forum.participations.values_list(
        "role", "organization__name", "organization__kind", "organization__country", "organization__city"
    )
    assert list(rows) == [
        ("host", "“Belt and Road” Think Tank Cooperation Alliance", "alliance", "CN", ""),
        ("host", "Chongqing Municipal People’s Government", "government", "CN", "Chongqing"),
        ("organizer", "Silk Road Think Tank Association", "alliance", "CN", ""),
        ("organizer", "Center for Contemporary World Studies", "think_tank", "CN", ""),
        (
            "organizer",
            "Foreign Affairs Office of the Chongqing Municipal People’s Government",
            "government",
            "CN",
            "Chongqing",
        ),
        ("participant", "China Studies Center Kazakhstan", "think_tank", "KZ", "Astana"),
        ("established", "International Cooperation and Exchange Center", "other", "CN", "Chongqing"),
        ("established", "ILSTC Think Tank Alliance", "alliance", "CN", "Chongqing"),
    ]
    assert list(forum.participations.values_list("position", flat=True)) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_forum_organizations_have_their_parents(forum):
    parents = forum.organizations.exclude(parent=None).values_list("name", "parent__name")
    assert dict(parents) == {
        "Center for Contemporary World Studies": "International Liaison Department of the CPC Central Committee",
        "Foreign Affairs Office of the Chongqing Municipal People’s Government": (
            "Chongqing Municipal People’s Government"
        ),
    }
    department = Organization.objects.get(name="International Liaison Department of the CPC Central Committee")
    assert (department.kind, department.country) == ("party", "CN")


def test_forum_has_its_panels_with_all_topics(forum):
    assert [(panel.position, panel.title, topics(panel.description)) for panel in forum.panels.all()] == [
        (
            1,
            "Interconnected Regional Economic Development Along the ILSTC",
            [
                "role of the ILSTC in coordinated regional development",
                "progress and achievements so far",
                "opportunities and challenges",
                "policy suggestions",
            ],
        ),
        (
            2,
            "Emerging Industrial Cooperation Along Belt and Road",
            [
                "digital economy",
                "green industries",
                "trade, investment and industrial cooperation",
                "Digital Silk Road",
                "Green Silk Road",
            ],
        ),
        (
            3,
            "People-to-People Exchanges Along Belt and Road",
            [
                "Global Civilization Initiative",
                "mutual understanding",
                "friendship among people of different countries",
            ],
        ),
    ]


def test_forum_has_its_agreement_with_parties_that_have_no_name(forum):
    agreement = forum.agreements.get()
    assert (agreement.title, agreement.kind, agreement.signed_on, agreement.signed_during, agreement.status) == (
        "Agreement on friendship and cooperation",
        "agreement",
        OPENING,
        "after the opening ceremony",
        "signed",
    )
    assert agreement.other_parties.split("\n") == [
        "Chinese national think tanks",
        "Chongqing local think tanks",
        "foreign think tanks",
    ]
    assert list(agreement.parties.all()) == []


def test_forum_has_its_visits_with_what_was_seen(forum):
    visits = [
        (visit.position, visit.place, visit.visited_on, visit.city, topics(visit.description))
        for visit in forum.visits.all()
    ]
    assert visits == [
        (1, "Chongqing Planning Exhibition Gallery", SECOND_DAY, "Chongqing", []),
        (
            2,
            "Chongqing International Inland Logistics Hub Exhibition Center",
            SECOND_DAY,
            "Chongqing",
            ["inland open highland", "new land-sea corridor"],
        ),
        (
            3,
            "Sichuan International Studies University",
            SECOND_DAY,
            "Chongqing",
            ["gallery of university history", "Overseas Educational Consultancy"],
        ),
        (
            4,
            "Southwest University of Political Science & Law",
            SECOND_DAY,
            "Chongqing",
            ["China-ASEAN Legal Research Center", "Judicial Appraisal Center"],
        ),
    ]


def test_forum_text_tells_facts(forum):
    facts = [
        "think tank associations",
        "research institutions",
        "business organizations",
        "panel discussions",
        "parallel meetings",
        "results releases",
        "field visits",
        "opinion exchanges",
        "17 and 18 may 2023",
        "“jointly ushering into a new future for interconnected land-sea development”",
        "“international cooperation and exchange center”",
        "“ilstc think tank alliance”",
        "china studies center kazakhstan",
        "agreement on friendship and cooperation",
    ]
    text = words(forum.body)
    assert [fact for fact in facts if fact not in text] == []


FACTS_ON_THE_PAGE = """
    Home / Events / 2023 Belt and Road Forum For Interconnected Land-Sea Development
    Forum
    “Jointly Ushering into A New Future for Interconnected Land-Sea Development”
    17–18 May 2023 / Asia/Shanghai / Chongqing, China
    Hosted by / “Belt and Road” Think Tank Cooperation Alliance / Chongqing Municipal People’s Government
    Organized by / Silk Road Think Tank Association / Center for Contemporary World Studies
    Foreign Affairs Office of the Chongqing Municipal People’s Government
    Taking part / China Studies Center Kazakhstan
    10th anniversary of the Belt and Road Initiative
    Outcomes / Agreement / signed on 17 May 2023 / after the opening ceremony
    Agreement on friendship and cooperation
    Chinese national think tanks / Chongqing local think tanks / foreign think tanks
    Established at the event / International Cooperation and Exchange Center / ILSTC Think Tank Alliance
    think tank associations / research institutions / business organizations
    Panel discussions / parallel meetings / results releases / field visits / opinion exchanges
    Panel 1 / Interconnected Regional Economic Development Along the ILSTC
    role of the ILSTC in coordinated regional development / progress and achievements so far
    opportunities and challenges / policy suggestions
    Panel 2 / Emerging Industrial Cooperation Along Belt and Road
    digital economy / green industries / trade, investment and industrial cooperation
    Digital Silk Road / Green Silk Road
    Panel 3 / People-to-People Exchanges Along Belt and Road
    Global Civilization Initiative / mutual understanding / friendship among people of different countries
    18 May 2023 / Chongqing / Chongqing Planning Exhibition Gallery
    18 May 2023 / Chongqing / Chongqing International Inland Logistics Hub Exhibition Center
    inland open highland / new land-sea corridor
    18 May 2023 / Chongqing / Sichuan International Studies University
    gallery of university history / Overseas Educational Consultancy
    18 May 2023 / Chongqing / Southwest University of Political Science &amp; Law
    China-ASEAN Legal Research Center / Judicial Appraisal Center
    Host
    “Belt and Road” Think Tank Cooperation Alliance / Alliance or association · China
    Chongqing Municipal People’s Government / Government body · Chongqing, China
    Organizer
    Silk Road Think Tank Association / Alliance or association · China
    Center for Contemporary World Studies
    part of / International Liaison Department of the CPC Central Committee / Think tank · China
    Foreign Affairs Office of the Chongqing Municipal People’s Government
    part of / Chongqing Municipal People’s Government / Government body · Chongqing, China
    Participant
    China Studies Center Kazakhstan / Think tank · Astana, Kazakhstan
    Established at the event
    International Cooperation and Exchange Center / Other · Chongqing, China
    ILSTC Think Tank Alliance / Alliance or association · Chongqing, China
    Number of shows: 586
"""


def test_first_show_of_the_page_has_every_fact_in_its_place(client, forum):
    page = client.get(f"/events/{FORUM}/").content.decode()
    main = re.sub("</?time[^>]*>", "", page[page.index("<main") :])
    text = " ".join(re.sub("<[^>]+>", " ", main).split())
    place = 0
    for fact in re.split(r"\s+/\s+|\n\s*", FACTS_ON_THE_PAGE.strip()):
        assert fact in text[place:], fact
        place = text.index(fact, place) + len(fact)


def test_archive_has_something_of_everything(loaded):
    def used(model, field):
        return set(model.objects.values_list(field, flat=True))

    assert used(Event, "kind") == set(Event.Kind) - {Event.Kind.OTHER}
    assert used(Event, "attendance") == set(Event.Attendance)
    assert used(Event, "status") == set(Event.Status)
    assert used(Event, "starts_on__year") == {2023, 2024, 2025, 2026, 2027}
    assert used(Participation, "role") == set(Participation.Role)
    assert used(Organization, "kind") == set(Organization.Kind)
    assert Event.objects.get(status="postponed").original_starts_on == datetime.date(2026, 11, 12)
    assert Event.objects.exclude(attendance="in_person").filter(online_url="").count() == 0
    assert Agreement.objects.filter(parties__isnull=False).distinct().count() == 4


def test_only_draft_of_the_archive_is_hidden(loaded):
    hidden = Event.objects.exclude(pk__in=Event.objects.published())
    assert [event.slug for event in hidden] == ["land-and-sea-four-years-on-2027"]


def test_every_event_has_summary_text_and_picture(loaded):
    bare = [
        event.slug
        for event in Event.objects.all()
        if not (event.summary and event.body and event.cover and event.cover_alt and event.cover_credit)
    ]
    assert bare == []


def test_invented_organizations_have_reserved_addresses(loaded):
    addresses = [*Organization.objects.exclude(website="").values_list("website", flat=True)]
    addresses += Event.objects.exclude(online_url="").values_list("online_url", flat=True)
    assert [url for url in addresses if not re.match(r"https://([\w-]+\.)?example\.(org|com)/", url)] == []
    assert len(addresses) == 16


@pytest.mark.parametrize("model", [Organization, Event, Panel, Agreement, Visit])
def test_cleaner_takes_nothing_away(loaded, model):
    (name,) = [field.name for field in model._meta.fields if isinstance(field, RichTextField)]
    stored = [text for text in model.objects.values_list(name, flat=True) if text]
    table = model._meta.model_name
    rows = tomllib.loads((DATA / ("organizations.toml" if table == "organization" else "events.toml")).read_text())
    if table in rows:
        written = [row[name] for row in rows[table] if name in row]
    else:
        written = [part[name] for event in rows["event"] for part in event.get(table, []) if name in part]
    assert sorted(stored) == sorted(written)
    assert [clean_rich_text(text) for text in stored] == stored


def test_loading_twice_keeps_what_editors_and_readers_did(forum):
    forum.summary = "An editor wrote this."
    forum.imported_shows = 600
    forum.slug = "land-sea-forum-2023"
    forum.save()
    forum.panels.first().delete()
    make_shows(forum, 1)
    center = Organization.objects.get(slug="china-studies-center-kazakhstan")
    center.city, center.slug = "Almaty", "csck"
    center.save()

    assert sample.load()._asdict() == {"organizations": 0, "events": 0}

    forum, center = Event.objects.get(pk=forum.pk), Organization.objects.get(pk=center.pk)
    assert (forum.summary, forum.slug, forum.panels.count()) == ("An editor wrote this.", "land-sea-forum-2023", 2)
    assert (forum.imported_shows, forum.show_count) == (600, 601)
    assert (center.city, center.slug) == ("Almaty", "csck")
    assert (Organization.objects.count(), Event.objects.count()) == (24, 14)


def test_missing_event_comes_back_with_organizations_that_moved(forum):
    moved = forum.organizations.get(slug="silk-road-think-tank-association")
    moved.slug = "silk-road"
    moved.save()
    returned = forum.organizations.get(slug="ilstc-think-tank-alliance")
    for slug in ("ilstc", "ilstc-alliance", "ilstc-think-tank-alliance"):
        returned.slug = slug
        returned.save()
    before = list(forum.participations.values_list("organization", "role"))
    forum.delete()

    assert sample.load()._asdict() == {"organizations": 0, "events": 1}
    assert list(Event.objects.get(slug=FORUM).participations.values_list("organization", "role")) == before


def test_event_whose_data_break_a_rule_is_not_added_at_all(quick_covers, monkeypatch):
    broken = {
        "slug": "broken",
        "title": "Broken",
        "starts_on": OPENING,
        "cover": {"alt": "Drawing", "motif": "table", "palette": "ink"},
        "panel": [{"title": "In time", "day": OPENING}, {"title": "A day late", "day": SECOND_DAY}],
    }
    monkeypatch.setattr(sample, "read", lambda name: [broken] if name == "event" else [])
    with pytest.raises(ValidationError, match="outside the event"):
        sample.load()
    assert (Event.objects.count(), Panel.objects.count()) == (0, 0)


def test_if_empty_leaves_a_site_with_an_event_alone(quick_covers, capsys):
    make_event(title="Our own", publication_status=Event.PublicationStatus.DRAFT)
    call_command("load_sample", "--if-empty")
    assert (Organization.objects.count(), Event.objects.count()) == (0, 1)
    assert capsys.readouterr().out == "There are events already. Nothing added.\n"


def test_if_empty_fills_an_empty_site(quick_covers, capsys):
    call_command("load_sample", "--if-empty")
    assert Event.objects.count() == 14
    assert capsys.readouterr().out.endswith("Added to the site: organizations 24, events 14.\n")


def test_without_if_empty_the_sample_joins_what_is_there(quick_covers):
    make_event(title="Our own")
    call_command("load_sample")
    assert Event.objects.count() == 15


def test_covers_are_drawn_for_the_page():
    covers = [(row["slug"], row["cover"]["motif"], row["cover"]["palette"]) for row in sample.read("event")]
    pictures = [draw_cover(*cover) for cover in covers]
    assert {Image.open(io.BytesIO(picture)).size for picture in pictures} == {(1600, 900)}
    assert {Image.open(io.BytesIO(picture)).format for picture in pictures} == {"WEBP"}
    assert [cover for cover, picture in zip(covers, pictures, strict=True) if len(picture) > 120 * 1024] == []
    assert len(set(pictures)) == len(pictures)
    assert {motif for _slug, motif, _palette in covers} == set(MOTIFS)
    assert {palette for _slug, _motif, palette in covers} == set(PALETTES)


def test_cover_depends_on_the_slug_alone():
    first, again, other = (draw_cover(slug, "ridges", "snow") for slug in ("astana", "astana", "baku"))
    assert first == again
    assert first != other


def test_loaded_cover_is_the_one_that_was_drawn(db, monkeypatch):
    (row,) = [row for row in sample.read("event") if row["slug"] == FORUM]
    row = {name: value for name, value in row.items() if name not in {"participation", "visit"}}
    monkeypatch.setattr(sample, "read", lambda name: [row] if name == "event" else [])
    sample.load()
    event = Event.objects.get()
    assert (event.cover_width, event.cover_height) == (1600, 900)
    with event.cover.open() as stored:
        assert stored.read() == draw_cover(FORUM, "horizon", "harbour")
    assert event.cover_alt.startswith("Drawing: ")
    assert event.cover_credit == "Drawing: Forum Site"
