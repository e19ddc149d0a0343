"""What is printed on something that has been published changes by nobody's hand but theirs who may publish."""

import re

import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from events.models import Agreement, Event, EventPicture, Participation, Picture, Series, Tag, Visit
from events.models.picture import UNDESCRIBED
from events.revisions.store import record
from forum_site.admin.printed_rows import PRINTED
from organizations.merge import references
from organizations.models import PRINTED_BY, OldOrganizationSlug, Organization
from tests.events.test_admin import change_url, errors_in, event_form, rows
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
from tests.forms import fields_of

pytestmark = pytest.mark.django_db


class Printed:
    """A published event with shared rows of every kind, and a draft that has the same ones."""

    def __init__(self, publication_status="published"):
        self.above = make_organization(name="Ministry", city="Astana")
        self.parent = make_organization(name="Academy", city="Astana", parent=self.above)
        self.host = make_organization(name="Institute", city="Astana", parent=self.parent)
        self.party, self.visited = make_organization(name="Bank"), make_organization(name="Port")
        self.series, self.tag = Series.objects.create(name="Cycle"), Tag.objects.create(name="Water")
        self.shown, self.cover = make_picture(credit="Aigul"), make_picture(credit="Serik")
        self.in_text = make_picture(credit="Dina")
        text = f'<p><img src="/media/{self.in_text.file.name}" alt="A ship"></p>'
        self.event, self.draft = (
            make_event(
                title=state.title(),
                slug=state.replace("_", "-"),
                publication_status=state,
                kind="seminar",
                series=self.series,
                cover=self.cover.file.name,
                cover_alt="A hall",
            )
            for state in (publication_status, "draft")
        )
        for event in (self.event, self.draft):
            event.tags.add(self.tag)
            make_participation(event, self.host, role="host")
            make_place(event, self.shown, caption="In the hall")
            make_visit(event, organization=self.visited)
        make_panel(self.event, description=text)
        self.agreement = make_agreement(self.event, [self.party], kind="other", title="Memorandum")

    @property
    def shared(self):
        organizations = [self.above, self.parent, self.host, self.party, self.visited]
        return [*organizations, self.series, self.tag, self.shown, self.cover, self.in_text]

    def pages(self):
        reader = Client()
        addresses = ["/", "/events/", f"/events/?tag={self.tag.slug}", "/events/agreements/", "/organizations/"]
        addresses += [row.get_absolute_url() for row in (self.event, *self.shared[:5])]
        found = {address: reader.get(address).content.decode() for address in addresses}
        return {
            address: re.sub(r"Number of shows:?\s*(<[^>]*>)*\s*[\d,]+", "", page) for address, page in found.items()
        }


def change_page(row):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def changed(fields, suffix):
    """Return what a form sends with something else in each field in which words are typed."""
    names = r"(name|short_name|title|alt|credit|city|about|website|caption|theme|summary|description|other_parties)"
    return {
        name: f"https://{suffix}.example"
        if name.endswith("website")
        else f"{suffix}"
        if re.search(rf"(^|-){names}$", name)
        else value
        for name, value in fields.items()
    }


def attempts(printed, author):
    """Yield what an author may send: `(what, address, fields)`."""
    desk = Client()
    desk.force_login(author)
    for row in [*printed.shared, printed.event, printed.agreement]:
        page = desk.get(change_page(row))
        fields = {name: value for name, value in fields_of(page).items() if value is not None}
        stored = {
            field.name: str(field.value_from_object(row) or "")
            for field in row._meta.concrete_fields
            if field.editable and field.name not in ("file", "logo", "cover")
        }
        for suffix in ("liar", ""):
            yield f"{row}: {suffix}", change_page(row), changed(stored | fields, suffix)
        for step in ("_publish", "_unpublish", "_draft", "_publish_draft", "_to_draft"):
            yield f"{row}: {step}", change_page(row), changed(stored | fields, "liar") | {step: "1"}
        yield f"{row}: deleted", change_page(row).replace("/change/", "/delete/"), {"post": "yes"}
        changelist = change_page(row).rpartition(f"{row.pk}/")[0]
        for action in admin.site._registry[type(row)].get_actions(FakeRequest(author)):
            fields = {"action": action, "_selected_action": [row.pk], "post": "yes", "add": "1", "take_out": "1"}
            yield f"{row}: {action}", changelist, fields | {"tags": [printed.tag.pk], "series": printed.series.pk}
    place = printed.draft.pictures.get()
    for said in ({"alt": "A liar"}, {"alt": ""}, {"credit": "A liar"}, {"alt": "A hall", "is_decorative": "on"}):
        row = {"id": place.pk, "event": printed.draft.pk, "picture": printed.shown.pk, "caption": "Mine", **said}
        form = event_form(
            title="Draft", slug="draft", starts_on="2023-05-17", ends_on="2023-05-17", publication_status="draft"
        )
        yield f"gallery {said}", change_url(printed.draft), form | rows("pictures", row, initial=1)
        new = {"event": printed.draft.pk, "picture": printed.shown.pk, "caption": "Mine", **said}
        yield f"new in gallery {said}", "/admin/events/event/add/", form | {"slug": ""} | rows("pictures", new)
        yield (
            f"draft of gallery {said}",
            change_url(printed.draft),
            form | rows("pictures", row, initial=1) | {"_draft": 1},
        )
    events = "Title;Kind;First day;Series;Tags;Host\nNew;Seminar;2027-05-17;CYCLE;WATER;INSTITUTE\n"
    organizations = "Name;Kind;City;Address\nInstitute;Think tank;Liar;institute\nBank;Think tank;Liar;\n"
    for what, table in (("event", events), ("organization", organizations)):
        address = f"/admin/{'events' if what == 'event' else 'organizations'}/{what}/import/"
        yield (
            f"import of {what}",
            address,
            {
                "file": SimpleUploadedFile("a.csv", table.encode(), "text/csv"),
                "adds_missing": "on",
            },
        )
    keep = {"keep": printed.host.pk, "give_up": printed.party.pk}
    yield "merging", "/admin/organizations/organization/merge/", keep


class FakeRequest:
    GET = {}

    def __init__(self, user):
        self.user = user


def test_author_changes_nothing_that_a_published_page_prints(author):
    printed = Printed()
    desk = Client()
    desk.force_login(author)
    pages = printed.pages()
    asked = []
    for what, address, fields in attempts(printed, author):
        desk.post(address, {name: value for name, value in fields.items() if name != "_offered"})
        asked.append(what)
        if len(asked) % 20 == 0:
            assert printed.pages() == pages, asked[-20:]
    assert printed.pages() == pages, asked[-20:]
    assert len(asked) > 100


@pytest.mark.parametrize("publication_status", ["published", "unpublished"])
def test_form_of_a_printed_row_is_read_and_says_why(client, author, editor, publication_status):
    printed = Printed(publication_status)
    for person, is_closed in ((author, True), (editor, False)):
        client.force_login(person)
        for row in printed.shared:
            page = client.get(change_page(row))
            assert (page.status_code, str(PRINTED) in page.content.decode()) == (200, is_closed), row
            assert ('name="_save"' in page.content.decode()) is not is_closed


def test_author_changes_what_only_drafts_print_and_adds_rows(client, author):
    printed = Printed()
    client.force_login(author)
    Event.objects.filter(pk=printed.event.pk).update(publication_status="in_review")
    for row in printed.shared:
        fields = changed(
            {name: value or "" for name, value in fields_of(client.get(change_page(row))).items()}, "mended"
        )
        fields.pop("_offered", None)
        assert client.post(change_page(row), fields).status_code == 302, row
        row.refresh_from_db()
        assert "mended" in (getattr(row, "name", ""), getattr(row, "alt", "")), row
    for address, fields in (("tag", {"name": "New"}), ("series", {"name": "New"})):
        assert client.post(f"/admin/events/{address}/add/", fields).status_code == 302
    assert (Tag.objects.count(), Series.objects.count()) == (2, 2)


def test_what_an_author_says_of_a_printed_picture_is_told_at_its_field(client, author):
    printed = Printed()
    client.force_login(author)
    form = event_form(title="New", slug="", publication_status="draft")
    new = {"picture": printed.shown.pk, "alt": "A liar", "credit": "Aigul"}
    response = client.post("/admin/events/event/add/", form | rows("pictures", new))
    assert errors_in(response) == {"pictures-0-alt": PRINTED}
    response = client.post("/admin/events/event/add/", form | rows("pictures", new | {"alt": "A hall"}))
    assert response.status_code == 302  # What the library says of it, the page itself has filled in.
    assert EventPicture.objects.filter(picture=printed.shown).count() == 3


def test_picture_that_was_printed_meanwhile_is_told(client, author):
    printed = Printed("in_review")
    client.force_login(author)
    page = client.get(change_url(printed.draft))
    fields = {name: value for name, value in fields_of(page).items() if value is not None}
    Event.objects.filter(pk=printed.event.pk).update(publication_status="published")
    response = client.post(change_url(printed.draft), fields | {"pictures-0-alt": "A liar"})
    assert errors_in(response) == {"pictures-0-alt": PRINTED}
    assert client.post(change_url(printed.draft), fields).status_code == 302


def test_description_of_a_picture_on_a_published_page_is_not_emptied_by_anybody(client, editor):
    printed = Printed()
    client.force_login(editor)
    fields = fields_of(client.get(change_page(printed.shown)))
    response = client.post(change_page(printed.shown), fields | {"alt": ""})
    assert errors_in(response) == {"alt": UNDESCRIBED}
    place = printed.draft.pictures.get()
    row = {"id": place.pk, "event": printed.draft.pk, "picture": printed.shown.pk, "alt": "", "credit": "Aigul"}
    form = event_form(
        title="Draft", slug="draft", starts_on="2023-05-17", ends_on="2023-05-17", publication_status="draft"
    )
    response = client.post(change_url(printed.draft), form | rows("pictures", row, initial=1))
    assert errors_in(response) == {"pictures-0-alt": UNDESCRIBED}
    assert Picture.objects.get(pk=printed.shown.pk).alt == "A hall"


@pytest.mark.parametrize("way", ["bin", "history"])
def test_event_does_not_come_back_with_an_undescribed_picture(client, manager, way):
    printed = Printed()
    client.force_login(manager)
    record(printed.event.pk)  # Its first version.
    if way == "bin":
        client.post(reverse("admin:events_event_delete", args=[printed.event.pk]), {"post": "yes"})
    else:
        Event.objects.filter(pk=printed.event.pk).update(publication_status="draft")
    Event.objects.filter(pk=printed.draft.pk).update(publication_status="draft")
    Picture.objects.filter(pk=printed.shown.pk).update(alt="")
    if way == "bin":
        client.post(reverse("admin:events_event_return", args=[printed.event.pk]))
        assert Event.objects.get(pk=printed.event.pk).publication_status == "unpublished"
    else:
        address = reverse("admin:events_event_version", args=[printed.event.pk, 1])
        now = re.search('name="now" value="([^"]*)"', client.get(address).content.decode())[1]
        response = client.post(address, {"now": now, "restore_all": "1"})
        assert "not described yet" in response.content.decode()
        assert Event.objects.get(pk=printed.event.pk).publication_status == "draft"


def test_every_way_from_an_event_to_an_organization_is_asked():
    """What comes to lead to organizations is printed, too, or stands here with its reason."""
    asked = {way.split("__")[0] for way in PRINTED_BY}
    relations = {Participation: "participations", Agreement.parties.through: "agreements", Visit: "visits"}
    others = {OldOrganizationSlug, Organization}  # Its own; and its parts, whose events are asked.
    assert {field.model for field in references()} == {*relations, *others}
    assert asked == set(relations.values())


def test_parts_of_a_circle_are_asked_once():
    first = make_organization(name="First")
    second = make_organization(name="Second", parent=first)
    Organization.objects.filter(pk=first.pk).update(parent=second)
    assert Organization.objects.printed_keys() == set()
    make_participation(make_event(), second, role="host")
    assert Organization.objects.filter(pk=first.pk).printed_keys() == {first.pk}


def test_lists_ask_nothing_for_each_row(client, author, django_assert_max_num_queries):
    client.force_login(author)
    counts = []
    for number in (1, 3):
        event = make_event()
        for each in range(number):
            make_participation(event, role="host", organization=make_organization(name=f"Host {number} {each}"))
            make_place(event)
            event.tags.add(Tag.objects.create(name=f"Tag {number} {each}"))
            make_event(series=Series.objects.create(name=f"Cycle {number} {each}"))
        counts.append([])
        for model in (Organization, Series, Tag, Picture):
            with django_assert_max_num_queries(60) as found:
                client.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"))
            counts[-1].append(len(found))
    assert counts[0] == counts[1]
