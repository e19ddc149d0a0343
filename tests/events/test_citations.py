"""Citations by the letter of each style, and nothing typed that gets out of its field."""

import datetime
import re

import pytest
from django.utils import timezone

from events.models import Event
from events.website.exports.citations import apa, apa_days, bibtex, gost, ris
from tests.factories import make_event, make_organization, make_participation
from tests.hostile import HOSTILE

pytestmark = pytest.mark.one_database

DAY = datetime.date


@pytest.fixture
def forum(db):
    event = make_event(
        title="Forum on Roads & Seas",
        slug="roads",
        starts_on=DAY(2023, 5, 17),
        ends_on=DAY(2023, 5, 18),
        city="Chongqing",
        country="CN",
        summary="100 % of roads",
    )
    for role, name in [("organizer", "Office"), ("host", "Alliance of Roads"), ("host", "City of Chongqing")]:
        make_participation(event, make_organization(name=name), role=role)
    return Event.objects.for_detail().get(pk=event.pk)


@pytest.fixture
def today(monkeypatch):
    monkeypatch.setattr(timezone, "localdate", lambda: DAY(2026, 11, 24))


def test_apa(forum):
    assert str(apa(forum)) == (
        "Alliance of Roads, & City of Chongqing. (2023, May 17–18). Forum on Roads & Seas [Forum]. "
        f"Chongqing, China. http://127.0.0.1:8000/e/{forum.pk}/"
    )
    assert apa(forum).title == "Forum on Roads & Seas"


@pytest.mark.parametrize(
    ("last", "text"),
    [
        (DAY(2023, 5, 17), "2023, May 17"),
        (DAY(2023, 5, 18), "2023, May 17–18"),
        (DAY(2023, 6, 1), "2023, May 17–June 1"),
        (DAY(2024, 1, 2), "2023, May 17–2024, January 2"),
    ],
)
def test_apa_writes_days_its_own_way(last, text):
    assert apa_days(DAY(2023, 5, 17), last) == text


def test_gost(forum, today):
    assert str(gost(forum)).replace("\u00a0", " ") == (
        "Forum on Roads & Seas : форум, Chongqing, Китай, 17–18 мая 2023 г. / Alliance of Roads, City of Chongqing. "
        f"– Текст : электронный // Forum Site : [сайт]. – URL: http://127.0.0.1:8000/e/{forum.pk}/ "
        "(дата обращения: 24.11.2026)."
    )


def test_organizers_and_then_the_site_stand_in_for_hosts(forum):
    forum.participations.filter(role="host").delete()
    assert str(apa(Event.objects.get())).startswith("Office. (2023")
    forum.participations.all().delete()
    assert str(apa(Event.objects.get())).startswith("Forum Site. (2023")
    assert "2023 г. – Текст" in str(gost(Event.objects.get())).replace("\u00a0", " ")


def test_bibtex(forum, today):
    assert bibtex(forum) == (
        f"@misc{{event{forum.pk}-2023,\n"
        "  author = {{Alliance of Roads} and {City of Chongqing}},\n"
        "  title = {{Forum on Roads \\& Seas}},\n"
        "  year = {2023},\n"
        "  month = {5},\n"
        "  eventdate = {2023-05-17/2023-05-18},\n"
        "  address = {Chongqing, China},\n"
        "  type = {Forum},\n"
        "  abstract = {100 \\% of roads},\n"
        "  howpublished = {Forum Site},\n"
        "  langid = {en},\n"
        f"  url = {{http://127.0.0.1:8000/e/{forum.pk}/}},\n"
        "  urldate = {2026-11-24},\n"
        "}\n"
    )


def test_ris(forum, today):
    assert ris(forum).split("\r\n") == [
        "TY  - CONF",
        "AU  - Alliance of Roads",
        "AU  - City of Chongqing",
        "TI  - Forum on Roads & Seas",
        "PY  - 2023",
        "DA  - 2023/05/17/",
        "CY  - Chongqing, China",
        "M3  - Forum",
        "AB  - 100 % of roads",
        "PB  - Forum Site",
        "LA  - en",
        f"ID  - event{forum.pk}",
        f"UR  - http://127.0.0.1:8000/e/{forum.pk}/",
        "Y2  - 2026/11/24/",
        "ER  - ",
        "",
    ]


def test_files_are_sent_as_what_they_are(client, forum):
    for ending, content_type, text in [
        ("bib", "application/x-bibtex; charset=utf-8", bibtex(forum)),
        ("ris", "application/x-research-info-systems; charset=utf-8", ris(forum)),
    ]:
        response = client.get(f"/events/roads/cite.{ending}")
        assert response["Content-Type"] == content_type
        assert response["Content-Disposition"] == f'attachment; filename="roads.{ending}"'
        assert response.content.decode() == text
    assert client.get("/events/roads/cite.doc").status_code == 404


def test_page_cites_the_event(client, forum):
    page = client.get("/events/roads/").content.decode()
    assert "<cite>Forum on Roads &amp; Seas</cite> [Forum]. Chongqing, China." in page
    assert f"http://127.0.0.1:8000/e/{forum.pk}/" in page
    for ending in ("bib", "ris"):
        assert f'href="/events/roads/cite.{ending}"' in page


@pytest.mark.parametrize("title", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_stays_in_its_field(forum, title):
    mild, mild_bib = ris(forum), bibtex(forum)
    forum.title = forum.summary = forum.city = title
    assert [line[:6] for line in ris(forum).split("\r\n")] == [line[:6] for line in mild.split("\r\n")]
    assert len(ris(forum).splitlines()) == len(mild.splitlines())
    assert len(bibtex(forum).splitlines()) == len(mild_bib.splitlines())
    assert fields_of(bibtex(forum)) == fields_of(mild_bib)
    for text in (str(apa(forum)), str(gost(forum))):
        assert len(text.splitlines()) == 1


def fields_of(entry):
    """Return the names of the fields as BibTeX finds them: where braces are balanced, at the first level."""
    names, depth, level = [], 0, []
    for character in entry:
        depth += {"{": 1, "}": -1}.get(character, 0)
        assert depth >= 0
        level.append(character if depth == 1 else "")
    assert depth == 0
    names = re.findall(r"(\w+) = ", "".join(level))
    assert "".join(level).count("@") == 0
    return names


def test_lone_halves_of_characters_are_left_out(forum):
    forum.title = "A\ud800B"
    for text in (str(apa(forum)), str(gost(forum)), bibtex(forum), ris(forum)):
        assert "AB" in text
        text.encode()
