"""The pages of signing in, as browsers have them: with a passkey, without barriers, narrow and wide."""

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core.cache import cache
from playwright.sync_api import expect

from tests.browser.test_editors_way import sign_in
from tests.browser.test_pages import TOO_WIDE, WIDTHS, barriers
from tests.forum_site.test_second_factor import with_app

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _no_attempts():
    """The table of attempts is no model's, so that nothing else empties it between these tests."""
    cache.clear()


@pytest.fixture
def passkeys(page):
    """An authenticator of the browser's own, which says yes to everything."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
            }
        },
    )


@pytest.mark.usefixtures("passkeys")
def test_passkey_is_added_and_opens_the_desk(page, live_server, editor, complaints, settings):
    settings.SECOND_FACTOR_REQUIRED = True
    sign_in(page, f"{live_server.url}/admin/")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Password").fill("a long password")
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Name").fill("This browser")
    page.get_by_label("Passwordless").check()
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    page.get_by_role("link", name="Go to the admin").last.click()
    expect(page.get_by_role("heading", name="Forum Site admin")).to_be_visible()

    page.get_by_role("button", name="Log out").click()
    page.goto(f"{live_server.url}/admin/events/event/")
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page).to_have_url(f"{live_server.url}/admin/events/event/")

    page.get_by_role("button", name="Log out").click()
    sign_in(page, f"{live_server.url}/admin/")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Forum Site admin")).to_be_visible()
    assert complaints == []


def test_passkey_that_is_not_there_is_told(page, live_server, editor):
    page.goto(f"{live_server.url}/account/sign-in/")
    page.evaluate("() => { navigator.credentials.get = () => Promise.reject(new Error('none')) }")
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page.get_by_role("alert")).to_have_text("The passkey could not be used. Try again, or take another way.")


DOORS = ["sign-in/", "sign-up/", "inactive/"]
ROOMS = ["password/", "confirm/", "sign-out/", "sessions/", "second-factor/", "second-factor/webauthn/add/"]
ROOMS += ["second-factor/totp/activate/", "second-factor/recovery-codes/", "second-factor/recovery-codes/generate/"]


def assert_fit(page, addresses):
    assert barriers(page, addresses) == []
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for name, address in addresses.items():
            page.goto(address)
            if page.evaluate(TOO_WIDE) > 0:
                found.append((name, width))
    assert found == []


def test_doors_have_no_barrier_at_any_width(page, live_server):
    assert_fit(page, {path: f"{live_server.url}/account/{path}" for path in DOORS})


def test_rooms_have_no_barrier_at_any_width(page, live_server, editor):
    RecoveryCodes.activate(editor)
    sign_in(page, f"{live_server.url}/account/confirm/")
    page.get_by_label("Password").fill("a long password")
    page.get_by_role("button", name="Go on").click()
    assert_fit(page, {path: f"{live_server.url}/account/{path}" for path in ROOMS})


def test_second_factor_has_no_barrier(page, live_server, editor):
    with_app(editor)
    address = f"{live_server.url}/account/second-factor/authenticate/"
    sign_in(page, f"{live_server.url}/admin/")
    expect(page).to_have_url(address)
    assert_fit(page, {"second factor": address})
