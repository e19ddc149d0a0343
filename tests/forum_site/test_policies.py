"""Every answer bears its policies: each address of the resolver, asked by everybody, and each kind of refusal."""

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from events.models import Event, PreviewLink
from events.website.exports.share_image import picture_digest
from forum_site.core.http.security_headers import NEVER_USED, PERMISSIONS
from tests.factories import make_full_event
from tests.forum_site.test_permission_matrix import LINK, Site, addresses

pytestmark = pytest.mark.one_database

STRICT = {
    *("default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'"),
    *("object-src 'none'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"),
}
OF_MEDIA = {"default-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "sandbox"}
WITH_EDITOR = STRICT - {"style-src 'self'", "img-src 'self'"} | {
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
}
WITH_CODE = STRICT - {"img-src 'self'"} | {"img-src 'self' data:"}  # The page of the app's code, a picture in itself.
EVERYWHERE = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": PERMISSIONS,
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@pytest.fixture
def client():
    """A browser that comes by https, as it does to a site that others reach."""
    return Client(raise_request_exception=False)


@pytest.fixture(autouse=True)
def _https(settings):
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_SSL_REDIRECT = settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True


def policy(response):
    return set(response["Content-Security-Policy"].split("; "))


def assert_policies(response, expected=STRICT, shown_by="same-origin", but=()):
    where = response.request["PATH_INFO"], response.status_code
    assert policy(response) == expected, where
    for name, value in EVERYWHERE.items():
        assert (response.get(name) == value) != (name in but), (where, name, response.get(name))
    assert response["Cross-Origin-Resource-Policy"] == shown_by, where
    assert response["Referrer-Policy"] in ("strict-origin-when-cross-origin", "same-origin", "no-referrer"), where
    assert "Access-Control-Allow-Origin" not in response, where
    given = [cookie for cookie in response.cookies.values() if cookie["max-age"] != 0]  # The others are taken away.
    for cookie in given:
        assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax"), (where, cookie)


def public_addresses():
    """Yield `(name, address)` of all outside the admin; one with a new parameter fails for want of a value."""
    make_full_event(1, slug="full")
    event = Event.objects.get(slug="full")
    (organization,) = event.organizations.all()[:1]
    organization.slug = "full"
    organization.save()
    values = {"slug": "full", "year": 2023, "month": 5, "format": "bib", "digest": picture_digest(event), "number": 1}
    values |= {"pk": event.pk, "path": "a.png"}
    values["token"] = PreviewLink.objects.create(**LINK, event=event).address.split("/")[2]
    for name, route, parameters in walk(get_resolver().url_patterns):
        for parameter in parameters:
            kind = route.partition(f":{parameter}>")[0].rpartition("<")[2]
            route = route.replace(f"<{kind}:{parameter}>", str(values[parameter]))
        yield name, f"/{route}"


def walk(patterns, prefix=""):
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield pattern.name, route, pattern.pattern.converters
        elif not route.startswith("admin"):
            yield from walk(pattern.url_patterns, route)


@pytest.mark.parametrize("person", ["nobody", "superuser"])
@pytest.mark.parametrize("method", ["get", "post", "head", "options", "put"])
def test_every_address_outside_the_admin_bears_them(client, admin_user, settings, person, method):
    settings.MEDIA_ROOT.mkdir(parents=True, exist_ok=True)
    (settings.MEDIA_ROOT / "a.png").write_bytes(b"content")
    if person == "superuser":
        client.force_login(admin_user)
    asked = list(public_addresses())
    assert len(asked) > 45
    for name, address in asked:
        if name == "account_logout":
            continue
        response = getattr(client, method)(address, secure=True)
        media = name == "media"
        is_picture = name == "share-picture" and response.get("Content-Type") == "image/png"
        with_code = name == "mfa_activate_totp" and response.status_code == 200
        assert_policies(
            response,
            OF_MEDIA if media else WITH_CODE if with_code else STRICT,
            "same-site" if (media and response.status_code != 405) or is_picture else "same-origin",
        )
        if "Cookie" in response.get("Vary", ""):
            assert "no-store" in response["Cache-Control"], name


@pytest.mark.parametrize("method", ["get", "post"])
def test_every_address_of_the_admin_bears_them(client, author, editor, manager, admin_user, method):
    site = Site(author, editor, manager, admin_user)
    client.force_login(admin_user)
    with_editor = set()
    for name, address in addresses(site):
        response = getattr(client, method)(address, secure=True)
        has_editor = b'data-type="ckeditortype"' in getattr(response, "content", b"")
        relaxed = policy(response) == WITH_EDITOR
        assert_policies(response, WITH_EDITOR if relaxed else STRICT)
        assert relaxed or not has_editor, name
        if relaxed:
            with_editor.add(name)
        if response.status_code == 200:
            assert "no-store" in response["Cache-Control"], name
    # The forms of what has a text, and no other page: not their lists, their history, nor what asks before it deletes.
    allowed = ("/events/event/", "/events/agreement/", "/organizations/organization/")
    for name in with_editor:
        assert name.startswith(tuple(f"/admin{each}" for each in allowed)), name
        assert name.endswith(("/add/", "/change/")), name
    assert len(with_editor) >= 6 or method == "post"


def test_each_refusal_bears_them(client, event, settings):
    settings.WHITENOISE_USE_FINDERS = True
    asked = {
        "missing": (client.get("/missing/", secure=True), 404),
        "token of a form": (Client(enforce_csrf_checks=True).post("/account/sign-in/", secure=True), 403),
        "other host": (client.get("/", secure=True, headers={"Host": "evil.example"}), 400),
        "method": (client.post("/livez", secure=True), 405),
        "fetched ahead": (client.get(event.get_absolute_url(), secure=True, headers={"Sec-Purpose": "prefetch"}), 503),
        "static": (client.get("/static/css/base.css", secure=True), 200),
        "no such static": (client.get("/static/css/missing.css", secure=True), 404),
        "drawn in the place of a picture": (client.get("/media/missing.png", secure=True), 404),
        "no such media": (client.get("/media/missing", secure=True), 404),
        "door": (client.get("/admin/", secure=True), 302),
    }
    for kind, (response, status) in asked.items():
        assert response.status_code == status, kind
        if kind == "drawn in the place of a picture":
            assert_policies(response, OF_MEDIA, "same-site")
        else:
            assert_policies(response)


@pytest.mark.parametrize("host", ["testserver", "evil.example"])
def test_redirect_to_https_bears_them_and_leads_to_ourselves(client, host):
    response = client.get("/events/?q=a", headers={"Host": host})
    assert response.status_code == (301 if host == "testserver" else 400)
    assert response.get("Location") == ("https://testserver/events/?q=a" if host == "testserver" else None)
    # By http it is not believed, and may not be said (RFC 6797, 7.2).
    assert_policies(response, but=["Strict-Transport-Security"])


def test_error_of_ours_bears_them(client, event, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("broken")

    monkeypatch.setattr("events.website.views.HomeView.get", broken)
    response = client.get("/", secure=True)
    assert response.status_code == 500
    assert_policies(response)


def test_too_many_attempts_are_refused_with_them(client, editor):
    for _attempt in range(12):
        response = client.post("/account/sign-in/", {"login": "editor", "password": "wrong"}, secure=True)
        assert_policies(response)
    assert response.status_code == 429


def test_kept_page_bears_what_a_fresh_one_does(client, event):
    for address in ("/", event.get_absolute_url(), "/events/feed/", f"/events/{event.slug}.ics"):
        fresh, kept = client.get(address, secure=True), client.get(address, secure=True)
        unchanged = client.get(address, secure=True, headers={"If-None-Match": fresh["ETag"]})
        assert unchanged.status_code == 304
        for response in (fresh, kept, unchanged):
            assert_policies(response)
        names = [{name for name in response.headers if name != "X-Request-ID"} for response in (fresh, kept)]
        assert names[0] == names[1]


def test_page_for_one_person_is_kept_nowhere(client, editor, event):
    """Also one that forgets to say so, as the catalogue of the admin's scripts does; public pages are for everybody."""
    client.force_login(editor)
    for address in ("/admin/jsi18n/", "/admin/", "/account/sessions/", "/account/second-factor/"):
        kept = client.get(address, secure=True)["Cache-Control"]
        assert {"no-store", "private"} <= set(kept.split(", ")), address
    assert client.get("/", secure=True)["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("behind", [True, False])
def test_what_is_said_of_a_request_is_believed_of_our_own_proxy_alone(db, client, settings, behind):
    settings.BEHIND_PROXY = behind
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if behind else None
    said = {
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Port": "1",
        "Forwarded": "host=e",
    }
    response = client.get("/events/", headers=said)
    assert response.status_code == (200 if behind else 301)
    assert ("Strict-Transport-Security" in response) == behind
    assert response.get("Location") == (None if behind else "https://testserver/events/")
    # Of the host, no proxy of ours says a thing but by Host itself.
    assert b"evil.example" not in response.content
    assert client.get("/events/", headers={**said, "Host": "evil.example"}).status_code == 400


def test_features_are_named_once_and_plainly():
    assert len(set(NEVER_USED)) == len(NEVER_USED)
    assert PERMISSIONS.isascii()
    assert "\n" not in PERMISSIONS
