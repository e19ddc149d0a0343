"""What somebody might send in place of a word: `ODD_TEXTS` by name, and `RAW`, which no browser writes into addresses.

All of it is made here, the same at each run; `mutations()` makes more by a seed. `scripts.py` has what wants to run,
`corpora.py` what others collected.
"""

import json
import random
from urllib.parse import quote

from tests.odd_input.scripts import SCRIPTS

LONG = 60_000  # characters
MANY = 1_000  # texts

CHARACTERS = {
    "nothing": "",
    "space": " ",
    "nul": "a\x00b",
    "nul alone": "\x00",
    "half a character": "a\ud800b",
    "halves the wrong way round": "\udc00\ud800",
    "byte that is no utf-8": "caf\udce9",
    "four bytes": "𝔘𝔫𝔦 😀",
    "no characters": "\ufffe\uffff\U0001ffff",
    "right to left": "\u202egnp.exe\u202c عربي",
    "isolates left open": "\u2067\u2066\u202b" * 50 + "x",
    "no width": "\u200b\u200d\ufeff\u00ad",
    "marks on marks": "e" + "\u0301\u0489" * 500,
    "ends of lines": "One\r\nTwo\rThree\u2028Four\u2029Five\x85Six\x0bSeven\x0cEight",
    "controls": "".join(map(chr, [*range(1, 32), *range(127, 160)])),
    "mark of the editor": "\ue0e0",
    "case that grows": "ﬁİŉΐ" * 20,
    "ligature of eighteen letters": "ﷺ" * 200,
}
LENGTHS = {
    "long": "x" * LONG,
    "long words": "word " * (LONG // 5),
    "long in four bytes": "😀" * (LONG // 3),
    "long spaces": "a" + " " * LONG + "b",
    "long commas": "," * LONG,
    "deep markup": "<b><div>" * 5_000 + "x",
    "deep lists": "<ul><li>" * 300 + "x" + "</li></ul>" * 300,
    "open comment": "<!--" * 10_000,
    "entities": "&amp" * 10_000,
    "deep json": "[" * 20_000,
    "deep object": '{"a":' * 2_000 + "1" + "}" * 2_000,
}
NUMBERS = {
    text: text
    for text in (
        *("0", "-0", "-1", "+1", " 1 ", "1_000", "01", "1.0", "1.5", "1,5", "1e3", "0x10", "0b1", "--1"),
        *("32768", "2147483648", "9223372036854775807", "9223372036854775808", "-9223372036854775809"),
        *("999999999999999999", "1e309", "-1e309", "1e-400", "infinity", "-Infinity", "nan", "sNaN", "1e999999999"),
        *("٣", "²", "½", "Ⅷ", "\uff11\uff12", "𝟙", "true", "null", "None", "on"),
    )
} | {"thirty digits": "9" * 30, "more digits than python reads": "9" * 5_000}
DAYS = {
    text: text
    for text in (
        *("0000-00-00", "0001-01-01", "9999-12-31", "10000-01-01", "-0001-01-01", "2023-02-30", "2023-13-01"),
        *("31.12.9999", "01.01.0001", "1/1/1", "2023-W20-3", "20230517", "٢٠٢٣-٠٥-١٧", "2023-05-17T10:00:00Z"),
        *("2023-03-26 02:30", "9999-12-31 23:59:59", "0001-01-01 00:00", "2023-05-17 10:00+99:99"),
        *("24:00", "23:59:60", "-1:00", "12:00:00.9999999", "25:61", "00:00", "02:30"),
    )
}
SQL = {
    text: text
    for text in (
        *("' OR '1'='1", "'; DROP TABLE events_event; --", "1 UNION SELECT NULL,NULL--", "%' AND 1=1 AND '%'='"),
        *("\\'; --", "1;SELECT pg_sleep(9)", "$$; --", "1' AND (SELECT 1 FROM (SELECT SLEEP(9))x)-- -", "%_%\\", "\\"),
        *("1) OR (1=1", "'||(SELECT version())||'", '"', "''''", "`", "id__in", "pk__gt=0", "?", "%s", "%(a)s", ":a"),
    )
}
TEMPLATES = {
    text: text
    for text in (
        *("{{ 7|add:7 }}", "{% debug %}", "{% include 'x' %}", "${7*7}", "#{7*7}", "<%= 7*7 %>", "{0.__class__}", "{}"),
        *(
            "%n%x%s%d",
            "%(title)s",
            "{title}",
            "%",
            "{",
            "$(id)",
            "`id`",
            "; ls",
            "| cat /etc/passwd",
            "${jndi:ldap://x}",
        ),
    )
}
PATHS = {
    text: text
    for text in (
        *("../../../etc/passwd", "..\\..\\boot.ini", "/etc/passwd", "....//....//", "%2e%2e%2f", "C:\\con", "\\\\x\\y"),
        *(
            "file:///etc/passwd",
            "a/b",
            "/",
            "//",
            ".",
            "..",
            "a.php",
            "con",
            "~root",
            "/admin/",
            "?",
            "#",
            "a?b#c",
            ";a=b",
        ),
    )
}
LINES = {
    "header": "a\r\nSet-Cookie: canary=1",
    "quoted header": "%0d%0aX-Canary:%201",
    "calendar": "a\r\nEND:VEVENT\nBEGIN:VEVENT",
    "log": 'a\n{"level":"CRITICAL","message":"forged"}',
}
ADDRESSES = {
    text: text
    for text in (
        *("javascript:canary()", "java\tscript:canary()", "data:text/html,<script>canary()</script>", "//evil.example"),
        *(
            "https:evil.example",
            "https://evil.example@forum.example",
            "http://[::1",
            "http://[",
            "http://]",
            "http:///",
        ),
        *(
            "https://a:99999/",
            "https://a:b/",
            "http://\u2100.example",
            "http://xn--a",
            "http://münchen.example/",
            "mailto:",
        ),
        *("/\\evil.example", "\\/evil.example", "https://" + "a" * 300 + ".example", "http://a.example/" + "b" * 3_000),
        *(
            "http://1.1.1.1 &@2.2.2.2# @3.3.3.3/",
            "HTTPS://FORUM.EXAMPLE",
            "tel:\x00",
            "http://a.example/\ud800",
            "ftp://a",
        ),
    )
}
FORMULAS = {
    text: text for text in ("=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", '=HYPERLINK("//evil.example")', "=cmd|' /C'!A0")
}
STRUCTURES = {
    "a json object": '{"title": "x"}',
    "a json list": '["1", 2, null]',
    "a json number": "1e400",
    "xml that grows": '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "cc"><!ENTITY d "&b;&b;">]><a>&d;</a>',
    "a pickle": "\x80\x04\x95.",
    "a key of another": "1,2,3",
    "a key in brackets": "[1]",
    "signed by nobody": "eyJhIjoxfQ:1tABCD:" + "A" * 43,
}
ODD_TEXTS = {
    **{
        f"{kind}: {name}": text
        for kind, texts in [
            ("characters", CHARACTERS),
            ("lengths", LENGTHS),
            ("numbers", NUMBERS),
            ("days", DAYS),
            ("sql", SQL),
            ("templates", TEMPLATES),
            ("paths", PATHS),
            ("lines", LINES),
            ("addresses", ADDRESSES),
            ("formulas", FORMULAS),
            ("structures", STRUCTURES),
        ]
        for name, text in texts.items()
    },
    **{f"scripts: {number}": text for number, text in enumerate(SCRIPTS)},
}

# As they stand in a path or a query: what no browser would write.
RAW = [
    *(
        "%",
        "%z",
        "%zz",
        "%u0041",
        "%0",
        "%00",
        "%c0%af",
        "%e0%80%af",
        "%f0%80%80%af",
        "%c0%ae%c0%ae%c0%af",
        "%ed%a0%80",
    ),
    *("%f4%90%80%80", "%f8%88%80%80%80", "%ff%fe", "%80", "%F0%9F%98", "%EF%BF%BF", "%e2%80%ae", "%0d%0aX:%201", "%0a"),
    *("%2e%2e%2f%2e%2e%2f", "%2f%2f", "%5c%5c", "%25%30%30", "%2500", "+", "%20", "%26", "%3b", "%23", "%3f", ";", "*"),
    quote("\x1b[2J\x07"),
    "%41" * 5_000,
]


def mutations(number, seed=17):
    """Return `number` odd texts made of others: cut, joined, repeated, turned round, quoted, with another character."""
    chance = random.Random(seed)
    known = [text[:2_000] for text in ODD_TEXTS.values()]
    return [mutated(chance, chance.choice(known), chance.choice(known))[:LONG] for _number in range(number)]


def mutated(chance, one, other):
    at = chance.randrange(len(one) + 1)
    odd = chr(chance.choice([0, 0x7F, 0xD800, 0xDC00, 0xFFFF, 0x10FFFF, 0x202E]))
    return chance.choice(
        [
            one[:at] + other + one[at:],
            one[at:] + other[: chance.randrange(len(other) + 1)],
            one * chance.randrange(2, 60),
            one[::-1] + other,
            quote(one, errors="surrogatepass") + other,
            json.dumps([one, {other: at}]),
            one.swapcase() + "\x00" + other.upper(),
            one[:at] + odd + one[at + 1 :],
        ]
    )


def encoded(text):
    """Return `text` percent-encoded, halves of characters as the bytes that they would be."""
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def spread(texts, places, times=1):
    """Yield `(place, text)`: each text at `times` of the places, and something at each place, one after another.

    Of a large corpus each text goes to one place.
    """
    texts = list(texts)
    times = times if len(texts) < MANY else 1
    for number in range(max(len(texts) * times, len(places))):
        yield places[number % len(places)], texts[number // times % len(texts)]
