"""Every method on every address, by somebody who is not signed in, with and without a valid CSRF token."""

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from urllib.parse import urlencode

from rehearsals.attack.line import Line, NoAnswerError
from rehearsals.attack.scene import LONGEST, MARKER

AT_ONCE = 6
METHODS = "GET HEAD POST PUT PATCH DELETE OPTIONS TRACE CONNECT PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK SEARCH"
METHODS = f"{METHODS} REPORT PURGE LINK UNLINK BREW post".split()
# What would be done if it were taken: to save, to publish, to delete, to put back, to merge, to sign somebody in.
FIELDS = {
    "title": "Changed",
    "name": "Changed",
    "slug": "changed",
    "publication_status": "published",
    "starts_on": "2023-05-17",
    "_save": "Save",
    "_publish": "1",
    "_unpublish": "1",
    "action": "delete_selected",
    "_selected_action": "1",
    "post": "yes",
    "keep": "1",
    "give_up": "2",
    "login": "attacked-root",
    "password": "wrong",
    "password1": "a new password of mine",
    "password2": "a new password of mine",
    "is_superuser": "on",
    "_method": "DELETE",
}
TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="(\w+)"')
COOKIE = re.compile(rb"set-cookie: *csrftoken=(\w+)", re.I)


def every_method(scene, options):
    """Every method on every address, anonymous, with and without a CSRF token: no content changes, nothing breaks."""
    site = scene.start()
    workers = site.worker_pids()
    statuses = Counter()
    taken = Counter()  # POST with a token, by status: 403 would say that the token was not believed.
    for token in (False, True):
        for method in METHODS:
            headers, fields = token_of(site) if token else ("", {})
            asked = partial(ask, scene, method, headers, {**FIELDS, **fields})
            with ThreadPoolExecutor(AT_ONCE) as pool:
                answers = list(pool.map(asked, scene.addresses))
            for address, answer in zip(scene.addresses, answers, strict=True):
                if answer is None:
                    scene.check(False, f"{method} {address} got no answer.")
                    continue
                judge(scene, method, address, answer)
                if answer.took > LONGEST:  # It may have waited for the others: alone, it is to be quick.
                    again = asked(address)
                    scene.check(again and again.took < LONGEST, f"{method} {address} was answered late, and again.")
                statuses[answer.status] += 1
                taken[answer.status] += method == "POST" and token
            if changed := scene.changed():
                token_words = "with" if token else "without"
                scene.check(False, f"{method} {token_words} a token has changed {', '.join(changed)}.")
                scene.before = scene.checksums()
    scene.check(taken[302] > 100, f"The token was not believed: the part proves nothing. {dict(taken)}")
    scene.close_books(workers)
    told = ", ".join(f"{status}: {times:,}" for status, times in sorted(statuses.items()))
    scene.asked = sum(statuses.values())
    scene.note(f"{len(METHODS)} methods, {len(scene.addresses)} addresses, with and without a token; {told}")


def token_of(site):
    """Return the headers and fields of a form that was fetched, as a browser would send them."""
    with Line(site.port) as line:
        line.send(b"GET /account/sign-in/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = line.answer()
    cookie, token = COOKIE.search(answer.head)[1].decode(), TOKEN.search(answer.body)[1].decode()
    return f"Cookie: csrftoken={cookie}\r\nX-CSRFToken: {token}\r\n", {"csrfmiddlewaretoken": token}


def ask(scene, method, headers, fields, address):
    """Return the answer, or None when there is none."""
    body = b"" if method in ("GET", "HEAD") else urlencode(fields).encode()
    head = f"{method} {address} HTTP/1.1\r\nHost: localhost\r\nX-HTTP-Method-Override: DELETE\r\nConnection: close\r\n"
    if body:
        head += f"{headers}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
    try:
        with Line(scene.site.port) as line:
            line.send(f"{head}\r\n".encode() + body)
            return line.answer(method)
    except (NoAnswerError, OSError):
        return None


def judge(scene, method, address, answer):
    scene.longest = max(scene.longest, answer.took)
    scene.check(0 < answer.status < 500, f"{method} {address} was answered {answer.status}.")
    scene.check(MARKER not in answer.text, f"{method} {address} told what is hidden.")
