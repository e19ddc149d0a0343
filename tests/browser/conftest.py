import os

import pytest
from playwright.sync_api import expect

from tests.browser.fonts import FONTS, environment
from tests.chromium import find_chromium

# Playwright runs an event loop, in which Django would refuse the database: here it is only the test that talks to it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

expect.set_options(timeout=30_000)  # What is there at once on a quiet machine takes longer on a busy one.

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return {
        **browser_type_launch_args,
        "executable_path": find_chromium(),
        "args": [*QUIET, "--disable-background-networking", "--disable-component-update"],
    }


@pytest.fixture(scope="session", params=FONTS)
def fonts(request):
    """The name of each set of fonts."""
    if not FONTS[request.param].is_dir():
        pytest.skip(f"The fonts are not installed: apt-get install fonts-{request.param}-core")
    return request.param


@pytest.fixture(scope="session")
def browser_with_fonts(fonts, launch_browser, tmp_path_factory):
    """A browser that has one set of fonts alone, for each set."""
    browser = launch_browser(env=environment(fonts, tmp_path_factory.mktemp("fonts")))
    yield browser
    browser.close()


@pytest.fixture
def page_with_fonts(browser_with_fonts):
    """A page in a browser with one set of fonts, for each set."""
    context = browser_with_fonts.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture
def complaints(page):
    """What the browser complains of: scripts that fail, and whatever the content security policy refuses."""
    found = []

    def listen(tab):
        tab.on("pageerror", lambda error: found.append(str(error)))
        tab.on("console", lambda message: found.append(message.text) if message.type == "error" else None)

    listen(page)
    page.context.on("page", listen)
    return found
