"""Who may do what: every address of the admin, asked by every kind of person, against `permission_matrix.txt`.

The addresses come from the resolver, so a new one without a line fails here. After a change that is meant, write the
file anew and read what has changed in it: `UPDATE_MATRIX=1 pytest tests/forum_site/test_permission_matrix.py`.
"""

import datetime
import os
from copy import deepcopy
from difflib import unified_diff
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver
from django.urls.resolvers import RoutePattern

from events.models import Event, ImportedShows, PreviewLink, Series, ShowCorrection, Tag
from events.revisions import store
from events.revisions.snapshot import take_snapshot
from organizations.merge import Merge
from tests.events.test_admin import event_form, rows
from tests.factories import (
    make_agreement,
    make_event,
    make_organization,
    make_panel,
    make_participation,
    make_picture,
    make_place,
    make_visit,
)
from tests.forum_site.test_second_factor import confirm
from tests.forum_site.test_sign_in import PASSWORD

pytestmark = pytest.mark.one_database

FILE = Path(__file__).with_name("permission_matrix.txt")
KINDS = ["anonymous", "no rights", "author", "editor", "manager", "superuser"]
HEAD = """\
# What becomes of a request to an address of the admin, by who asks: test_permission_matrix.py tells more.
# A POST that has changed a row is "changes"; 302 leads on, "home" to the admin's first page, "door" to signing in.
# Behind "!" stand attempts with forged fields: what a browser would not send, or would send by another event.
"""
JOINED = datetime.datetime(2023, 5, 17, 10, tzinfo=datetime.UTC)
LINK = {"expires_at": datetime.datetime(2999, 1, 1, tzinfo=datetime.UTC)}
WIDTH = 78
OURS = ("auth", "events", "organizations")
# What the events are at is noted as soon as somebody would change them: their history is not their content.
NOT_WATCHED = {"auth.permission", "events.revision"}


class Undo(Exception):  # noqa: N818 - it takes back what a request has done
    pass


class Site:
    """Rows of every kind, with names for them, and the cookies of every kind of person."""

    def __init__(self, author, editor, manager, admin_user):
        # As event_form() has them, so that a form changes nothing but what is tried.
        self.draft, self.published, self.unpublished, self.trashed = (
            make_event(
                title=state.title(), slug=state, publication_status=state, kind="seminar", time_zone="Asia/Almaty"
            )
            for state in ("draft", "published", "unpublished", "trashed")
        )
        self.organization, self.other_organization = make_organization(name="One"), make_organization(name="Other")
        self.parts = {}
        for event in (self.draft, self.published):
            self.parts[event] = {
                "participations": make_participation(event, self.organization, role="host"),
                "panels": make_panel(event),
                "visits": make_visit(event),
                "agreements": make_agreement(event, [self.organization], kind="other"),
            }
        self.colleague = User.objects.create_user("colleague", password="a long password", is_staff=True)
        self.stronger = User.objects.create_user("stronger", password="a long password", is_staff=True)
        User.objects.update(date_joined=JOINED)
        self.stronger.user_permissions.add(Permission.objects.get(codename="add_showcorrection"))
        self.superuser = User.objects.create_superuser("root", password="a long password")
        self.group = Group.objects.create(name="Keepers of the daily counts")
        self.series = Series.objects.create(name="Cycle")
        self.correction = ShowCorrection.objects.create(
            event=self.draft, day=self.draft.starts_on, shows=1, reason="Why", author=admin_user
        )
        for event in (self.draft, self.published, self.unpublished, self.trashed):
            store.record(event.pk)
            store.save_conflict(event.pk, take_snapshot(event.pk), None, base_number=1)
        self.picture, self.tag = make_picture(), Tag.objects.create(name="Ports")
        self.imported = ImportedShows.objects.create(event=self.draft, shows=1, reason="Why", author=admin_user)
        # What events print: of a draft, and of one that is published.
        self.used = {}
        for state in ("draft", "published"):
            where, event = f"of {state}", make_event(publication_status=state)
            rows = {
                "series": Series.objects.create(name=f"Series {where}"),
                "tag": Tag.objects.create(name=f"Tag {where}"),
                "picture": make_picture(),
                "organization": make_organization(name=f"Organization {where}"),
            }
            make_place(event, rows["picture"])
            make_participation(event, rows["organization"], role="partner")
            event.tags.add(rows["tag"])
            Event.objects.filter(pk=event.pk).update(series=rows["series"])
            for name, row in rows.items():
                self.used.setdefault(name, []).append((where, row))
        self.merge = Merge(make_organization(name="Twin"), self.other_organization).save(admin_user)
        self.subjects = {
            "events_event": ["draft", "published", "unpublished", "trashed"],
            "events_agreement": [("of draft", self.agreement(self.draft)), ("of published", self.agreement())],
            "events_series": ["series", *self.used["series"]],
            "events_tag": ["tag", *self.used["tag"]],
            "events_picture": ["picture", *self.used["picture"]],
            "events_importedshows": ["imported"],
            "organizations_organizationmerge": ["merge"],
            "events_showcorrection": ["correction"],
            "organizations_organization": ["other_organization", *self.used["organization"]],
            "auth_user": ["colleague", "stronger", "superuser"],
            "auth_group": ["group"],
        }
        # Of Django's way from a row to its page: content type and key.
        self.on_site = [
            (str(row._meta.verbose_name), ContentType.objects.get_for_model(row).pk, row.pk)
            for row in (
                self.draft,
                self.organization,
                self.colleague,
                PreviewLink.objects.create(**LINK, event=self.draft),
            )
        ]
        nobody = User.objects.create_user("nobody", is_staff=True)
        self.people = dict(zip(KINDS, [None, nobody, author, editor, manager, admin_user], strict=True))
        self.cookies = {}
        for kind, person in self.people.items():
            client = Client()
            if person:
                person.set_password(PASSWORD)
                person.save()
                client.force_login(person)
                confirm(client)  # Changes of accounts ask for it: whether they are allowed is asked before.
            self.cookies[kind] = client.cookies
        self.stored = stored()

    def agreement(self, event=None):
        return self.parts[event or self.published]["agreements"]

    def subjects_of(self, name):
        """Return `(name, key)` of the rows that an address of this name is tried with."""
        rows_of_model = next((rows for model, rows in self.subjects.items() if name.startswith(f"{model}_")), None)
        if rows_of_model is None:
            return [("1", 1)]
        pairs = [row if isinstance(row, tuple) else (row, getattr(self, row)) for row in rows_of_model]
        return [(name, row.pk) for name, row in pairs]


@pytest.fixture
def site(db, author, editor, manager, admin_user, settings):
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 3600
    return Site(author, editor, manager, admin_user)


def addresses(site):
    """Yield `(what the file calls it, address)` for every address of the admin, with each row that it may be about."""
    for name, route, parameters in routes(admin.site.get_urls()):
        if name == "view_on_site":
            yield from ((f"/admin/r/<{shown}>/", f"/admin/r/{kind}/{key}/") for shown, kind, key in site.on_site)
            continue
        subjects = site.subjects_of(name) if parameters else [(None, None)]
        for subject, key in subjects:
            shown, address = route, route
            for position, parameter in enumerate(parameters):
                shown = shown.replace(parameter, f"<{subject}>" if position == 0 else "1")
                # The first version of each event is what it is at, the second one was set aside.
                number = "2" if name == "events_event_settle" else "1"
                address = address.replace(parameter, str(key) if position == 0 else number)
            yield f"/admin/{shown}", f"/admin/{address}"


def one_of_each(site):
    """Return an address of each page, with the first row that it may be about."""
    found = {}
    for name, address in addresses(site):
        kind = (
            name.replace("<published>", "<draft>").replace("<unpublished>", "<draft>").replace("<trashed>", "<draft>")
        )
        if not name.startswith("/admin/r/"):
            found.setdefault(kind, address)
    return found


def routes(patterns, prefix=""):
    """Yield `(name, route, its parameters)` of all patterns, those that are included too."""
    for pattern in patterns:
        if not isinstance(pattern.pattern, RoutePattern):  # The one for all that is not there, and for applications.
            if pattern.name == "app_list":
                yield from ((pattern.name, f"{label}/", []) for label in OURS)
            else:
                yield pattern.name or "", f"{prefix}no-such-page", []
            continue
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            parameters = [f"<{part.partition('>')[0]}>" for part in route.split("<")[1:]]
            yield pattern.name or "", route, parameters
        else:
            yield from routes(pattern.url_patterns, route)


def stored():
    """Return all that is stored of ours, to see whether a request has changed a thing."""
    models = [model for label in OURS for model in apps.get_app_config(label).get_models(include_auto_created=True)]
    return {
        model._meta.label: sorted(map(repr, model._base_manager.values_list(*fields_of(model))))
        for model in models
        if model._meta.label_lower not in NOT_WATCHED
    }


def fields_of(model):
    """The columns that somebody sets; the others tell when and by whom anything was saved."""
    fields = [field for field in model._meta.concrete_fields if not getattr(field, "auto_now", False)]
    return [field.attname for field in fields if field.name != "updated_by"]


def ask(site, kind, method, address, fields=None):
    """Return in a word what becomes of the request of such a person, and take back what it has done."""
    client = Client()
    client.cookies = deepcopy(site.cookies[kind])
    try:
        with transaction.atomic():
            response = client.get(address) if method == "GET" else client.post(address, fields or {})
            outcome = "changes" if method == "POST" and stored() != site.stored else word(response)
            raise Undo
    except Undo:
        return outcome


def word(response):
    if response.status_code != 302:
        return str(response.status_code)
    location = response["Location"]
    return (
        "door" if "/sign-in/" in location or "/admin/login/" in location else "home" if location == "/admin/" else "302"
    )


def forged(site):
    """Yield `(what the file calls it, address, fields)`: what nobody's browser would send, or not for this event."""
    draft, published = site.draft, site.published
    form_of = "/admin/events/event/{}/change/".format

    def form(event, **fields):
        stored = {"title": event.title, "slug": event.slug, "starts_on": "2023-05-17", "ends_on": "2023-05-17"}
        return event_form(**{**stored, **fields})

    yield "draft: new title", form_of(draft.pk), form(draft, publication_status="draft", title="New")
    yield "published: new title", form_of(published.pk), form(published, title="New")
    for event in (draft, published, site.unpublished):
        for state in ("draft", "in_review", "published", "unpublished", "trashed", "\x00"):
            if state != event.publication_status:
                shown = state if state.isprintable() else "NUL"
                yield f"{event.slug}: to {shown}", form_of(event.pk), form(event, publication_status=state)
    for step in ("_to_review", "_publish", "_unpublish", "_to_draft"):
        yield f"draft: button {step}", form_of(draft.pk), form(draft, publication_status="draft", **{step: "1"})
    yield "trashed: to draft", form_of(site.trashed.pk), form(site.trashed, publication_status="draft")
    hours = {"publish_at_0": "2030-01-01", "publish_at_1": "10:00"}
    yield "draft: hours of publication", form_of(draft.pk), form(draft, publication_status="draft", **hours)
    yield "new event, published", "/admin/events/event/add/", event_form()

    own_fields = {
        "participations": {"organization": site.other_organization.pk, "role": "partner"},
        "panels": {"title": "Stolen"},
        "visits": {"place": "Stolen"},
        "agreements": {
            "title": "Stolen",
            "kind": "other",
            "signed_on": "2023-05-17",
            "status": "signed",
            "other_parties": "All",
        },
    }
    for prefix, fields in own_fields.items():
        for event, where in ((published, "of published"), (draft, "of draft")):
            row = {"id": site.parts[event][prefix].pk, "event": event.pk, **fields}
            for more, what in (({}, "row"), ({"DELETE": "on"}, "deleted row")):
                posted = form(draft, publication_status="draft", **rows(prefix, row | more, initial=1))
                yield f"draft: {what} {where} in {prefix}", form_of(draft.pk), posted

    for name, fields in {
        "series": {"name": "Liars"},
        "tag": {"name": "Liars"},
        "picture": {"alt": "A liar", "focus_x": "50", "focus_y": "50"},
        "organization": {"name": "Liars", "slug": "liars", "kind": "other"},
    }.items():
        app = "organizations" if name == "organization" else "events"
        for where, row in site.used[name]:
            yield f"{name} {where}: new words", f"/admin/{app}/{name}/{row.pk}/change/", fields
            fields = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"} | fields
            yield f"{name} {where}: deleted", f"/admin/{app}/{name}/", fields
    said = {"event": draft.pk, "caption": "", "alt": "A liar"}
    for where, row in site.used["picture"]:
        new = rows("pictures", said | {"picture": row.pk})
        yield f"draft: words of the picture {where}", form_of(draft.pk), form(draft, publication_status="draft", **new)
    for where, row in site.used["organization"]:
        merged = {"keep": site.other_organization.pk, "give_up": row.pk}
        yield f"organization {where}: merged", "/admin/organizations/organization/merge/", merged
    numbers = {"shows": "9", "reason": "Of the old site"}
    for event in (draft, published, site.unpublished):
        yield f"{event.slug}: number of shows", "/admin/events/importedshows/add/", numbers | {"event": event.pk}
        yield (
            f"{event.slug}: number of shows by the form",
            form_of(event.pk),
            form(event, publication_status=event.publication_status, imported_shows="9"),
        )

    for action in ("publish", "unpublish", "set_series", "copy_as_next_edition", "delete_selected"):
        for event in (draft, published, site.trashed):
            fields = {"action": action, "index": 0, "_selected_action": [event.pk], "post": "yes"}
            yield f"list: {action} {event.slug}", "/admin/events/event/", fields | {"series": site.series.pk}
    listed = {"action": "delete_selected", "index": 0, "post": "yes"}
    for event in (draft, published):
        fields = listed | {"_selected_action": [site.agreement(event).pk]}
        yield f"agreements: delete_selected of {event.slug}", "/admin/events/agreement/", fields
    yield (
        "people: delete_selected superuser",
        "/admin/auth/user/",
        listed | {"_selected_action": [site.superuser.pk]},
    )

    for event in (draft, published):
        for target in (draft, published, site.trashed):
            yield (
                f"agreement of {event.slug}: into {target.slug}",
                f"/admin/events/agreement/{site.agreement(event).pk}/change/",
                own_fields["agreements"] | {"event": target.pk},
            )
        yield (
            f"new agreement into {event.slug}",
            "/admin/events/agreement/add/",
            own_fields["agreements"] | {"event": event.pk},
        )
        links = f"/admin/events/event/{event.pk}/preview-links/"
        yield f"{event.slug}: new link to the preview", links, {"days": "7"}

    for name in ("colleague", "stronger", "superuser"):
        person = getattr(site, name)
        page = f"/admin/auth/user/{person.pk}/"
        fields = {
            "username": person.username,
            "is_active": "on",
            "is_staff": "on",
            "date_joined_0": f"{JOINED:%Y-%m-%d}",
            "date_joined_1": f"{JOINED:%H:%M:%S}",
        }
        if name == "superuser":
            fields["is_superuser"] = "on"
        power = Permission.objects.get(codename="add_showcorrection").pk
        if name == "stronger":
            fields["user_permissions"] = [power]
        for shown, more in {
            "new name": {"first_name": "New"},
            "given the rights of a superuser": {"is_superuser": "on", "last_name": ""},
            "given a permission": {"user_permissions": [power, power - 1]},
            "given a group of the three": {"groups": [Group.objects.get(name="Editors").pk]},
            "given another group": {"groups": [site.group.pk]},
            "given a group that is none": {"groups": ["9" * 30, "\x00"]},
        }.items():
            yield f"{name}: {shown}", f"{page}change/", fields | more
        passwords = {"password1": "wholly new words", "password2": "wholly new words", "usable_password": "true"}
        yield f"{name}: new password", f"{page}password/", passwords | {"set-password": "1"}
    new = {"username": "new", "password1": "wholly new words", "password2": "wholly new words"}
    new |= {"usable_password": "true", "is_staff": "on"}
    yield "new person", "/admin/auth/user/add/", new
    yield "new person in another group", "/admin/auth/user/add/", new | {"groups": [site.group.pk]}


AUTOCOMPLETES = [
    ("events", "agreement", "event"),
    ("events", "agreementparty", "organization"),
    ("events", "agreementparty", "agreement"),
    ("events", "event", "series"),
    ("events", "participation", "organization"),
    ("events", "showcorrection", "event"),
    ("events", "showcorrection", "author"),
    ("events", "previewlink", "created_by"),
    ("auth", "user", "groups"),
    ("auth", "user", "password"),
    ("admin", "logentry", "user"),
    ("mfa", "authenticator", "user"),
    ("none", "such", "\x00"),
]


def lines(site):
    """Yield the lines of the file."""
    yield f"{'':{WIDTH}} {'':5}" + "".join(f"{kind:>11}" for kind in KINDS)
    for shown, address in dict(addresses(site)).items():
        for method in ("GET", "POST"):
            yield line(site, shown, method, address)
    for names in AUTOCOMPLETES:
        query = "app_label={}&model_name={}&field_name={}".format(*names).replace("\x00", "%00")
        yield line(site, f"! autocomplete {query.replace('&', ' ')}", "GET", f"/admin/autocomplete/?{query}")
    for shown, address, fields in forged(site):
        yield line(site, f"! {shown}", "POST", address, fields)


def line(site, shown, method, address, fields=None):
    outcomes = [ask(site, kind, method, address, fields) for kind in KINDS]
    return f"{shown:{WIDTH}} {method:5}" + "".join(f"{outcome:>11}" for outcome in outcomes)


def test_everybody_may_do_what_the_file_says_and_nothing_else(site):
    found = [found.rstrip() for found in lines(site)]
    if os.environ.get("UPDATE_MATRIX"):
        FILE.write_text(HEAD + "\n".join(found) + "\n")
    known = [known for known in FILE.read_text().splitlines() if not known.startswith("#")]
    changed = list(unified_diff(known, found, "the file", "found", lineterm="", n=0))
    assert not changed, "\n".join(changed)


def test_admin_has_no_address_outside_the_matrix():
    """`admin.site.get_urls()` is all that stands under /admin/."""
    under_admin = [each for each in get_resolver().url_patterns if str(each.pattern).startswith("admin")]
    assert [each.app_name for each in under_admin] == ["admin"]
