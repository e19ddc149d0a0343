"""No log of a proxy holds what opens something, or what people search for: whatever goes well or wrong."""

import shutil

import pytest

from tests.deploy.test_headers import PROXIES, proxy

pytestmark = pytest.mark.one_database

KEYS = ("WzIsMTQyXQ-preview:sU-9", "1-SECRETRESETKEY", "quiet-word")
PATHS = (
    "/preview/WzIsMTQyXQ-preview:sU-9/",
    "/preview/WzIsMTQyXQ-preview:sU-9",
    "/preview/WzIsMTQyXQ-preview:sU-9/?language=kk",
    "/previe%77/WzIsMTQyXQ-preview:sU-9/",
    "/account/lost-password/1-SECRETRESETKEY/",
    "/search/?q=quiet-word",
)
REFERERS = (
    "https://localhost/preview/WzIsMTQyXQ-preview:sU-9/",
    "https://localhost/account/lost-password/1-SECRETRESETKEY/",
    "https://localhost/search/?q=quiet-word",
)


@pytest.mark.parametrize("name", PROXIES)
def test_no_log_of_a_proxy_holds_a_key(tmp_path, name):
    if not shutil.which(name, path="/usr/sbin:/usr/bin:/usr/local/bin"):
        pytest.skip(f"{name.upper()} IS NOT INSTALLED: its logs were not tried.")
    statuses = set()
    with proxy(name, tmp_path, {"page": [("X-Request-ID", "a"), ("Location", PATHS[0])], "media": []}) as ask:

        def ask_all():
            for path in PATHS:
                statuses.add(ask(path)[0])
                statuses.add(ask(path, secure=False)[0])
            for referer in REFERERS:
                for other in ("/", "/static/a.css", "/static/missing.css", "/media/a.png", "/silent"):
                    statuses.add(ask(other, Referer=referer)[0])
                statuses.add(ask("/", "POST", body=b"x" * 100_000, Referer=referer)[0])

        for _ in range(8 if name == "nginx" else 1):  # Until there is more than the limit of nginx.
            ask_all()
        ask.stop_nodes()  # Which refuse connections.
        ask_all()
        for socket in tmp_path.glob("run-*/node.sock"):
            socket.unlink()  # Which are no longer there.
        ask_all()
    assert {200, 301, 413, 503} <= statuses
    assert (429 in statuses) == (name == "nginx")
    logs = {path: path.read_text(errors="replace") for path in tmp_path.glob("*.log")}
    assert any('"status":200' in text for text in logs.values())
    assert any('"status":503' in text for text in logs.values())
    for path, text in logs.items():
        for key in KEYS:
            assert key not in text, f"{path.name}: {text[max(0, text.index(key) - 200) :][:400]}"
