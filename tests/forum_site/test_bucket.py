"""Media in a bucket keep every promise that media in a folder keep, and a bucket that is away stops nothing else."""

import errno
import io
import json
import socket
import tarfile
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.checks import ERROR, WARNING
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from PIL import Image

from events.models import Event, EventDocument, Picture
from forum_site.media import checks
from forum_site.media.storage import StorageUnavailableError
from forum_site.ops import health
from tests import s3_server
from tests.events.test_admin import ADD, change_url, event_form, rows
from tests.events.test_pictures import LIBRARY, PAPER, UPLOAD
from tests.factories import make_event, make_full_event
from tests.forum_site.test_media_access import retract_in_every_way
from tests.uploads import picture

pytest.importorskip("obstore", reason="The extra s3 is not installed: media in a bucket are not tested.")
if not s3_server.PYTHON.exists():
    pytest.skip("There is no S3 server (make .venv/s3-server/installed).", allow_module_level=True)

from forum_site.media import s3

pytestmark = [pytest.mark.one_database, pytest.mark.django_db]
NOT_STORED = "The file could not be stored: the disk may be full, or the bucket does not respond."


@pytest.fixture(scope="module")
def server():
    with s3_server.running() as address:
        yield address


def use(settings, endpoint, **facts):
    facts = {"bucket": s3_server.BUCKET, "region": "us-east-1", "key": "key", "secret": "secret", **facts}
    settings.MEDIA_BUCKET = {**facts, "endpoint": endpoint}
    default = {"BACKEND": "forum_site.media.s3.S3Storage", "OPTIONS": settings.MEDIA_BUCKET}
    settings.STORAGES = {**settings.STORAGES, "default": default}


@pytest.fixture
def kept(server, settings):
    """Media are kept in a bucket, which is empty."""
    use(settings, server)
    for name in list(default_storage.names()):
        default_storage.delete(name)
    return default_storage


def nobody():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


@pytest.fixture
def _away(settings):
    use(settings, nobody())


@pytest.fixture
def hung(settings):
    """A service that takes each connection and never answers; yields the connections that it has."""
    held = []
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener, ThreadPoolExecutor(1) as pool:
        port = listener.getsockname()[1]
        use(settings, f"http://127.0.0.1:{port}")

        def hold():
            while True:
                held.append(listener.accept()[0])

        pool.submit(hold)
        yield held
        listener.shutdown(socket.SHUT_RDWR)
    for connection in held:
        connection.close()


def test_file_goes_in_whole_and_comes_out(kept):
    name = kept.save("papers/a.pdf", ContentFile(b"%PDF-" + b"x" * 3_000_000))
    with kept.open(name) as file:
        assert file.read() == b"%PDF-" + b"x" * 3_000_000
    assert (kept.size(name), kept.exists(name), kept.exists("papers")) == (3_000_005, True, False)
    assert kept.save("papers/a.pdf", ContentFile(b"another")) != name
    kept.delete(name)
    assert not kept.exists(name)


@pytest.mark.parametrize("name", ["", "/a", "a/", "a//b", "../a", "a/./b", "a\x00b", "\ud800", "a\nb", "x" * 2000])
def test_name_that_means_another_file_is_none(kept, name):
    kept.put("a", b"1")
    assert not kept.exists(name)
    with pytest.raises(FileNotFoundError):
        kept.open(name)
    with pytest.raises(ValueError, match="no name of a file"):
        kept.put(name, b"1")


@pytest.mark.usefixtures("_all_files_public")
def test_picture_is_served_by_the_site_so_that_it_can_do_nothing(kept, client, event):
    event.cover.save("../../evil.html.JPG", picture())
    response = client.get(event.cover.url)
    assert event.cover.url.startswith("/media/covers/")
    assert Image.open(io.BytesIO(response.getvalue())).size == (40, 30)
    assert (response.status_code, response["Content-Type"]) == (200, "image/jpeg")
    assert {"default-src 'none'", "sandbox"} <= set(response["Content-Security-Policy"].split("; "))
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"].startswith("inline")
    assert response["Cache-Control"] == "public, max-age=3600, s-maxage=60"
    again = client.get(event.cover.url, headers={"If-Modified-Since": response["Last-Modified"]})
    assert (again.status_code, again.content) == (304, b"")
    kept.put("page.html", b"<script>steal()</script>")
    for name in ("page.html", kept.save("paper.pdf", ContentFile(PAPER))):
        assert client.get(f"/media/{name}")["Content-Disposition"] == "attachment"
    for path in (
        "a/" * 3000,
        "covers/",
        "../db.sqlite3",
        "%2e%2e/db.sqlite3",
        "a%00b",
        "covers//a.html",
        "missing.pdf",
    ):
        assert client.get(f"/media/{path}").status_code == 404


@pytest.mark.usefixtures("_all_files_public")
def test_picture_gets_its_renditions_there(kept, renditions, client, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        stored = Picture.objects.create(file=picture((1000, 500))).file.stored
    found = {name.partition(".")[2] for name in kept.names()}
    assert found == {"jpg", *(f"{width}.{ending}" for width in (400, 960, 1000) for ending in ("avif", "webp", "jpg"))}
    assert client.get(stored.address(400, ".avif"))["Content-Type"] == "image/avif"
    kept.delete(stored.rendition(400, ".avif"))
    response = client.get(stored.address(400, ".avif"))
    assert (response["Content-Type"], response["Cache-Control"]) == ("image/jpeg", "public, max-age=60")
    call_command("generate_renditions")
    assert kept.exists(stored.rendition(400, ".avif"))


@pytest.mark.usefixtures("kept")
def test_files_of_a_hidden_event_are_missing(client):
    retract_in_every_way(client)


@pytest.mark.usefixtures("_all_files_public")
def test_missing_picture_shows_a_drawn_one(kept, client):
    response = client.get("/media/covers/none.webp")
    assert (response.status_code, response["Content-Type"]) == (404, "image/svg+xml")


def test_event_is_saved_with_cover_and_paper(kept, desk, client):
    paper = {"title": "Programme", "file": SimpleUploadedFile("a.pdf", PAPER, "application/pdf")}
    form = event_form(cover=picture(), cover_alt="A hall", **rows("documents", paper))
    assert desk.post(ADD, form).status_code == 302
    event = Event.objects.get()
    page = client.get(event.get_absolute_url()).content.decode()
    assert event.cover.url in page or event.cover.stored.small in page
    assert sorted(kept.names()) == sorted([event.cover.name, EventDocument.objects.get().file.name])
    assert EventDocument.objects.get().size == len(PAPER)


@pytest.mark.usefixtures("_away")
def test_bucket_that_is_away_is_told_at_the_form_and_leaves_no_row(desk):
    assert NOT_STORED in desk.post(UPLOAD, {"upload": picture()}).json()["error"]["message"]
    paper = {"title": "Kept", "file": SimpleUploadedFile("a.pdf", PAPER, "application/pdf")}
    for address, form in (
        (ADD, event_form(cover=picture(), cover_alt="A hall", theme="Kept")),
        (ADD, event_form(**rows("documents", paper))),
        (f"{LIBRARY}add/", {"file": picture(), "title": "Kept"}),
    ):
        page = desk.post(address, form).content.decode()
        assert (NOT_STORED in page, 'value="Kept"' in page) == (True, True)
    assert [model.objects.count() for model in (Picture, Event, EventDocument)] == [0, 0, 0]


@pytest.mark.usefixtures("_all_files_public")
def test_bucket_that_is_away_stops_no_page(client, desk, kept, settings, caplog):
    event = make_full_event(1)
    event.cover.save("a.jpg", picture())
    use(settings, nobody())
    for address in (event.get_absolute_url(), "/", "/search/?q=forum", f"/events/{event.slug}.ics"):
        assert client.get(address).status_code == 200
    assert desk.get(change_url(event)).status_code == 200
    response = client.get(event.cover.url)
    assert (response.status_code, response["Content-Type"]) == (503, "image/svg+xml")
    assert (response["Cache-Control"], response["Retry-After"]) == ("no-store", "10")
    paper = client.get("/media/papers/a.pdf")
    assert (paper.status_code, paper["Cache-Control"]) == (503, "no-store")
    assert b"<html" in paper.content
    assert "secret" not in caplog.text


@pytest.mark.usefixtures("_all_files_public")
def test_bucket_that_hangs_holds_few_threads_for_a_moment(client, hung):
    with ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(lambda number: client.get(f"/media/covers/{number}.jpg").status_code, range(24)))
    assert set(answers) == {503}
    assert 1 <= len(hung) <= s3.AT_ONCE  # The others are answered without it.
    asked = len(hung)
    assert client.get("/media/covers/25.jpg").status_code == 503
    assert len(hung) == asked  # It is left alone.


@pytest.mark.usefixtures("hung")
def test_upload_to_a_bucket_that_hangs_ends(settings, monkeypatch):
    monkeypatch.setattr(s3, "WHOLE", s3.timedelta(seconds=1))
    use(settings, settings.MEDIA_BUCKET["endpoint"])
    with pytest.raises(StorageUnavailableError):
        default_storage.put("covers/a.jpg", b"1")


def test_bucket_that_comes_back_is_asked_again(kept):
    kept.put("a.jpg", b"1")
    s3.left_alone_until[kept.place] = time.monotonic() + 60
    with pytest.raises(StorageUnavailableError, match="left alone"):
        kept.exists("a.jpg")
    kept.probe()
    assert kept.exists("a.jpg")


def test_site_is_ready_while_the_bucket_can_be_written(client, kept, settings, monkeypatch):
    monkeypatch.setattr(health, "KEPT_FOR", -1)
    assert client.get("/readyz").json()["media"] == "ok"
    assert list(kept.names()) == []
    for place in ({"endpoint": nobody()}, {"endpoint": settings.MEDIA_BUCKET["endpoint"], "bucket": "no-such-bucket"}):
        use(settings, **place)
        response = client.get("/readyz")
        assert (response.status_code, response.json()["media"]) == (503, "failed")


def let_everybody_read(server, method="PUT"):
    resource = f"arn:aws:s3:::{s3_server.BUCKET}/*"
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": resource}
    policy = json.dumps({"Revision": "2012-10-17", "Statement": [statement]}).encode()
    headers = {"Content-Type": "application/json"}
    asked = urllib.request.Request(f"{server}/{s3_server.BUCKET}?policy", policy, headers, method=method)
    urllib.request.urlopen(asked, timeout=10).close()


def run(check):
    return [(message.level, message.hint) for message in check(None, databases=["default"])]


def test_checks_of_the_bucket(kept, settings, tmp_path, server, monkeypatch):
    assert run(checks.uploads_can_be_stored) == run(checks.media_are_in_the_bucket) == []
    (settings.MEDIA_ROOT / "covers").mkdir(parents=True)
    (settings.MEDIA_ROOT / "covers" / "a.jpg").touch()
    assert run(checks.media_are_in_the_bucket)[0][0] == WARNING
    kept.put("covers/a.jpg", b"1")
    assert run(checks.media_are_in_the_bucket) == run(checks.bucket_is_private) == []
    let_everybody_read(server)
    try:
        ((level, hint),) = run(checks.bucket_is_private)
    finally:
        let_everybody_read(server, "DELETE")
    assert (level, s3_server.BUCKET in hint) == (ERROR, True)
    use(settings, nobody())
    assert run(checks.bucket_is_private) == []
    assert "MEDIA_S3" in run(checks.uploads_can_be_stored)[0][1]


@pytest.mark.django_db(transaction=True)
def test_backup_takes_media_along_and_brings_them_back(kept, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    event = make_event(slug="kept")
    event.cover.save("a.jpg", picture((600, 400)))
    kept.put("papers/large.bin", b"\x89" * 3_000_000)
    kept.put("papers/empty.bin", b"")
    before = {name: kept.open(name).read() for name in kept.names()}
    call_command("backup", "--to", str(tmp_path / "site.tar"))
    with tarfile.open(tmp_path / "site.tar") as archive:
        assert {f"media/{name}" for name in before} <= set(archive.getnames())
    for name in before:
        kept.delete(name)
    call_command("restore", str(tmp_path / "site.tar"), "--replace", "--yes")
    assert {name: kept.open(name).read() for name in kept.names()} == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".restoring")] == []
    # It is also how media move from a bucket into a folder.
    settings.MEDIA_BUCKET = {}
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": "forum_site.media.storage.AtomicStorage"}}
    call_command("restore", str(tmp_path / "site.tar"), "--replace", "--yes")
    assert {name: (settings.MEDIA_ROOT / name).read_bytes() for name in before} == before


@pytest.mark.django_db(transaction=True)
def test_no_backup_while_the_bucket_is_away(kept, settings, tmp_path, monkeypatch):
    make_event().cover.save("a.jpg", picture())
    use(settings, nobody())
    with pytest.raises(CommandError, match="There is no backup"):
        call_command("backup", "--to", str(tmp_path / "site.tar"))
    assert not (tmp_path / "site.tar").exists()


@pytest.mark.django_db(transaction=True)
def test_restore_into_a_bucket_that_is_away_changes_no_row(kept, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    event = make_event(title="As it was")
    event.cover.save("a.jpg", picture())
    call_command("backup", "--to", str(tmp_path / "site.tar"))
    Event.objects.update(title="As it is")
    use(settings, nobody())
    with pytest.raises(CommandError):
        call_command("restore", str(tmp_path / "site.tar"), "--replace", "--yes")
    assert Event.objects.get().title == "As it is"


def test_full_bucket_leaves_no_row(kept, desk, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left")

    monkeypatch.setattr(s3.obstore, "put", full)
    assert NOT_STORED in desk.post(UPLOAD, {"upload": picture()}).json()["error"]["message"]
    assert Picture.objects.count() == 0


def test_key_opens_nothing_to_others(server, kept, event):
    """What the site sends is signed with the secret, which itself never leaves."""
    seen = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        store = s3.S3Storage(
            s3_server.BUCKET, f"http://127.0.0.1:{listener.getsockname()[1]}", "us-east-1", "the-key", "the-secret"
        )
        with ThreadPoolExecutor(1) as pool:
            asking = pool.submit(store.exists, "a.jpg")
            connection, _address = listener.accept()
            with connection:
                seen.append(connection.recv(65536))
                connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            assert asking.result(timeout=10) is False
    assert b"AWS4-HMAC-SHA256 Credential=the-key/" in seen[0]
    assert b"the-secret" not in seen[0]
