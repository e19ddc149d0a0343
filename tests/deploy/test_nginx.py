"""nginx's configuration says what the site says, and nginx understands it."""

import re
import shutil
import subprocess

import pytest

from tests.deploy.units import DEPLOY, nginx_configuration, replaced
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


def test_slow_heads_have_the_time_that_is_meant():
    first = TEXT[TEXT.index("\nserver {") : TEXT.index("return 444")]
    assert "default_server" in first
    assert re.findall(r"client_header_timeout (\S+);", first) == ["10s"]  # nginx takes that of the default server.


def test_no_answer_is_without_headers():
    """A server, and a location that adds a header, includes those of all answers: they are inherited else, or lost."""
    parts = [part for part in re.split(r"\n(?=    (?:location|limit_conn ))|\n(?=server \{)", TEXT) if part.strip()]
    include = "include /srv/forum/current/deploy/nginx/headers.conf;"
    for part in parts:
        if part.startswith("server {") or "add_header" in part:
            assert include in part, part


def test_media_come_from_the_site_alone():
    """Who may see a file, only the site knows: no folder is served past it, and what is kept, it allows to be kept."""
    theirs = block("location /media/")
    assert "proxy_pass http://forum;" in theirs
    assert "/var/lib/forum" not in theirs
    assert not re.search("proxy_cache_(valid|use_stale|key|methods|bypass)|proxy_ignore_headers", TEXT)
    assert re.findall(r"^ *root (\S+);", TEXT, re.M) == [
        *("/var/www/html", "/var/lib/forum", "/srv/forum/current/deploy/nginx/pages"),
    ]
    assert "root /var/lib/forum;" in block("location /static/")
    caddy = (DEPLOY / "Caddyfile").read_text()
    assert "/media" not in caddy
    assert caddy.count("root /var/lib/forum") == caddy[caddy.index("handle /static/*") :].count("root /var/lib/forum")


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


def matches(variables, text):
    """Return whether a pattern of the map of these variables matches."""
    return any(re.search(pattern, text) for pattern in re.findall(r'"~(.*?)" yes;', block(f"map {variables}")))


@pytest.mark.parametrize(
    ("cookie", "length", "encoding", "is_refused"),
    [
        ("", "70000000", "", True),
        ("csrftoken=a", "100000", "", True),
        ("", "", "chunked", True),
        ("sessionid=", "70000000", "", True),
        ("", "65536", "", False),
        ("", "", "", False),
        ("csrftoken=a; sessionid=b", "70000000", "", False),
        ("__Host-sessionid=b", "70000000", "", False),
    ],
)
def test_long_bodies_are_for_those_with_a_session(cookie, length, encoding, is_refused):
    signed = "yes" if matches("$http_cookie $forum_signed", cookie) else ""
    variables = '"$forum_signed:$http_content_length:$http_transfer_encoding" $forum_refused_body'
    assert matches(variables, f"{signed}:{length}:{encoding}") == is_refused
    assert "if ($forum_refused_body)" in block("location /admin/")


def test_page_of_what_is_too_large_is_given_for_it():
    """nginx asks the length of the page's own location, too, and answered 500."""
    assert "client_max_body_size 0;" in block(r'location ~ "^/(?:413|429|503)\.html$"')


def test_pages_of_nginx_are_there():
    assert {path.stem for path in (DEPLOY / "nginx" / "pages").iterdir()} == {"413", "429", "503"}
    assert (ROOT / "deploy" / "nginx" / "pages" / "503.html").read_text().startswith("<!DOCTYPE html>")


def test_metrics_are_for_this_machine_alone():
    assert block("location = /metrics").strip() == "return 404;"
    asked = (DEPLOY / "nginx" / "metrics.conf").read_text()
    assert re.findall(r"listen (\S+);", asked) == ["127.0.0.1:9101", "127.0.0.1:9102"]
    assert re.findall(r"proxy_pass http://unix:(\S+);", asked) == ["/run/forum-1/node.sock", "/run/forum-2/node.sock"]
    assert re.findall(r"location (.*) \{", asked) == ["= /metrics", "/"] * 2
    caddy = (DEPLOY / "Caddyfile").read_text()
    assert "handle /metrics {\n\t\trespond 404\n\t}" in caddy


@pytest.mark.skipif(not shutil.which("nginx"), reason="NGINX IS NOT INSTALLED: its configuration was not tried.")
def test_nginx_understands_it(tmp_path):
    configuration = nginx_configuration(tmp_path, 18080, 18443)
    run = subprocess.run(["nginx", "-t", "-e", tmp_path / "e", "-c", configuration], capture_output=True, text=True)
    assert "test is successful" in run.stderr, run.stderr
    text = replaced((DEPLOY / "nginx" / "metrics.conf").read_text(), tmp_path)
    (tmp_path / "forum.conf").write_text(text.replace(":9101", ":19101").replace(":9102", ":19102"))
    run = subprocess.run(["nginx", "-t", "-e", tmp_path / "e", "-c", configuration], capture_output=True, text=True)
    assert "test is successful" in run.stderr, run.stderr
