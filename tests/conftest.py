import os
from functools import cache
from importlib import reload

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import client as test_client
from django.urls import clear_url_caches

from events import sample
from events.models import Event
from events.sample.drawing import draw_cover
from events.shows import visitors, weekly
from forum_site import urls
from forum_site.pagecache import triggers
from forum_site.pagecache import views as kept_pages
from tests.factories import make_event


def _store_templates(store, signal, sender, template, context, **kwargs):
    """Note what was rendered, as Django's test client does, but for widgets: a form of the admin has thousands."""
    if not (template.name or "").startswith("django/forms/"):
        _store_rendered(store, signal, sender, template, context, **kwargs)


_store_rendered, test_client.store_rendered_templates = test_client.store_rendered_templates, _store_templates


def pytest_configure(config):
    """Where several processes share the tests, let each make a folder of its own: this one only hands out tests."""
    if config.getoption("dist", "no") != "no":
        os.environ.pop("VAR_DIR")


def database_name():
    if connection.vendor == "sqlite":
        return f"SQLite {connection.Database.sqlite_version}"
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return f"PostgreSQL {cursor.fetchone()[0]}"


@pytest.fixture(scope="session", autouse=True)
def _name_of_database(request, django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        request.config.stash[NAME] = database_name()
    if hasattr(request.config, "workeroutput"):
        request.config.workeroutput["database"] = request.config.stash[NAME]


NAME = pytest.StashKey[str]()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    """Learn from a process that ran tests beside others on which database it did."""
    if name := getattr(node, "workeroutput", {}).get("database"):
        node.config.stash[NAME] = name


def pytest_terminal_summary(terminalreporter, config):
    terminalreporter.write_line(f"These tests ran on {config.stash.get(NAME, 'no database')}.")


@pytest.fixture(autouse=True)
def _own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(autouse=True)
def _no_renditions(request, monkeypatch):
    """Pages are whole without them, and the sample has many pictures. `renditions` asks for them."""
    if "renditions" not in request.fixturenames:
        monkeypatch.setattr("forum_site.media.renditions.make", lambda name: 0)
        monkeypatch.setattr("forum_site.media.renditions.keep", lambda name, files: 0)


@pytest.fixture
def _all_files_public(monkeypatch):
    """Every stored file is for everybody, whatever names it."""
    monkeypatch.setattr("forum_site.media.access.is_public", lambda names: True)


@pytest.fixture
def renditions():
    """Pictures get their renditions, as on a site."""


@pytest.fixture(autouse=True)
def _own_pages(request):
    """Nothing kept from other tests; and within a test's transaction, never committed, each change ends the edition."""
    kept_pages.page_cache.clear()
    visitors.note_method.cache_clear()
    weekly.counted_before.cache_clear()
    if "db" in request.fixturenames and connection.vendor == "postgresql":
        request.getfixturevalue("db")
        if connection.in_atomic_block:
            with connection.cursor() as cursor:
                cursor.execute(triggers.POSTGRESQL_FUNCTION.format(needed="true"))
                cursor.execute("SET CONSTRAINTS change_site_version IMMEDIATE")


@pytest.fixture(autouse=True)
def _own_visitors(monkeypatch):
    """Readers remembered by this test alone."""
    monkeypatch.setattr(visitors, "recent_visitors", cache(visitors.RecentVisitors))


drawn_once = cache(draw_cover)


@pytest.fixture(autouse=True)
def _covers(monkeypatch):
    """The covers of the sample, drawn for the first test that has them."""
    monkeypatch.setattr(sample, "draw_cover", drawn_once)


@pytest.fixture
def event(db):
    return make_event(title="Land-Sea Forum", slug="land-sea-forum")


@pytest.fixture
def draft(db):
    return make_event(title="A secret plan", slug="a-secret-plan", publication_status=Event.PublicationStatus.DRAFT)


def make_person(name, group):
    """Return a person of a group."""
    user = User.objects.create_user(name, password="a long password", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    return user


@pytest.fixture
def author(db):
    return make_person("author", "Authors")


@pytest.fixture
def editor(db):
    return make_person("editor", "Editors")


@pytest.fixture
def manager(db):
    return make_person("manager", "Managers")


@pytest.fixture
def desk(client, editor):
    """A client signed in as an editor."""
    client.force_login(editor)
    return client


@pytest.fixture
def _debug(settings):
    """The site as `make dev` serves it, with the addresses that are there only then."""
    settings.DEBUG = True
    reload(urls)
    clear_url_caches()
    yield
    settings.DEBUG = False
    reload(urls)
    clear_url_caches()
