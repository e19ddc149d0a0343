import fcntl
import io
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from events.models import Picture
from forum_site.media import image_jobs
from forum_site.media.fields import PictureFormField
from tests.uploads import picture

pytestmark = pytest.mark.one_database


def refusal(upload=None):
    with pytest.raises(ValidationError) as error:
        PictureFormField().clean(upload or picture())
    return " ".join(error.value.messages)


@pytest.fixture
def program(monkeypatch, tmp_path):
    """Put another program in the place of the one that decodes."""

    def put(source):
        path = tmp_path / "program.py"
        path.write_text(source)
        monkeypatch.setattr(image_jobs, "PROGRAM", path)

    return put


def test_one_picture_is_processed_at_a_time(monkeypatch):
    run, running, most = image_jobs.subprocess.run, [], []

    def counted(*args, **options):
        running.append(1)
        most.append(len(running))
        try:
            return run(*args, **options)
        finally:
            running.pop()

    monkeypatch.setattr(image_jobs.subprocess, "run", counted)
    monkeypatch.setattr(image_jobs, "PATIENCE", 120)
    with ThreadPoolExecutor(4) as pool:
        clean = list(
            pool.map(lambda upload: PictureFormField().clean(upload), [picture((200, 100)) for _each in range(4)])
        )
    assert [Image.open(each).size for each in clean] == [(200, 100)] * 4
    assert most == [1] * 4


def test_another_process_of_the_machine_has_the_turn(settings, monkeypatch):
    monkeypatch.setattr(image_jobs, "PATIENCE", 0.1)
    with open(settings.VAR_DIR / "pictures.lock", "w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert "Try again in a minute" in refusal()
    assert PictureFormField().clean(picture())


def test_who_would_wait_too_long_in_line_is_turned_away_at_once(monkeypatch):
    monkeypatch.setattr(image_jobs, "_waiting", threading.BoundedSemaphore(2))
    monkeypatch.setattr(image_jobs, "PATIENCE", 600)
    with image_jobs._waiting, image_jobs._waiting:
        assert "Try again in a minute" in refusal()
    assert PictureFormField().clean(picture())


def test_worker_has_more_threads_than_may_wait():
    """A node has 12 threads (deploy/systemd/forum@.service): half of them are left to readers."""
    assert image_jobs.MAX_WAITING <= 6
    assert image_jobs.PATIENCE + image_jobs.MAX_RUN < 60  # seconds that nginx waits


def test_without_a_lock_file_pictures_are_taken(settings, tmp_path, caplog):
    settings.VAR_DIR = tmp_path / "missing"
    assert PictureFormField().clean(picture())
    assert "do not take turns" in caplog.text


def test_memory_of_the_process_is_bounded(monkeypatch):
    content = io.BytesIO()
    Image.new("1", (7000, 7000)).save(content, "PNG")
    monkeypatch.setattr(image_jobs, "MAX_MEMORY_BYTES", 200 * 1024 * 1024)  # RGB alone takes 196 MB.
    upload = SimpleUploadedFile("a.png", content.getvalue(), "image/png")
    assert "takes more memory than is available" in refusal(upload)
    assert PictureFormField().clean(picture())


def test_decoder_that_crashes_is_told_at_the_field(program, caplog):
    program("import os; os.abort()")
    assert "not a picture that can be read" in refusal()
    assert "ended with status -6" in caplog.text


def test_decoder_that_hangs_is_ended(program, monkeypatch, tmp_path):
    program(f"import os, time; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(600)")
    monkeypatch.setattr(image_jobs, "MAX_RUN", 2)
    assert "takes too long" in refusal()
    with pytest.raises(ProcessLookupError):
        image_jobs.os.kill(int((tmp_path / "pid").read_text()), 0)


def test_turn_lasts_as_long_as_the_process_although_the_worker_is_killed(settings, program, tmp_path):
    """The process holds the lock itself: a second one beside it would be one too many."""
    pid = tmp_path / "pid"
    program(f"import os, time; open({str(pid)!r}, 'w').write(str(os.getpid())); time.sleep(600)")
    with image_jobs._turn() as lock:
        other = image_jobs.subprocess.Popen([image_jobs.sys.executable, str(image_jobs.PROGRAM)], pass_fds=(lock,))
    try:
        with open(settings.VAR_DIR / "pictures.lock") as file, pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        other.kill()
        other.wait()
    with image_jobs._turn():
        pass


def test_process_knows_nothing_of_the_site(program, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "a secret of the site")
    program("import json, os; print(json.dumps({'names': sorted(os.environ), 'sizes': []}))")
    facts, _files = image_jobs.store(b"")
    assert "SECRET_KEY" not in facts["names"]
    assert "DATABASE_URL" not in facts["names"]


def test_program_imports_nothing_of_the_site():
    code = (
        f"import sys; sys.argv = ['', '']; sys.path.insert(0, {str(image_jobs.PROGRAM.parent)!r}); import image_process"
    )
    code += "; print([name for name in sys.modules if name.startswith(('django', 'forum_site', 'events'))])"
    told = image_jobs.subprocess.run([image_jobs.sys.executable, "-I", "-c", code], capture_output=True, text=True)
    assert told.stdout == "[]\n"


@pytest.mark.django_db
def test_upload_that_comes_at_a_bad_moment_is_told_so(desk, monkeypatch):
    monkeypatch.setattr(image_jobs, "_waiting", threading.BoundedSemaphore(1))
    with image_jobs._waiting:
        answer = desk.post("/admin/events/picture/upload/", {"upload": picture()}).json()
    assert answer["uploaded"] == 0
    assert answer["error"]["is_busy"] is True
    assert "Try again in a minute" in answer["error"]["message"]
    assert not Picture.objects.exists()
    assert desk.post("/admin/events/picture/upload/", {"upload": picture()}).json()["uploaded"] == 1
    refused = desk.post("/admin/events/picture/upload/", {"upload": SimpleUploadedFile("a.jpg", b"x")}).json()
    assert refused["error"]["is_busy"] is False
