"""Links to other sites: where they stand, which are asked, how politely, and what becomes of the answers."""

import datetime
import http.server
import re
import socket
import threading
import time
from io import StringIO

import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events.models import Event
from forum_site.linkcheck import client as asking
from forum_site.linkcheck.client import Asker, Outcome
from forum_site.linkcheck.crawl import Pace
from forum_site.linkcheck.management.commands import check_links
from forum_site.linkcheck.models import CheckedLink, LinkSource
from forum_site.linkcheck.sources import find
from forum_site.linkcheck.ssrf import Guard, RefusedError, is_public
from tests.factories import make_agreement, make_event, make_organization, make_panel

DAY = datetime.timedelta(days=1)
DRIPS = 1200  # bytes that the slow page sends, one each 50 ms
PAGE = "/admin/links/checkedlink/"


class OtherSite(http.server.BaseHTTPRequestHandler):
    """Answers by the path: `/404` with 404, `/to/…` with a redirect, and so on."""

    protocol_version = "HTTP/1.1"

    def do_HEAD(self):
        self.answer()

    def do_GET(self):
        self.answer()

    def answer(self):
        site = self.server
        site.asked.append((self.command, self.path, dict(self.headers), time.monotonic()))
        name = self.path.removeprefix("/")
        status = int(name[:3]) if name[:3].isdigit() else 200
        if name.startswith("get-only") and self.command == "HEAD":
            status = 405
        if name.startswith("slow"):
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            for letter in b"X-Slow: " + b"x" * DRIPS:
                try:
                    self.wfile.write(bytes([letter]))
                except OSError:
                    break
                site.dripped += 1
                time.sleep(0.05)
            self.close_connection = True
            return
        if name.startswith("nonsense"):
            self.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")
            self.close_connection = True
            return
        self.send_response(status)
        if status in (301, 302, 307):
            self.send_header("Location", site.leads_to.get(self.path, self.path))
        if status == 429:
            self.send_header("Retry-After", "120")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def site():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), OtherSite)
    server.daemon_threads = True
    server.asked, server.leads_to, server.dripped = [], {}, 0
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def guard(site):
    return Guard(ports={80, 443, site.server_port}, also={"127.0.0.1"})


@pytest.fixture
def ask(guard):
    return Asker(guard, Pace(0)).ask


@pytest.fixture
def check(guard, monkeypatch, settings):
    """Run the command, by a guard that lets the other site be asked; return what it prints."""
    settings.ALLOWED_HOSTS, settings.SITE_HOST = ["testserver"], "forum.example"
    monkeypatch.setattr(check_links, "Guard", lambda: guard)

    def run(*args):
        out = StringIO()
        call_command("check_links", *args, "--pause", "0.2", stdout=out)
        return out.getvalue()

    return run


def paths(site):
    return [(method, path) for method, path, _headers, _moment in site.asked]


# Which may be asked


@pytest.mark.parametrize(
    "number",
    [
        *("127.0.0.1", "127.255.0.3", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
        *("0.0.0.0", "0.1.2.3", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "198.18.0.1"),
        *("192.0.2.1", "203.0.113.9", "192.0.0.8", "192.88.99.1"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "ff02::1", "::ffff:127.0.0.1"),
        *("::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001::1"),
        *("2001:db8::1", "fec0::1", "100::1", "5f00::1"),
    ],
)
def test_number_within_walls_is_refused(number):
    assert not is_public(number)


@pytest.mark.parametrize("number", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "2a00:1450:4001::200e"])
def test_number_of_the_internet_is_allowed(number):
    assert is_public(number)


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("http://127.0.0.1/", "it is in a private network, which readers cannot reach"),
        ("http://localhost/", "it is in a private network, which readers cannot reach"),
        ("http://[::1]/", "it is in a private network, which readers cannot reach"),
        ("http://2130706433/", "it is in a private network, which readers cannot reach"),
        ("http://0x7f.1/", "it is in a private network, which readers cannot reach"),
        ("http://169.254.169.254/latest/meta-data/", "it is in a private network, which readers cannot reach"),
        ("ftp://8.8.8.8/", "not checked: it is not a website"),
        ("file:///etc/passwd", "not checked: it is not a website"),
        ("gopher://8.8.8.8/", "not checked: it is not a website"),
        ("http://user:secret@8.8.8.8/", "not checked: it contains a user name or password"),
        ("http://@8.8.8.8/", "not checked: it contains a user name or password"),
        ("http://8.8.8.8:22/", "not checked: it uses port 22"),
        ("http://8.8.8.8:8080/", "not checked: it uses port 8080"),
        ("http://8.8.8.8:0/", "not checked: it uses port 0"),
        ("http://8.8.8.8:99999999/", "not a URL that can be checked"),
        ("http://[::1/", "not a URL that can be checked"),
        (f"http://{'a' * 300}.example/", "not a URL that can be checked"),
        ("http://\udc80.example/", "not a URL that can be checked"),
        ("http://8.8.8.8/\udc80", "not a URL that can be checked"),
    ],
)
def test_address_that_is_not_to_be_asked_is_refused(address, told):
    with pytest.raises(RefusedError) as refused:
        Guard().target(address)
    assert refused.value.reason == told


def lookup(*numbers):
    return lambda *_args, **_kwargs: [(None, None, None, "", (number, 80)) for number in numbers]


def test_name_with_one_private_number_is_refused(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lookup("8.8.8.8", "192.168.0.1"))
    with pytest.raises(RefusedError):
        Guard().target("https://two-faced.example/")
    monkeypatch.setattr(socket, "getaddrinfo", lookup("8.8.8.8"))
    assert Guard().target("https://two-faced.example/").numbers == ["8.8.8.8"]


def test_connection_is_made_to_the_number_that_was_looked_at(site, guard, monkeypatch):
    """A name that says something else a moment later leads nowhere else: it is looked up once."""
    answers = iter(["127.0.0.1", "127.0.0.2", "127.0.0.3"])
    asked, real = [], socket.getaddrinfo

    def rebinding(host, *args, **kwargs):
        if host != "rebinding.example":
            return real(host, *args, **kwargs)
        asked.append(host)
        return lookup(next(answers))()

    connected, connect = [], socket.create_connection
    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr(socket, "create_connection", lambda to, **kwargs: connected.append(to) or connect(to, **kwargs))
    answer = Asker(guard, Pace(0)).ask(f"http://rebinding.example:{site.server_port}/")
    assert answer.outcome == Outcome.WELL
    assert (asked, connected) == (["rebinding.example"], [("127.0.0.1", site.server_port)])
    assert site.asked[0][2]["Host"] == f"rebinding.example:{site.server_port}"


def test_address_is_written_for_the_wire():
    target = Guard().target("https://8.8.8.8/пример/a b?q=ё&x=%20#part")
    assert target.path == "/%D0%BF%D1%80%D0%B8%D0%BC%D0%B5%D1%80/a%20b?q=%D1%91&x=%20"


def test_line_breaks_in_an_address_never_reach_the_wire(site, ask):
    ask(f"{site.url}/a%0d%0aX: 1/\r\nX-Evil: 1")
    assert [headers.get("X-Evil") for _method, _path, headers, _moment in site.asked] in ([], [None])


# What is asked


@pytest.mark.parametrize(
    ("path", "outcome", "told", "asked"),
    [
        ("/200", Outcome.WELL, "200: ok", ["HEAD"]),
        ("/get-only", Outcome.WELL, "200: ok", ["HEAD", "GET"]),
        ("/404", Outcome.GONE, "404: not found", ["HEAD", "GET"]),
        ("/410", Outcome.GONE, "410: permanently removed", ["HEAD", "GET"]),
        ("/403", Outcome.UNKNOWN, "403: not for machines", ["HEAD", "GET"]),
        ("/401", Outcome.UNKNOWN, "401: unauthorized", ["HEAD", "GET"]),
        ("/400", Outcome.FAILED, "400: bad request", ["HEAD", "GET"]),
        ("/500", Outcome.FAILED, "500: an error of the site", ["HEAD", "GET"]),
        ("/503", Outcome.FAILED, "503: the site is down", ["HEAD", "GET"]),
        ("/429", Outcome.LATER, "429: too many requests", ["HEAD"]),
        ("/nonsense", Outcome.FAILED, "the answer could not be read", ["HEAD"]),
    ],
)
def test_answer_is_told_in_words(site, ask, path, outcome, told, asked):
    answer = ask(site.url + path)
    assert (answer.outcome, answer.reason) == (outcome, told)
    assert [method for method, _path in paths(site)] == asked


def test_question_is_honest_and_small(site, ask, settings):
    settings.SITE_URL = "https://forum.example"
    ask(f"{site.url}/404")
    head, get = (headers for _method, _path, headers, _moment in site.asked)
    assert head["User-Agent"] == "Forum-Site-link-check/1.0 (+https://forum.example)"
    assert "Cookie" not in head
    assert "Range" not in head
    assert get["Range"] == "bytes=0-0"


def test_redirects_are_followed_so_far(site, ask):
    site.leads_to = {"/301/a": "/302/b", "/302/b": f"{site.url}/404"}
    assert ask(f"{site.url}/301/a").outcome == Outcome.GONE
    site.asked.clear()
    answer = ask(f"{site.url}/302/round")
    assert (answer.outcome, answer.reason) == (Outcome.FAILED, "more than 5 redirects")
    assert len(site.asked) == 6


@pytest.mark.parametrize(
    ("to", "told"),
    [
        ("http://127.0.0.2/admin", "it is in a private network, which readers cannot reach"),
        ("http://169.254.169.254/", "it is in a private network, which readers cannot reach"),
        ("//[::1]/", "it is in a private network, which readers cannot reach"),
        ("file:///etc/passwd", "not checked: it is not a website"),
        ("http://127.0.0.1:22/", "not checked: it uses port 22"),
        ("http://a:b@127.0.0.1/", "not checked: it contains a user name or password"),
        ("http://[::1", "the answer could not be read"),
    ],
)
def test_redirect_is_guarded(site, ask, monkeypatch, to, told):
    site.leads_to = {"/302/out": to}
    connected, connect = [], socket.create_connection
    monkeypatch.setattr(socket, "create_connection", lambda to, **kwargs: connected.append(to) or connect(to, **kwargs))
    assert ask(f"{site.url}/302/out").reason == told
    assert connected == [("127.0.0.1", site.server_port)]


def test_server_that_drips_is_left_in_time(site, ask, monkeypatch):
    monkeypatch.setattr(asking, "TIMEOUT", 0.5)
    answer = ask(f"{site.url}/slow")
    assert (answer.outcome, answer.reason) == (Outcome.FAILED, "no answer within 0.5 s")
    assert site.dripped < DRIPS


def test_host_that_is_none_and_one_that_is_shut(ask, guard, site, monkeypatch):
    def unknown(*_args, **_kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with socket.socket() as shut:
        shut.bind(("127.0.0.1", 0))  # Nobody listens.
        asker = Asker(Guard(ports={shut.getsockname()[1]}, also={"127.0.0.1"}), Pace(0))
        assert asker.ask(f"http://127.0.0.1:{shut.getsockname()[1]}/").reason == "the host refuses connections"
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert ask("https://nowhere.example/").reason == "no such host"


def test_certificate_is_looked_at(site, ask):
    assert ask(f"https://127.0.0.1:{site.server_port}/").reason == "no secure connection"


# A round


def test_links_of_public_pages_alone_are_found(db, settings):
    settings.ALLOWED_HOSTS = ["*", ".forum.example"]
    event = make_event(
        online_url="https://one.example/#part",
        body='<p><a title="> &quot;x&quot;" href="https://two.example/?a=1&amp;b=2">two</a> '
        '<a href="/events/">ours</a> <a href="https://www.forum.example/x">ours</a> <a href="mailto:a@b.example">m</a> '
        '&lt;a href="https://text.example/"&gt;</p>',
    )
    make_panel(event, description='<p><a href="http://three.example/a">3</a><a href="http://three.example/b">3</a></p>')
    make_agreement(event, summary='<p><a href="https://four.example/">4</a></p>')
    make_organization(website="https://five.example", about='<p><a href="https://six.example">6</a></p>')
    make_event(online_url="https://draft.example/", publication_status=Event.PublicationStatus.DRAFT)
    make_event(online_url="https://trashed.example/", publication_status=Event.PublicationStatus.TRASHED)
    make_panel(
        make_event(publication_status=Event.PublicationStatus.DRAFT),
        description='<p><a href="https://draft-panel.example/">x</a></p>',
    )
    assert {(address, place.model, place.field) for address, place in find()} == {
        ("https://one.example/", "events.event", "online_url"),
        ("https://two.example/?a=1&b=2", "events.event", "body"),
        ("http://three.example/a", "events.panel", "description"),
        ("http://three.example/b", "events.panel", "description"),
        ("https://four.example/", "events.agreement", "summary"),
        ("https://five.example", "organizations.organization", "website"),
        ("https://six.example", "organizations.organization", "about"),
    }


def test_check_asks_once_and_leaves_out_what_was_asked_lately(db, site, check):
    make_event(online_url=f"{site.url}/404")
    make_organization(website=f"{site.url}/200")
    told = check()
    assert f"{site.url}/404 – 404: not found" in told
    assert "2 links to other sites. Checked 2:\n  answered well: 1\n  not found: 1\n" in told
    assert told.endswith("Broken links: 1. The admin lists them.\n")
    site.asked.clear()
    assert "Checked 0:" in check()
    assert site.asked == []
    CheckedLink.objects.filter(address__endswith="/200").update(checked_at=timezone.now() - 8 * DAY)
    assert "Checked 1:" in check()
    assert paths(site) == [("HEAD", "/200")]


def test_nothing_is_asked_in_a_dry_run(db, site, check):
    make_event(online_url=f"{site.url}/404")
    told = check("--dry-run")
    assert f"{site.url}/404\n" in told
    assert "Dry run: 1 of 1 links would be checked, 0 later." in told
    assert (site.asked, CheckedLink.objects.count()) == ([], 0)


def test_no_more_are_asked_than_told(db, site, check):
    for number in range(3):
        make_event(online_url=f"{site.url}/200/{number}")
    assert "Left for the next time: 1." in check("--most", "2")
    assert len(site.asked) == 2
    check("--most", "2")
    assert {path for _method, path in paths(site)} == {"/200/0", "/200/1", "/200/2"}


def test_host_is_asked_with_a_pause_and_others_meanwhile(db, site, check, monkeypatch):
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *args, **kwargs: real("127.0.0.1" if host == "b.example" else host, *args, **kwargs),
    )
    for number in range(3):
        make_event(online_url=f"{site.url}/200/a{number}")
        make_event(online_url=f"http://b.example:{site.server_port}/200/b{number}")
    check()
    moments = {path: moment for _method, path, _headers, moment in site.asked}
    for host in "ab":
        own = sorted(moment for path, moment in moments.items() if f"/200/{host}" in path)
        assert own[-1] - own[0] > 0.25  # Twice 0.2, less what a busy machine takes to note the first.
    assert [path[5] for path in moments] in (list("ababab"), list("bababa"))


def test_host_that_asks_to_wait_is_left_alone_for_the_rest(db, site, check):
    make_event(online_url=f"{site.url}/1/first")
    make_event(online_url=f"{site.url}/429")
    make_event(online_url=f"{site.url}/500")
    told = check()
    assert paths(site) == [("HEAD", "/1/first"), ("HEAD", "/429")]
    assert "left alone, as their hosts requested: 2" in told
    assert [link.address for link in CheckedLink.objects.all()] == [f"{site.url}/1/first"]


def test_each_answer_is_stored_at_once_and_an_interruption_keeps_them(db, site, check, monkeypatch):
    for number in range(3):
        make_event(online_url=f"{site.url}/404/{number}")
    real, count = Asker.ask, iter(range(9))

    def interrupted(self, address):
        if next(count) == 2:
            raise KeyboardInterrupt
        return real(self, address)

    monkeypatch.setattr(Asker, "ask", interrupted)
    assert "Interrupted. Results so far are stored" in check()
    assert CheckedLink.objects.broken().count() == 2
    monkeypatch.setattr(Asker, "ask", real)
    site.asked.clear()
    check()
    assert {path for _method, path in paths(site)} == {"/404/2"}


def test_progress_is_told(db, site, check, monkeypatch):
    monkeypatch.setattr(check_links, "EVERY", 0)
    make_event(online_url=f"{site.url}/200")
    assert "1 of 1 checked." in check()


@pytest.mark.parametrize(
    "args",
    [["--most", "0"], ["--days", "-1"], ["--most", "x"], ["--pause", "0"], ["--pause", "nan"], ["--days", "9" * 30]],
)
def test_odd_numbers_are_refused(args):
    with pytest.raises(CommandError):
        call_command("check_links", *args)


# What is broken, and where it stands


def test_failure_is_broken_only_when_it_lasts_a_day(db, site, check):
    make_event(online_url=f"{site.url}/500")
    check()
    link = CheckedLink.objects.get()
    assert not CheckedLink.objects.broken().exists()
    check("--days", "0")
    assert not CheckedLink.objects.broken().exists()
    CheckedLink.objects.update(first_failed_at=link.first_failed_at - DAY)
    check("--days", "0")
    assert CheckedLink.objects.broken_in_use().get() == link


def test_answer_between_makes_it_begin_anew(db, site, check):
    event = make_event(online_url=f"{site.url}/404")
    check()
    site.leads_to = {}
    link = CheckedLink.objects.broken_in_use().get()
    CheckedLink.objects.record(link.address, asking.Answer(Outcome.WELL, "200: ok", 200), [])
    link.refresh_from_db()
    assert (link.first_failed_at, link.is_gone, link.sources.count()) == (None, False, 0)
    assert event.online_url == link.address


@pytest.fixture
def broken(db, site, check):
    """Broken links in an event, in a panel, in an agreement and in an organization."""
    event = make_event(
        title="Forum <script>", body=f'<p><a href="{site.url}/404?a=1&amp;b=2">x</a></p>', online_url=f"{site.url}/410"
    )
    make_panel(event, title="Trade", description=f'<p><a href="{site.url}/404/panel#x">x</a></p>')
    make_agreement(event, title="Memo", summary=f'<p><a href="{site.url}/404/memo">x</a></p>')
    make_organization(name="Institute", website=f"{site.url}/404/house")
    check()
    assert CheckedLink.objects.broken_in_use().count() == 5
    return event


def spots(client):
    """Return the links that the page lists, each with where it stands."""
    page = client.get(PAGE).content.decode()
    found = {}
    for section in re.findall(r'<section class="broken-link".*?</section>', page, re.DOTALL):
        address = re.search(r"<h2><a href=\"([^\"]*)\"", section)[1]
        lines = re.findall(r"<li[^>]*>(.*?)</li>", section, re.DOTALL)
        found[address] = [" ".join(re.sub(r"<[^>]+>", " ", line).split()) for line in lines]
    return found


def test_page_tells_where_links_stand(desk, site, broken):
    assert spots(desk) == {
        f"{site.url}/404?a=1&amp;b=2": ["Event: Forum &lt;script&gt; text"],
        f"{site.url}/410": ["Event: Forum &lt;script&gt; online link"],
        f"{site.url}/404/panel": ["Event: Forum &lt;script&gt; Panel “Trade”, what it was about"],
        f"{site.url}/404/memo": ["Agreement: Memo what was agreed"],
        f"{site.url}/404/house": ["Organization: Institute website"],
    }
    page = desk.get(PAGE).content.decode()
    assert page.count(f'href="/admin/events/event/{broken.pk}/change/"') == 3
    assert "404: not found" in page


def test_mended_link_is_gone_at_once(desk, site, broken):
    broken.online_url = ""
    broken.body = f'<p><a href="{site.url}/404">shorter</a></p>'
    broken.save()
    broken.panels.all().delete()
    Event.objects.filter(pk=broken.pk).update(publication_status=Event.PublicationStatus.PUBLISHED)
    assert set(spots(desk)) == {f"{site.url}/404/memo", f"{site.url}/404/house"}
    Event.objects.filter(pk=broken.pk).update(publication_status=Event.PublicationStatus.UNPUBLISHED)
    assert set(spots(desk)) == {f"{site.url}/404/house"}
    assert CheckedLink.objects.broken_in_use().count() == 1


def test_link_that_stands_nowhere_is_forgotten_and_new_places_are_found(desk, site, broken, check):
    Event.objects.filter(pk=broken.pk).update(online_url="")
    make_organization(name="Second", website=f"{site.url}/404/house")
    check()
    assert not CheckedLink.objects.filter(address=f"{site.url}/410").exists()
    assert spots(desk)[f"{site.url}/404/house"] == ["Organization: Institute website", "Organization: Second website"]


def test_link_that_stands_everywhere_is_told_in_some_places(desk, site, check, monkeypatch):
    monkeypatch.setattr("forum_site.linkcheck.models.MAX_SOURCES", 2)
    for _number in range(4):
        make_organization(website=f"{site.url}/404")
    check()
    assert LinkSource.objects.count() == 2


@pytest.mark.parametrize(("who", "status"), [("anonymous", 302), ("reader", 302), ("staff", 403), ("clerk", 200)])
def test_page_is_for_those_who_may_see_it(client, broken, who, status):
    if who != "anonymous":
        user = User.objects.create_user(who, is_staff=who != "reader")
        if who == "clerk":
            user.user_permissions.add(
                *Permission.objects.filter(codename__in=["view_checkedlink", "view_organization"])
            )
        client.force_login(user)
    response = client.get(PAGE)
    assert response.status_code == status
    if who == "clerk":
        told = list(spots(client).values())
        assert told.count(["On a page you cannot view."]) == 4
        assert "Forum" not in response.content.decode().replace("Forum Site", "")
    else:
        assert "404" not in response.content.decode()


def test_page_asks_the_same_with_more_rows(desk, site, check):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            desk.get(PAGE)
        return len(captured)

    make_organization(website=f"{site.url}/404/0")
    check()
    one = queries()
    for number in (1, 2):
        make_organization(website=f"{site.url}/404/{number}")
    check()
    assert len(spots(desk)) == 3
    assert queries() == one


def test_page_has_pages_and_odd_numbers_break_nothing(desk, site, check, monkeypatch):
    monkeypatch.setattr("forum_site.linkcheck.admin.A_PAGE", 1)
    make_event(online_url=f"{site.url}/404/1")
    make_event(online_url=f"{site.url}/404/2")
    check()
    assert "Page 1 of 2" in desk.get(PAGE).content.decode()
    for number in ("2", "9" * 5000, "\x00", "-1", "x"):
        assert desk.get(PAGE, {"page": number}).status_code == 200


def test_page_of_nothing_says_so(desk, db):
    assert "have not been checked yet" in desk.get(PAGE).content.decode()
    CheckedLink.objects.record("https://a.example/", asking.Answer(Outcome.WELL, "200: ok", 200), [])
    assert "No link is known to be broken." in desk.get(PAGE).content.decode()
