import random

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry

from events.models import Agreement, Event, Participation, Visit
from forum_site.pagecache.models import SiteVersion
from forum_site.search.models import SearchPosting
from organizations import merge
from organizations.merge import CannotMergeError, Merge, references
from organizations.models import OldOrganizationSlug, Organization, OrganizationMerge
from organizations.unmerge import undo
from tests.factories import make_agreement, make_event, make_organization, make_participation, make_visit

pytestmark = pytest.mark.django_db

PAGE = "/admin/organizations/organization/merge/"


def everything():
    """Return all rows of the site's content, and of the index of the search."""
    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.app_label in CONTENT]
    rows = {model: sorted(model._base_manager.values_list(), key=str) for model in models}
    rows.pop(OrganizationMerge)
    return rows | {SearchPosting: sorted(SearchPosting.objects.values_list("entry", "term", "rank"))}


CONTENT = {"organizations", "events"}


def make_anything(chance):
    """Return organizations that are part of one another, with all that leads to them, at random."""
    organizations = [
        make_organization(
            name=f"House {number}",
            slug=f"house-{number}",
            country=chance.choice(["", "KZ", "CN"]),
            city=chance.choice(["", "Astana"]),
            website=chance.choice(["", "https://house.example"]),
            logo=chance.choice(["", f"logos/{number}.png"]),
            about=chance.choice(["", "<p>Of old.</p>"]),
            short_name=chance.choice(["", "HSE"]),
        )
        for number in range(6)
    ]
    for organization in chance.sample(organizations, 4):
        organization.parent = chance.choice(organizations)
        if organization not in organization.ancestors():
            organization.save()
        if chance.random() < 0.5:
            OldOrganizationSlug.objects.create(page=organization, slug=f"old-{organization.slug}")
    for _event in range(4):
        event = make_event(publication_status=chance.choice(Event.PublicationStatus.values))
        for organization in chance.sample(organizations, 4):
            for role in chance.sample(Participation.Role.values, 2):
                make_participation(event, organization, role=role, position=chance.randrange(3))
        make_agreement(event, parties=chance.sample(organizations, 3))
        make_visit(event, organization=chance.choice([None, *organizations]))
    return list(Organization.objects.order_by("pk"))


@pytest.mark.parametrize("seed", range(12))
def test_merging_and_undoing_leaves_every_row_equal(manager, seed):
    chance = random.Random(seed)
    organizations = make_anything(chance)
    before = everything()
    records = []
    for _merging in range(3):
        source, target = chance.sample(organizations, 2)
        organizations.remove(source)
        records.append(Merge(source=source, target=Organization.objects.get(pk=target.pk)).save(manager))
        assert not Organization.objects.filter(pk=source.pk).exists()
        for field in references():
            assert not field.model._base_manager.filter(**{field.name: source.pk}).exists()
        for organization in Organization.objects.all():
            assert organization not in organization.ancestors()
    assert everything() != before
    for record in reversed(records):
        undo(record, manager)
    assert everything() == before


@pytest.fixture
def pair():
    """An institute that stands here twice."""
    institute = make_organization(name="Institute of Roads", slug="institute", country="KZ")
    double = make_organization(
        name="The Roads Institute", slug="roads-institute", logo="logos/a.png", website="https://r.example"
    )
    return institute, double


def test_roles_and_all_else_move_and_none_is_kept_twice(pair, manager):
    institute, double = pair
    event, other = make_event(), make_event()
    make_participation(event, institute, role="host")
    make_participation(event, double, role="host")
    make_participation(other, double, role="partner")
    both = make_agreement(event, parties=[institute, double])
    visit = make_visit(event, organization=double)
    child = make_organization(parent=double)
    before = SiteVersion.current().token
    Merge(source=double, target=institute).save(manager)
    assert SiteVersion.current().token != before
    assert sorted(institute.participations.values_list("event", "role")) == [(event.pk, "host"), (other.pk, "partner")]
    assert list(Agreement.objects.get(pk=both.pk).parties.all()) == [institute]
    assert Visit.objects.get(pk=visit.pk).organization == institute
    assert Organization.objects.get(pk=child.pk).parent == institute
    institute.refresh_from_db()
    assert (institute.logo.name, institute.website, institute.name) == (
        "logos/a.png",
        "https://r.example",
        "Institute of Roads",
    )


def test_address_given_up_leads_on_with_its_own_former_ones(client, pair, manager):
    institute, double = pair
    double.slug = "road-institute"
    double.save()
    Merge(source=double, target=institute).save(manager)
    for slug in ("road-institute", "roads-institute"):
        response = client.get(f"/organizations/{slug}/")
        assert (response.status_code, response["Location"]) == (301, "/organizations/institute/")


def test_part_of_what_is_given_up_does_not_become_part_of_itself(manager):
    top = make_organization()
    source = make_organization(parent=top)
    between = make_organization(parent=source)
    target = make_organization(parent=between)
    Merge(source=source, target=target).save(manager)
    assert [each.pk for each in Organization.objects.get(pk=between.pk).ancestors()] == [target.pk, top.pk]


def test_search_finds_events_by_the_name_that_stays(client, pair, manager):
    institute, double = pair
    Organization.objects.filter(pk=double.pk).update(name="Wegebauamt")
    event = make_event(title="A meeting")
    make_participation(event, Organization.objects.get(pk=double.pk))

    def found(word):
        return client.get("/search/", {"q": word}).content.decode()

    assert "A meeting" in found("Wegebauamt")
    Merge(source=Organization.objects.get(pk=double.pk), target=institute).save(manager)
    assert "A meeting" not in found("Wegebauamt")
    assert "A meeting" in found("Institute of Roads")


def changes(pair):
    institute, _double = pair
    event = Event.objects.get()

    def role_is_taken_out():
        Participation.objects.filter(event=event).delete()

    def event_is_deleted():
        event.delete()

    def role_goes_to_another():
        Participation.objects.update(organization=make_organization())

    def kept_one_is_changed():
        Organization.objects.filter(pk=institute.pk).update(website="https://new.example")

    def kept_one_is_gone():
        Merge(source=Organization.objects.get(pk=institute.pk), target=make_organization()).save(None)

    def address_is_another_s():
        OldOrganizationSlug.objects.all().delete()
        make_organization(slug="roads-institute")

    return [
        (role_is_taken_out, "Some of the organizations and their roles were changed in between"),
        (event_is_deleted, "changed in between"),
        (role_goes_to_another, "changed in between"),
        (kept_one_is_changed, "was changed in between: website"),
        (kept_one_is_gone, "no longer exist"),
        (address_is_another_s, "Another organization now has the slug"),
    ]


@pytest.mark.parametrize("number", range(6))
def test_undoing_what_has_changed_is_told_and_does_nothing(client, pair, manager, number):
    institute, double = pair
    make_participation(make_event(), double)
    record = Merge(source=double, target=institute).save(manager)
    change, told = changes(pair)[number]
    change()
    before = everything()
    client.force_login(manager)
    response = client.post(f"/admin/organizations/organizationmerge/{record.pk}/undo/")
    assert told in response.content.decode()
    assert everything() == before
    with pytest.raises(CannotMergeError):
        undo(record, manager)


def row_of_merge(rows, model):
    return next(row for row in rows["source"] + rows["deleted"] if row["model"] == model)["fields"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda rows: row_of_merge(rows, "organizations.organization").update(motto="x"), "“motto” of organizations"),
        (lambda rows: row_of_merge(rows, "events.participation").update(weight=3), "“weight” of organizations and"),
        (lambda rows: rows["taken"].update(motto=["", "x"]), "“motto” of organizations"),
        (lambda rows: rows["moved"].append(["events.Visit", "house", 1]), "“house” of visits"),
        (lambda rows: rows["moved"].append(["events.Gone", "house", 1]), "by an earlier release"),
        (
            lambda rows: rows["deleted"].append({"model": "events.source", "pk": 1, "fields": {}}),
            "by an earlier release",
        ),
        (lambda rows: row_of_merge(rows, "organizations.organization").update(parent="x"), "can no longer store"),
        (lambda rows: row_of_merge(rows, "events.participation").update(position="x"), "can no longer store"),
        (
            lambda rows: row_of_merge(rows, "organizations.organization").update(about="x" * 200_000),
            "can no longer store",
        ),
    ],
)
def test_merge_of_another_release_is_not_undone_and_says_why(managers_desk, pair, manager, change, told):
    institute, double = pair
    event = make_event()
    make_participation(event, institute, role="host")
    make_participation(event, double, role="host")
    record = Merge(source=double, target=institute).save(manager)
    change(record.data)
    record.save()
    before = everything()
    page = f"/admin/organizations/organizationmerge/{record.pk}/undo/"
    assert managers_desk.get(page).status_code == 200
    response = managers_desk.post(page)
    assert response.status_code == 200
    assert told in response.content.decode()
    assert everything() == before


def test_merging_fails_as_a_whole(pair, manager, monkeypatch):
    institute, double = pair
    make_participation(make_event(), double)
    before = everything()
    monkeypatch.setattr(OldOrganizationSlug.objects, "create", lambda **fields: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        Merge(source=double, target=institute).save(manager)
    assert everything() == before


def test_more_rows_than_can_be_moved_are_refused(pair, manager, monkeypatch):
    institute, double = pair
    monkeypatch.setattr(merge, "MAX_ROWS", 1)
    make_participation(make_event(), double)
    make_participation(make_event(), double)
    with pytest.raises(CannotMergeError, match="Merge it the other way round"):
        Merge(source=double, target=institute).save(manager)


# The pages


@pytest.fixture
def managers_desk(client, manager):
    client.force_login(manager)
    return client


def test_two_of_the_list_are_seen_side_by_side_merged_and_undone(managers_desk, manager, pair):
    institute, double = pair
    event = make_event()
    make_participation(event, institute, role="host")
    make_participation(event, double, role="host")
    before = everything()
    chosen = {"action": "merge", "index": 0, "_selected_action": [institute.pk, double.pk]}
    response = managers_desk.post("/admin/organizations/organization/", chosen)
    page = managers_desk.get(response["Location"]).content.decode()
    assert "<ins>https://r.example</ins>" in page
    assert "(1 duplicate, kept once)" in page
    assert everything() == before
    response = managers_desk.post(PAGE, {"keep": institute.pk, "give_up": double.pk}, follow=True)
    assert "This can be undone." in response.content.decode()
    assert LogEntry.objects.get().object_id == str(institute.pk)
    record = OrganizationMerge.objects.get()
    assert (record.merged_by, record.source_name) == (manager, "The Roads Institute")
    assert "The Roads Institute" in managers_desk.get("/admin/organizations/organizationmerge/").content.decode()
    undo_page = f"/admin/organizations/organizationmerge/{record.pk}/undo/"
    assert "1 row that was there twice comes back" in managers_desk.get(undo_page).content.decode()
    response = managers_desk.post(undo_page, follow=True)
    assert "“The Roads Institute” is back, as it was." in [str(each) for each in response.context["messages"]]
    assert everything() == before
    assert "has been undone already" in managers_desk.post(undo_page).content.decode()


@pytest.mark.parametrize("key", ["", "x", "999", "9" * 30, "-1", "\x00", "\u0663"])
def test_organization_that_is_none_is_told_at_its_field(managers_desk, pair, key):
    for response in (
        managers_desk.get(PAGE, {"keep": pair[0].pk, "give_up": key}),
        managers_desk.post(PAGE, {"keep": pair[0].pk, "give_up": key}),
    ):
        assert response.status_code == 200
        assert response.context["merging"] is None
    assert list(response.context["form"].errors) == ["give_up"]
    assert Organization.objects.count() == 2


def test_organization_is_not_merged_with_itself(managers_desk, pair):
    response = managers_desk.post(PAGE, {"keep": pair[0].pk, "give_up": pair[0].pk})
    assert list(response.context["form"].errors) == ["give_up"]
    assert Organization.objects.count() == 2


def test_get_merges_nothing(managers_desk, pair):
    managers_desk.get(PAGE, {"keep": pair[0].pk, "give_up": pair[1].pk})
    assert Organization.objects.count() == 2


def test_editors_merge_and_undo_nothing(desk, manager, pair):
    institute, double = pair
    sent = {"keep": institute.pk, "give_up": double.pk}
    assert desk.post(PAGE, sent).status_code == desk.get(PAGE, sent).status_code == 403
    assert (
        "Merge with another" not in desk.get(f"/admin/organizations/organization/{double.pk}/change/").content.decode()
    )
    record = Merge(source=double, target=institute).save(manager)
    undo_page = f"/admin/organizations/organizationmerge/{record.pk}/undo/"
    assert desk.post(undo_page).status_code == desk.get(undo_page).status_code == 403
    assert desk.get("/admin/organizations/organizationmerge/").status_code == 403
    assert Organization.objects.count() == 1
