"""Requests that no browser would send, made up from a seed: the same seed makes the same requests.

Each kind is a function of a `Maker`; `KINDS` says how often which one comes. What the kinds mutate are the addresses
and parameters that the site has, so that most of what is asked reaches a view.
"""

import random
from dataclasses import dataclass
from urllib.parse import quote, quote_from_bytes

from rehearsals.attack.odd_words import HEADERS, METHODS, TEXTS, VALUES

USUAL = b"Host: localhost\r\nUser-Agent: odd\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"


@dataclass(slots=True)
class Request:
    """`answers` are the methods of the requests in it, in turn; one that is not `whole` may be left without any."""

    kind: str
    data: bytes
    answers: tuple
    whole: bool = True

    @property
    def is_prefetch(self):
        return b"prefetch" in self.data.lower()


class Maker:
    """Yields requests without end; `with_parameters` are `(path, parameters)`, as `addresses.py` has them."""

    def __init__(self, seed, addresses, with_parameters):
        self.random = random.Random(seed)
        self.private = [path for path in addresses if path.startswith(("/account/", "/admin/"))]
        self.public = [path for path in addresses if path not in self.private]
        public = [pair for pair in with_parameters if pair[0] not in self.private]
        self.with_parameters = public * 3 + [pair for pair in with_parameters if pair not in public]

    def __iter__(self):
        names, weights = zip(*KINDS.items(), strict=True)
        while True:
            yield getattr(self, self.random.choices(names, weights)[0])()

    def some(self, choices):
        return self.random.choice(choices)

    def address(self):
        """The admin leads whoever is not signed in away, so most of what is asked is public."""
        return self.some(self.public if self.random.random() < 0.75 else self.private)

    def text(self):
        text = self.some(TEXTS)
        return text + self.some(TEXTS) if self.random.random() < 0.15 else text

    def request(self, kind, method="GET", target=None, headers=b"", body=b"", version=b"HTTP/1.1"):
        target = self.address().encode() if target is None else target
        head = (
            method.encode()
            + b" "
            + target
            + b" "
            + version
            + b"\r\n"
            + (b"" if b"\nHost:" in b"\n" + headers else USUAL)
        )
        if body or method in ("POST", "PUT", "PATCH"):
            headers += b"Content-Length: %d\r\n" % len(body)
        return Request(kind, head + headers + b"\r\n" + body, (method,))

    def parameters(self):
        """Well-known parameters with odd values, and odd ones, of an address that reads some."""
        path, known = self.some(self.with_parameters)
        pairs = [(name, value.encode()) for name, value in known.items() if self.random.random() < 0.3]
        for _ in range(self.random.randint(1, 3)):
            name = self.some([*known, *known, "page", "q", "format", "next", "__proto__", "a[]", "\x00", "é" * 99])
            pairs.insert(self.random.randint(0, len(pairs)), (name, self.text()))
        if self.random.random() < 0.02:
            pairs *= 200
        query = self.some([b"&", b"&", b"&", b";", b"&&", b"&amp;"]).join(
            quote(name).encode() + self.some([b"=", b"=", b"=", b"", b"=="]) + quote_from_bytes(value, safe="").encode()
            for name, value in pairs
        )
        return self.request("parameters", self.some(["GET", "GET", "HEAD"]), path.encode() + b"?" + query[:40_000])

    def path(self):
        """A known address, changed in one place."""
        path = bytearray(self.address().encode())
        place = self.random.randint(1, len(path))
        odd = quote_from_bytes(self.text()[:2000], safe=self.some(["", "/", "/%"])).encode()
        change = self.random.randint(0, 7)
        if change == 0:
            path[place:place] = odd
        elif change == 1:
            path[place : self.random.randint(place, len(path))] = odd
        elif change == 2:
            path = path.swapcase()
        elif change == 3:
            path = path[:place]
        elif change == 4:
            path += self.some(
                [b"//", b"/.", b"/..", b"/../", b";a=b", b"%2e%2e/", b"%00", b".json", b"?", b"~", b".bak"]
            )
        elif change == 5:
            path = path.replace(b"/", self.some([b"//", b"/./", b"%2f", b"\\", b"/%2e/"]))
        elif change == 6:
            path = bytearray(b"".join(b"%%%02x" % byte for byte in path[1:])).join([b"/", b""])
        else:
            path = bytearray(self.some([b"http://localhost", b"http://example.org", b"https:/", b"//", b""])) + path
        return self.request("path", self.some(["GET", "GET", "HEAD", "POST"]), bytes(path))

    def method(self):
        method = self.some(METHODS)
        target = b"localhost:80" if method == "CONNECT" and self.random.random() < 0.5 else None
        made = self.request("method", method, self.some([target, target, b"*"]) if target is None else target)
        return made

    def headers(self):
        """A known address, with headers that are odd, too many, too long, or come twice."""
        headers = b""
        for _ in range(self.random.randint(1, 5)):
            name = self.some(HEADERS)
            value = self.some(VALUES.get(name) or TEXTS) if self.random.random() < 0.7 else self.text()
            value = value.replace(b"\r", b"").replace(b"\n", b"").replace(b"\x00", b"")[:8000]
            headers += name.encode() + b": " + value + b"\r\n"
        if self.random.random() < 0.02:
            headers += b"".join(b"X-Odd-%d: 1\r\n" % number for number in range(self.some([60, 99, 200, 3000])))
        if self.random.random() < 0.02:
            headers += b"X-Long: " + b"a" * self.some([9000, 70_000, 500_000]) + b"\r\n"
        made = self.request("headers", self.some(["GET", "GET", "HEAD"]), None, headers)
        made.whole = b"Expect" not in headers and len(headers) < 60_000
        return made

    def body(self):
        """A whole form to an address that takes one, or to one that does not: odd names, values and parts."""
        path = self.some(self.private if self.random.random() < 0.8 else self.public).encode()
        names = [
            b"login",
            b"password",
            b"csrfmiddlewaretoken",
            b"next",
            b"title",
            b"action",
            b"_save",
            b"post",
            b"code",
        ]
        fields = [(self.some([*names, self.text()[:200]]), self.text()) for _ in range(self.random.randint(0, 6))]
        method = self.some(["POST", "POST", "POST", "PUT", "DELETE"])
        token = b"a" * 32
        headers = self.some([b"", b"Cookie: csrftoken=" + token + b"\r\nX-CSRFToken: " + token + b"\r\n"])
        shape = self.random.randint(0, 3)
        if shape == 0:
            headers += b"Content-Type: multipart/form-data; boundary=odd\r\n"
            body = b"".join(self.part(name, value) for name, value in fields) + self.some(
                [b"--odd--\r\n", b"", b"--odd"]
            )
        elif shape == 1:
            headers += b"Content-Type: application/json\r\n"
            body = self.some([b"[" * 5000, b'{"a": ' * 900, b'"\\ud800"', b"{}", b"1e999", self.text()])
        else:
            headers += FORM
            body = b"&".join(
                quote_from_bytes(name).encode() + b"=" + quote_from_bytes(text).encode() for name, text in fields
            )
        return self.request("body", method, path, headers, body[:100_000])

    def part(self, name, value):
        """A part of a multipart body, whole or broken."""
        name = name.replace(b"\r", b"").replace(b"\n", b"")
        file = self.some(
            [b"", b"", b'; filename="../../odd.png"', b"; filename*=UTF-8''%00%ff", b'; filename="' + name + b'"']
        )
        head = b'Content-Disposition: form-data; name="' + name + b'"' + file
        head += self.some(
            [
                b"",
                b"",
                b"\r\nContent-Type: image/png",
                b"\r\nContent-Transfer-Encoding: base64",
                b"\r\nX: " + b"a" * 2000,
            ]
        )
        return (
            self.some([b"--odd\r\n", b"--odd\r\n", b"--od", b"\n--odd\n"])
            + head
            + self.some([b"\r\n\r\n", b"\r\n"])
            + value
            + b"\r\n"
        )

    def chunked(self):
        """A body in chunks, right or wrong."""
        path = self.some(self.private).encode()
        sizes = self.some([b"5\r\nlogin\r\n0\r\n\r\n", b"5;a=b\r\nlogin\r\n0\r\nX: y\r\n\r\n", b"0\r\n\r\n"])
        wrong = [
            b"ffffffffffffffffff\r\nx",
            b"-1\r\nx\r\n0\r\n\r\n",
            b"5\nlogin\n0\n\n",
            b"5\r\nlog",
            b"g\r\n",
            b"0x5\r\nlogin\r\n0\r\n\r\n",
        ]
        is_right = self.random.random() < 0.5
        head = b"POST " + path + b" HTTP/1.1\r\n" + USUAL + FORM + b"Transfer-Encoding: chunked\r\n\r\n"
        return Request("chunked", head + (sizes if is_right else self.some(wrong)), ("POST",), whole=is_right)

    def framing(self):
        """What tells lies about where a request ends, or is no HTTP at all."""
        path = self.address().encode()
        get = b"GET " + path + b" HTTP/1.1\r\n" + USUAL
        post = b"POST " + path + b" HTTP/1.1\r\n" + USUAL
        odd = self.text()
        data = self.some(
            [
                post + b"Content-Length: -1\r\n\r\n",
                post + b"Content-Length: 9\r\nContent-Length: 3\r\n\r\nabcabcabc",
                post + b"Content-Length: 3, 9\r\n\r\nabcabcabc",
                post + b"Content-Length: +3\r\n\r\nabc",
                post + b"Content-Length: 99999999999999999999999\r\n\r\nabc",
                post + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
                post + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
                post + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
                post + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
                post + b"Content-Length: 3\r\n\r\nabcGARBAGE " + odd,
                get + b"X-Odd: " + odd + b"\r\n\r\n",
                get + b" folded: " + odd + b"\r\n\r\n",
                get + b"No colon here\r\n\r\n",
                get + b"X\x00Y: z\r\n\r\n",
                get + b"X: a\x00b\r\n\r\n",
                get + b"X: a\rb\r\n\r\n",
                get.replace(b"\r\n", b"\n") + b"\n",
                b"GET " + odd + b" HTTP/1.1\r\n" + USUAL + b"\r\n",
                b"GET " + path + b" HTTP/1.1\r\n\r\n",
                b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\nHost: example.org\r\n\r\n",
                b"GET " + path + b" HTTP/2.0\r\n" + USUAL + b"\r\n",
                b"GET " + path + b" HTTP/1.2\r\n" + USUAL + b"\r\n",
                b"GET " + path + b" HTTQ/1.1\r\n" + USUAL + b"\r\n",
                b"GET  " + path + b"  HTTP/1.1\r\n" + USUAL + b"\r\n",
                b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + odd[:200],
                b"\r\n\r\n" + get + b"\r\n",
                odd + b"\r\n\r\n",
            ]
        )
        return Request("framing", data, ("GET",) * 3, whole=False)

    def old(self):
        """HTTP/1.0, with and without a host, and 0.9."""
        path = self.address().encode()
        if self.random.random() < 0.2:
            return Request("old", b"GET " + path + b"\r\n", ("GET",), whole=False)
        host = self.some([b"", b"Host: localhost\r\n", b"Connection: keep-alive\r\n"])
        return Request("old", b"GET " + path + b" HTTP/1.0\r\n" + host + b"\r\n", ("GET",), whole=False)

    def half(self):
        """A request that is begun, and never ended."""
        made = self.some([self.body, self.headers, self.parameters])()
        return Request("half", made.data[: self.random.randint(1, len(made.data) - 1)], made.answers, whole=False)

    def pipeline(self):
        """Several requests in one go."""
        made = [self.some([self.parameters, self.path, self.headers])() for _ in range(self.random.randint(2, 6))]
        made = [each for each in made if each.whole] or [self.parameters()]
        answers = tuple(method for each in made for method in each.answers)
        return Request("pipeline", b"".join(each.data for each in made), answers, whole=len(made) == 1)


KINDS = {
    "parameters": 28,
    "path": 22,
    "method": 8,
    "headers": 16,
    "body": 14,
    "chunked": 2,
    "framing": 4,
    "old": 2,
    "half": 1,
    "pipeline": 3,
}
