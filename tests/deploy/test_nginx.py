"""nginx's configuration says what the site says, and nginx understands it."""

import re
import shutil
import subprocess

import pytest

from tests.deploy.units import DEPLOY, nginx_configuration
from tests.test_pins import ROOT

TEXT = (DEPLOY / "nginx" / "forum.conf").read_text()


def block(opening):
    """Return what stands between the braces after `opening`."""
    start = TEXT.index(f"{opening} {{") + len(opening) + 2
    depth = 1
    for end in range(start, len(TEXT)):
        depth += {"{": 1, "}": -1}.get(TEXT[end], 0)
        if not depth:
            return TEXT[start:end]
    raise AssertionError(f"{opening} is not closed.")


def headers_of(text):
    return {
        name: value.strip('"')
        for name, value in re.findall(r"^ *add_header (\S+) (\".*?\"|\S+?)(?: always)?;", text, re.M)
    }


def test_slow_heads_have_the_time_that_is_meant():
    first = TEXT[TEXT.index("\nserver {") : TEXT.index("return 444")]
    assert "default_server" in first
    assert re.findall(r"client_header_timeout (\S+);", first) == ["10s"]  # nginx takes that of the default server.


@pytest.fixture
def stored(db, settings):
    """The headers of the site itself for a stored file, by its name, on https; by name."""
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.MEDIA_ROOT.mkdir(parents=True, exist_ok=True)

    def ask(client, name):
        (settings.MEDIA_ROOT / name).write_bytes(b"content")
        answer = client.get(f"/media/{name}", secure=True)
        assert answer.status_code == 200
        answer.close()
        return dict(answer.items())

    return ask


@pytest.mark.parametrize(
    "name", ["a.jpg", "a.JPEG", "a.png", "a.webp", "a.avif", "a.gif", "a.pdf", "a.html", "a.svg", "a"]
)
def test_media_bear_the_headers_of_the_site(client, stored, name):
    ours = stored(client, name)
    theirs = headers_of(block("location /media/"))
    inline = re.search(r'map \$uri \$forum_disposition \{\n *default attachment;\n *"~\*(\S+)" inline;', TEXT)[1]
    theirs["Content-Disposition"] = "inline" if re.search(inline, name, re.I) else "attachment"
    ours["Content-Disposition"] = ours["Content-Disposition"].split(";")[0]  # The name is that of the address anyway.
    made_by_nginx = {"Content-Type", "Content-Length", "Last-Modified"}
    assert {name for name in ours if name not in made_by_nginx} == {name for name, value in theirs.items() if value}
    policies = [set(headers.pop("Content-Security-Policy").split("; ")) for headers in (ours, theirs)]
    assert policies[0] == policies[1] == {"default-src 'none'", "sandbox"}
    for header in theirs.keys() - {"X-Request-ID"}:
        assert ours[header] == theirs[header]


def test_types_of_pictures_are_those_of_the_site(client, stored):
    types = re.search(r"types \{(.*?)\}", block("location /media/"), re.S)[1]
    pairs = [(kind, ending) for kind, endings in re.findall(r"(\S+/\S+) ([^;]+);", types) for ending in endings.split()]
    assert len(pairs) == 7
    for kind, ending in pairs:
        assert stored(client, f"a.{ending}")["Content-Type"] == kind


def test_nothing_a_client_says_of_itself_is_passed_on():
    said = dict(re.findall(r"proxy_set_header (\S+) (\S+);", TEXT))
    assert said["X-Forwarded-For"] == "$remote_addr"
    assert said["X-Forwarded-Proto"] == "$scheme"
    assert said["X-Request-ID"] == "$request_id"
    assert "proxy_add_x_forwarded_for" not in TEXT
    # A location with one of its own would inherit none of these.
    assert "proxy_set_header" not in "".join(block(f"location {way}") for way in ("/", "/admin/", "@site", "@failed"))


def test_no_request_is_sent_twice():
    assert "proxy_next_upstream off;" in TEXT
    assert 'if ($upstream_connect_time ~ "[0-9]") {\n            return 503;' in block("location @failed")
    assert "keepalive " not in block("upstream forum")


def test_every_setting_is_explained():
    from forum_site.environment import NAMES

    example = (DEPLOY / "forum.env.example").read_text()
    assert {name for name in NAMES if not re.search(rf"^#?{name}='", example, re.M)} == set()


def test_nodes_are_the_sockets_that_nginx_asks():
    unit = (DEPLOY / "systemd" / "forum@.service").read_text()
    assert "--uds /run/forum-%i/node.sock --uds-permissions 0660" in unit  # 660 would be decimal to granian.
    assert re.findall(r"server unix:(\S+) ", TEXT) == ["/run/forum-1/node.sock", "/run/forum-2/node.sock"]


def test_pages_of_nginx_are_there():
    assert {path.stem for path in (DEPLOY / "nginx" / "pages").iterdir()} == {"413", "429", "503"}
    assert (ROOT / "deploy" / "nginx" / "pages" / "503.html").read_text().startswith("<!DOCTYPE html>")


@pytest.mark.skipif(not shutil.which("nginx"), reason="NGINX IS NOT INSTALLED: its configuration was not tried.")
def test_nginx_understands_it(tmp_path):
    configuration = nginx_configuration(tmp_path, 18080, 18443)
    run = subprocess.run(["nginx", "-t", "-e", tmp_path / "e", "-c", configuration], capture_output=True, text=True)
    assert "test is successful" in run.stderr, run.stderr
