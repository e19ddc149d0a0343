"""“Cite this event”: APA (7th edition), GOST R 7.0.100-2018, BibTeX and RIS.

Each is a pure function of an event whose participations are loaded. Its authors are those who hosted it, else those
who organized it, else this site; its address is the short one, which stays. What a style fixes is in the style's own
language, whatever the site's: APA in English, GOST in Russian.
"""

import re
from typing import NamedTuple

from babel.dates import format_date
from django.conf import settings
from django.utils import timezone
from django.utils.translation import override

from events.dates import days
from events.models import Event, Participation
from forum_site.core.fields.countries import country_name
from forum_site.core.fields.urls import absolute
from forum_site.core.text.plain import one_line, plain_text

GOST_KINDS = {
    Event.Kind.FORUM: "форум",
    Event.Kind.CONFERENCE: "конференция",
    Event.Kind.SEMINAR: "семинар",
    Event.Kind.ROUND_TABLE: "круглый стол",
    Event.Kind.LECTURE: "лекция",
    Event.Kind.CEREMONY: "церемония",
    Event.Kind.EXHIBITION: "выставка",
    Event.Kind.DELEGATION: "визит делегации",
    Event.Kind.OTHER: "мероприятие",
}

MARK = re.compile(" (?=[:–/] )")  # A line does not begin with a mark of punctuation.

# Braces have to come in pairs, even escaped ones, so they are named.
TEX = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: f"\\{character}" for character in "&%$#_"},
}


class Citation(NamedTuple):
    """A citation as text; the title is apart, because a style may want it in italics."""

    before: str
    title: str
    after: str

    def __str__(self):
        return "".join(self)


def authors(participations):
    """Return the names of those who hosted, else of those who organized, else of this site."""
    for role in (Participation.Role.HOST, Participation.Role.ORGANIZER):
        if names := [one_line(each.organization.name) for each in participations if each.role == role]:
            return names
    return [one_line(settings.SITE_NAME)]


def apa(event):
    """Return the citation by the Publication Manual of the APA, 7th edition, 10.5 (conferences and their like)."""
    names = authors(event.participations.all())
    if len(names) > 20:
        names = [*names[:19], f"… {names[-1]}"]
        joined = ", ".join(names)
    else:
        joined = ", & ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    with override("en"):
        kind = "Event" if event.kind == Event.Kind.OTHER else str(event.get_kind_display())
        place = ", ".join(one_line(part) for part in (event.city, country(event)) if part)
    address = absolute(event.get_short_url())
    return Citation(
        f"{joined}{'' if joined.endswith('.') else '.'} ({apa_days(event.starts_on, event.ends_on)}). ",
        one_line(event.title),
        f" [{kind}].{f' {place}.' if place else ''} {address}",
    )


def apa_days(first, last):
    """Return the days as APA writes them: `2023, May 17–18`."""

    def day(date, pattern):
        return format_date(date, pattern, locale="en")

    if first == last:
        return day(first, "y, MMMM d")
    if first.year != last.year:
        return f"{day(first, 'y, MMMM d')}–{day(last, 'y, MMMM d')}"
    return f"{day(first, 'y, MMMM d')}–{day(last, 'd' if first.month == last.month else 'MMMM d')}"


def gost(event):
    """Return the citation by GOST R 7.0.100-2018, as of a resource on the net, seen today."""
    with override("ru"):
        when = plain_text(days(event.starts_on, event.ends_on)).replace("\u202f", " ")
        place = ", ".join(one_line(part) for part in (event.city, country(event)) if part)
    names = authors(event.participations.all())
    by_site = names == [one_line(settings.SITE_NAME)]
    metadata = ", ".join(part for part in (GOST_KINDS[event.kind], place, when) if part)
    described = f"{metadata}{'' if by_site else ' / ' + ', '.join(names)}"
    text = (
        f" : {described.removesuffix('.')}. – Текст : электронный // "
        f"{one_line(settings.SITE_NAME)} : [сайт]. – URL: {absolute(event.get_short_url())} "
        f"(дата обращения: {timezone.localdate():%d.%m.%Y})."
    )
    return Citation("", one_line(event.title), MARK.sub("\u00a0", text))


def bibtex(event):
    """Return an entry for BibTeX and BibLaTeX."""
    fields = {
        "author": " and ".join(f"{{{tex(name)}}}" for name in authors(event.participations.all())),
        "title": f"{{{tex(event.title)}}}",
        "year": event.starts_on.year,
        "month": event.starts_on.month,
        "eventdate": f"{event.starts_on}/{event.ends_on}" if event.ends_on > event.starts_on else event.starts_on,
        "venue": tex(event.venue),
        "address": tex(", ".join(part for part in (event.city, country(event)) if part)),
        "type": tex(event.get_kind_display()),
        "abstract": tex(event.summary),
        "howpublished": tex(settings.SITE_NAME),
        "langid": event.language or settings.LANGUAGE_CODE,
        "url": absolute(event.get_short_url()),
        "urldate": timezone.localdate(),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@misc{{event{event.pk}-{event.starts_on.year},", *lines, "}", ""])


def tex(text):
    return re.sub(r"[\\{}~^&%$#_]", lambda match: TEX[match.group()], one_line(text))


def ris(event):
    """Return a record in the format of Research Information Systems, whose lines end as on Windows."""
    lines = [
        ("TY", "CONF"),
        *(("AU", name) for name in authors(event.participations.all())),
        ("TI", event.title),
        ("PY", event.starts_on.year),
        ("DA", f"{event.starts_on:%Y/%m/%d}/"),
        ("CY", ", ".join(part for part in (event.city, country(event)) if part)),
        ("M3", event.get_kind_display()),
        ("AB", event.summary),
        ("PB", settings.SITE_NAME),
        ("LA", event.language or settings.LANGUAGE_CODE),
        ("ID", f"event{event.pk}"),
        ("UR", absolute(event.get_short_url())),
        ("Y2", f"{timezone.localdate():%Y/%m/%d}/"),
        ("ER", ""),
    ]
    return "".join(f"{tag}  - {one_line(value)}\r\n" for tag, value in lines if value or tag == "ER")


def country(event):
    return country_name(event.country) if event.country else ""
