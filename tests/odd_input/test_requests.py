"""Odd headers, cookies, hosts and bodies on every kind of page: what is not understood changes and breaks nothing."""

import json

from tests.odd_input.words import LONG, ODD_TEXTS, RAW, encoded, mutations, spread

FORM = "application/x-www-form-urlencoded"
HEADERS = [
    *("HTTP_HOST", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED"),
    *("HTTP_ACCEPT", "HTTP_ACCEPT_LANGUAGE", "HTTP_ACCEPT_ENCODING", "HTTP_ACCEPT_CHARSET", "HTTP_USER_AGENT"),
    *("HTTP_REFERER", "HTTP_ORIGIN", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_MATCH", "HTTP_IF_RANGE"),
    *("HTTP_IF_UNMODIFIED_SINCE", "HTTP_RANGE", "HTTP_PURPOSE", "HTTP_SEC_PURPOSE", "HTTP_X_PURPOSE", "HTTP_X_MOZ"),
    *("HTTP_COOKIE", "HTTP_X_CSRFTOKEN", "HTTP_X_REQUESTED_WITH", "HTTP_X_HTTP_METHOD_OVERRIDE", "HTTP_AUTHORIZATION"),
    *(
        "HTTP_X_REQUEST_ID",
        "HTTP_CONTENT_ENCODING",
        "HTTP_TRANSFER_ENCODING",
        "HTTP_EXPECT",
        "HTTP_UPGRADE",
        "HTTP_X_ODD",
    ),
    *("CONTENT_TYPE", "CONTENT_LENGTH", "REMOTE_ADDR", "SERVER_PORT", "HTTP_SEC_FETCH_SITE", "HTTP_DNT", "HTTP_TE"),
]
COOKIES = ["sessionid", "csrftoken", "messages", "django_language", "django_timezone", "x"]
TYPES = [
    *(
        "",
        "x",
        "/",
        "text/plain",
        "application/json",
        "text/xml",
        FORM,
        f"{FORM}; charset=utf-7",
    ),
    *(
        f"{FORM}; charset=none",
        f"{FORM}; charset=utf-16",
        f"{FORM}; charset=idna",
        f"{FORM}; charset=zip",
        "multipart/form-data",
    ),
    *(
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=x",
        'multipart/form-data; boundary="x',
        "multipart/mixed",
    ),
    *(
        "multipart/form-data; boundary=" + "x" * 300,
        "multipart/form-data; boundary=\xff",
        "multipart/form-data; charset=x; boundary=x",
    ),
    *("multipart/form-data; boundary=x; boundary=y", ";" * 500, "a/b;" + "c=d;" * 500, FORM + ";charset*=utf-8''%ff"),
]


def part(head, content=b"x"):
    return b"--x\r\n" + head + b"\r\n\r\n" + content + b"\r\n"


def multipart_bodies():
    name = b'Content-Disposition: form-data; name="title"'
    file = b'Content-Disposition: form-data; name="file"; filename='
    end = b"--x--\r\n"
    return {
        "nothing": b"",
        "only an end": end,
        "no end": part(name),
        "no beginning": b"title=1",
        "cut in a head": b"--x\r\nContent-Dispo",
        "cut in a content": b"--x\r\n" + name + b"\r\n\r\nabc",
        "no name": part(b"Content-Disposition: form-data") + end,
        "no disposition": part(b"X: y") + end,
        "no head": b"--x\r\n\r\nx\r\n" + end,
        "long name": part(b'Content-Disposition: form-data; name="' + b"a" * LONG + b'"') + end,
        "odd name": part(b'Content-Disposition: form-data; name="\xff\x00\xed\xa0\x80"') + end,
        "many heads": part(b"X: y\r\n" * 2_000 + name) + end,
        "two names": part(b'Content-Disposition: form-data; name="a"; name="b"') + end,
        "encoded name": part(b"Content-Disposition: form-data; name*=utf-8''%ff%00") + end,
        "encoded by nobody": part(b"Content-Disposition: form-data; name*=zip''a") + end,
        "base64 that is none": part(name + b"\r\nContent-Transfer-Encoding: base64", b"=") + end,
        "base64 cut": part(file + b'"a.jpg"\r\nContent-Transfer-Encoding: base64', b"QUJD" * 50 + b"Q") + end,
        "other transfer": part(name + b"\r\nContent-Transfer-Encoding: x-none") + end,
        "charset of a part": part(name + b"\r\nContent-Type: text/plain; charset=none") + end,
        "file without a name": part(file + b'""') + end,
        "path for a name": part(file + b'"../../../evil.jpg"') + end,
        "nul in a name": part(file + b'"a\x00.jpg"') + end,
        "long name of a file": part(file + b'"' + b"a" * LONG + b'.jpg"') + end,
        "dots for a name": part(file + b'".."') + part(file + b'"/"') + part(file + b'"C:\\\\con"') + end,
        "type of a file": part(file + b'"a.jpg"\r\nContent-Type: \xff/\x00; a=b; charset=none') + end,
        "many fields": b"".join(part(b'Content-Disposition: form-data; name="%d"' % each) for each in range(1_000))
        + end,
        "many files": b"".join(part(file + b'"%d.jpg"' % each) for each in range(400)) + end,
        "nested": part(b"Content-Type: multipart/mixed; boundary=y", b"--y\r\nX: z\r\n\r\nx\r\n--y--") + end,
        "boundary in a content": part(name, b"a--x--b\r\n--xy\r\n") + end,
        "bare line feeds": part(name).replace(b"\r", b"") + end,
    }


BODIES = {
    **multipart_bodies(),
    "json": b'{"title": "x", "id": [1, {"a": null}]}',
    "deep json": b"[" * 20_000,
    "json of a number": b"1e999999",
    "json cut": b'{"credential": "',
    "xml": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    "bytes": bytes(range(256)) * 20,
    "many fields of a form": b"&".join(b"a%d=1" % each for each in range(6_000)),
    "one field often": b"title=1&" * 6_000,
    "long field": b"title=" + b"x" * LONG,
    "percents": b"%" * 20_000,
    "odd bytes": "&".join(f"title={raw}&{raw}=1" for raw in RAW if len(raw) < 99).encode(),
    "utf-16": "title=é".encode("utf-16"),
    "arrays": b"title[]=1&title[0][a]=2&title.b=3",
}
SENT_TO = [
    *("/", "/events/", "/search/", "/account/sign-in/", "/account/password/", "/account/second-factor/webauthn/login/"),
    *("/account/second-factor/totp/activate/", "/account/second-factor/webauthn/add/", "/admin/events/event/add/"),
    *(
        "/admin/events/event/",
        "/admin/events/event/import/",
        "/admin/events/picture/upload/",
        "/admin/events/picture/add/",
    ),
    *("/admin/organizations/organization/add/", "/admin/events/event/1/preview-links/", "/admin/auth/user/add/"),
]


def as_sent(text):
    """Return the text as a server hands a header on: byte by byte, without what ends a line."""
    return "".join(text.splitlines()).encode("utf-8", "surrogatepass").decode("latin-1").replace("\x00", "")


def pages(site):
    return [
        *(("/events/published/", "anonymous"), ("/events/", "anonymous"), ("/search/?q=forum", "anonymous")),
        *(
            ("/", "anonymous"),
            (f"/media/{site.picture.file.name}", "anonymous"),
            ("/events/published.ics", "anonymous"),
        ),
        *(("/account/sign-in/", "anonymous"), ("/admin/", "editor"), ("/admin/events/event/", "superuser")),
        *(("/livez", "anonymous"), ("/static/css/base.css", "anonymous"), ("/events/feed/", "anonymous")),
    ]


def test_odd_headers(site, odd_texts, settings):
    settings.BEHIND_PROXY = True  # Whatever a proxy would hand on is read, too.
    before = site.content()
    places = [(header, *page) for header in HEADERS for page in pages(site)]
    for (header, address, who), text in spread(odd_texts, places, 2):
        is_body = header.startswith("CONTENT_") or "CSRF" in header
        method = "POST" if is_body else "GET"
        site.ask(method, address, who=who, what=f"{header}: {text}", **{header: as_sent(text)})
    for header in HEADERS:
        if header not in ("CONTENT_LENGTH", "SERVER_PORT"):
            site.ask("GET", "/events/published/", what=header, **{header: "a" * LONG})
            site.ask("GET", "/events/published/", what=header, **{header: "a,b;c=d " * 2_000})
    site.assert_sound()
    assert site.content() == before


def test_odd_cookies(site, odd_texts):
    before = site.content()
    places = [(cookie, *page) for cookie in COOKIES for page in pages(site)]
    for (cookie, address, who), text in spread([each[:8_000] for each in odd_texts], places):
        for method in ("GET", "POST"):
            kept = site.cookies[who].output(attrs=[], header="", sep=";").strip()
            sent = f"{kept}; {cookie}={as_sent(text)}"
            site.ask(
                method,
                address,
                b"a=1",
                FORM,
                what=f"{cookie}={text}",
                HTTP_COOKIE=sent,
                is_kept=who == "anonymous",
                who=who,
            )
    site.assert_sound()
    assert site.content() == before


def test_odd_bodies(site):
    before = site.content()
    for number, (what, body) in enumerate(BODIES.items()):
        own = "multipart/form-data; boundary=x" if body.startswith(b"--x") else FORM
        for turn, address in enumerate(SENT_TO):
            for kind in (own, TYPES[(number + turn) % len(TYPES)]) if (number + turn) % 3 == 0 else ():
                send_as_both(site, address, body, kind, what)
    for address, kind in spread(TYPES, SENT_TO, 4):
        send_as_both(site, address, b"title=x&next=/", kind, "fields")
    site.assert_sound()
    assert site.content() == before


def send_as_both(site, address, body, kind, what):
    for who in ("anonymous", "superuser"):
        site.ask("POST", address, body, kind, who=who, is_kept=who == "anonymous", what=f"{what} as {kind}")


def test_told_length_that_is_not_the_true_one(site):
    """Longer and shorter than what comes; what is no number, no server hands on."""
    lengths = ["", "0", "1", "13", "14", "15", "5000", "60000", "0000014", "9" * 18]
    for address, length in spread(lengths, SENT_TO, 4):
        for kind in (FORM, "multipart/form-data; boundary=x"):
            site.ask("POST", address, b"title=x&next=/", kind, who="superuser", is_kept=False, CONTENT_LENGTH=length)
            site.ask("POST", address, b"title=x&next=/", kind, CONTENT_LENGTH=length)
    site.assert_sound()


def test_odd_tokens_open_nothing(site, odd_texts):
    """Forged links to a preview, and tables that were said to be kept in the page."""
    opened = site.link.address.split("/")[2]
    signature = opened.rpartition(":")[2]
    tokens = [opened[:-1], opened + "x", opened.swapcase(), f":{signature}", opened[::-1], opened.replace(":", "\x00:")]
    tokens += [site.ended_link.address.split("/")[2], *(f"{text[:300]}:{signature}" for text in odd_texts)]
    for token in tokens:
        answer = site.ask("GET", f"/preview/{encoded(token)}/", what="token")
        assert answer is None or answer.status_code in (400, 404), token
        body = f"kept={encoded(token)}&import=yes".encode()
        site.ask("POST", "/admin/events/event/import/", body, FORM, who="superuser", is_kept=False, what="kept")
    site.assert_sound()
    assert site.ask("GET", site.link.address).status_code == 200


def test_the_odd_texts_are_many_and_the_same_each_time():
    assert len(ODD_TEXTS) > 200
    assert mutations(50) == mutations(50) != mutations(50, seed=1)
    assert json.dumps(sorted(ODD_TEXTS))
