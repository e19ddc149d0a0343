"""nginx's configuration says what the site says, and nginx understands it."""

import http.client
import ipaddress
import re
import shutil
import socket
import subprocess
import time
from random import Random

import pytest

from rehearsals.deploy.units import DEPLOY, nginx_configuration, replaced
from tests.test_pins import ROOT

pytestmark = pytest.mark.one_database

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
    from forum_site.env import NAMES

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


CLIENTS = """
user root;
daemon off;
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    keepalive_requests 1000000;
    map $remote_addr $forum_client {{{networks}}}
    server {{
        listen unix:{folder}/clients.sock;
        set_real_ip_from unix:;
        real_ip_header X-Real-IP;
        return 200 "$remote_addr $forum_client";
    }}
}}
"""


class UnixConnection(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.host)


@pytest.fixture
def client_of(tmp_path):
    """Ask nginx itself how it writes an address, and which client that is to it."""
    (tmp_path / "clients.conf").write_text(
        CLIENTS.format(folder=tmp_path, networks=block("map $remote_addr $forum_client"))
    )
    running = subprocess.Popen(["nginx", "-e", "stderr", "-c", tmp_path / "clients.conf"])
    try:
        until = time.monotonic() + 20
        while not (tmp_path / "clients.sock").exists() and time.monotonic() < until:
            time.sleep(0.05)
        line = UnixConnection(str(tmp_path / "clients.sock"))

        def ask(address):
            line.request("GET", "/", headers={"Host": "a", "X-Real-IP": address})
            return line.getresponse().read().decode().split()

        yield ask
        line.close()
    finally:
        running.terminate()
        running.wait(10)


def random_address(random):
    """Return an IPv6 address in one of the ways it may be written; zero groups are as frequent as in real ones."""
    groups = [random.choice([0, 0, 0, random.randrange(1, 5), random.randrange(0x10000)]) for _ in range(8)]
    address = ipaddress.IPv6Address(b"".join(group.to_bytes(2, "big") for group in groups))
    return random.choice([address.compressed, address.exploded, address.compressed.upper()])


needs_nginx = pytest.mark.skipif(not shutil.which("nginx"), reason="NGINX IS NOT INSTALLED: it was not tried.")


@needs_nginx
def test_network_of_ipv6_is_one_client_however_nginx_writes_it(client_of):
    """Python's ipaddress says which addresses are of one /64."""
    random = Random(8)
    clients, starts = {}, set()
    for _ in range(3000):
        text = random_address(random)
        network = ipaddress.ip_network((text, 64), strict=False)
        # Beside it, one of the same /64, so that each is written in several ways.
        neighbour = ipaddress.IPv6Address(int(network.network_address) | random.choice([1, random.getrandbits(64)]))
        for address in (text, str(neighbour)):
            if ipaddress.ip_address(address).ipv4_mapped:
                continue
            written, client = client_of(address)
            starts.add(written.partition("::")[0].count(":") + 1 if "::" in written else 0)
            clients.setdefault(network, set()).add(client)
    assert starts >= set(range(7)), "Some way of writing was not tried."
    assert {network: found for network, found in clients.items() if len(found) > 1} == {}
    assert len({client for found in clients.values() for client in found}) == len(clients) > 1000


@needs_nginx
@pytest.mark.parametrize("network", ["2001:db8:1:2::/64", "2001:db8:1::/64", "2001:db8::/64", "2001:db8:0:5::/64"])
def test_every_address_of_a_network_is_the_same_client(client_of, network):
    hosts = [ipaddress.ip_network(network)[number] for number in (1, 0x10000, 1 << 32, 1 << 48, (1 << 63) + 9, -1)]
    assert len({client_of(str(host))[1] for host in hosts}) == 1


@needs_nginx
def test_address_of_ipv4_is_a_client_by_itself(client_of):
    assert client_of("203.0.113.9")[1] == client_of("::ffff:203.0.113.9")[1] == "203.0.113.9"
    assert client_of("203.0.113.10")[1] != "203.0.113.9"


def test_limits_are_of_clients():
    assert re.findall(r"limit_(?:conn|req)_zone (\S+) ", TEXT) == ["$forum_client"] * 3


@needs_nginx
def test_nginx_understands_it(tmp_path):
    configuration = nginx_configuration(tmp_path, 18080, 18443)
    run = subprocess.run(["nginx", "-t", "-e", tmp_path / "e", "-c", configuration], capture_output=True, text=True)
    assert "test is successful" in run.stderr, run.stderr
    text = replaced((DEPLOY / "nginx" / "metrics.conf").read_text(), tmp_path)
    (tmp_path / "forum.conf").write_text(text.replace(":9101", ":19101").replace(":9102", ":19102"))
    run = subprocess.run(["nginx", "-t", "-e", tmp_path / "e", "-c", configuration], capture_output=True, text=True)
    assert "test is successful" in run.stderr, run.stderr
