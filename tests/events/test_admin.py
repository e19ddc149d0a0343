import datetime
import io
import re

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from events.admin import EventAdmin
from events.models import Agreement, Event, Participation
from tests.factories import (
    make_agreement,
    make_event,
    make_full_event,
    make_organization,
    make_panel,
    make_participation,
    make_shows,
)
from tests.forms import fields_of

ADD = "/admin/events/event/add/"


def rows(prefix, *given, initial=0):
    """Return the fields of an inline as a browser posts them."""
    fields = {f"{prefix}-TOTAL_FORMS": len(given), f"{prefix}-INITIAL_FORMS": initial}
    for number, row in enumerate(given):
        fields |= {f"{prefix}-{number}-{name}": value for name, value in row.items()}
    return fields


def event_form(**fields):
    return {
        "title": "Silk Road Seminar",
        "kind": "seminar",
        "starts_on": "2024-03-01",
        "time_zone": "Asia/Almaty",
        "attendance": "in_person",
        "status": "scheduled",
        "publication_status": "published",
        **rows("participations"),
        **rows("panels"),
        **rows("visits"),
        **rows("agreements"),
        **rows("pictures"),
        **rows("documents"),
        **fields,
    }


def change_url(event):
    return reverse("admin:events_event_change", args=[event.pk])


def errors_in(response):
    """Return the messages that stand on the page, each with the name of the field that it stands at."""
    context = response.context
    found = dict(context["adminform"].form.errors)
    for inline in context["inline_admin_formsets"]:
        for form in inline.formset.forms:
            found |= {f"{form.prefix}-{name}": messages for name, messages in form.errors.items()}
    return {name: messages[0] for name, messages in found.items()}


def test_event_is_entered_on_one_page(desk):
    host, guest = make_organization(), make_organization()
    response = desk.post(
        ADD,
        event_form(
            **rows(
                "participations",
                {"organization": host.pk, "role": "host"},
                {"organization": guest.pk, "role": "participant"},
            ),
            **rows("panels", {"title": "Trade", "day": "2024-03-01", "description": "<p>Of <b>trade</b></p>"}),
            **rows("visits", {"place": "The port", "description": "<p>Ships</p>"}),
            **rows(
                "agreements",
                {
                    "title": "Memo",
                    "kind": "memorandum",
                    "signed_on": "2024-03-01",
                    "parties": [host.pk, guest.pk],
                    "status": "signed",
                },
            ),
        ),
    )
    assert response.status_code == 302
    event = Event.objects.get()
    assert (event.slug, event.ends_on) == ("silk-road-seminar", datetime.date(2024, 3, 1))
    assert [(each.organization, each.role, each.position) for each in event.participations.all()] == [
        (host, "host", 1),
        (guest, "participant", 2),
    ]
    assert event.panels.get().description == "<p>Of <b>trade</b></p>"
    assert event.visits.get().place == "The port"
    assert set(event.agreements.get().parties.all()) == {host, guest}


def test_form_stands_in_the_order_of_writing(desk):
    page = desk.get(ADD).content.decode()
    order = ["When and where", 'id="participations-heading"', 'name="body"', 'id="pictures-heading"']
    order += ['id="panels-heading"']
    order += ['id="visits-heading"', 'id="agreements-heading"', 'id="documents-heading"', 'name="publication_status"']
    assert sorted(order, key=page.index) == order
    assert page.count('id="panels-group"') == 1


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        (
            {"starts_on": "first of May"},
            {"starts_on": "Write the day as 2023-05-17 or 17.05.2023, or choose it from the calendar."},
        ),
        (
            {"ends_on": "2024-02-01"},
            {"ends_on": "The event ends before it starts. Correct the last day or leave it empty."},
        ),
        ({"slug": "taken"}, {"slug": "Another page already has this slug. Add a word or a number."}),
        ({"slug": "feed"}, {"slug": "This slug is reserved. Choose another one."}),
        ({"title": ""}, {"title": "This field is required."}),
        (
            {"body": "x" * 200_000},
            {
                "body": "This text has 200,000 characters, with its formatting; at most 150,000 fit. "
                "Shorten it, or move a part of it to a panel or a visit."
            },
        ),
        (
            rows("panels", {"title": "Trade", "day": "2024-03-02"}),
            {"panels-0-day": "This date is outside the event (1 March 2024 to 1 March 2024)."},
        ),
        (
            rows("panels", {"title": "Trade", "starts_at": "half past"}),
            {"panels-0-starts_at": "Write the time as 14:30."},
        ),
        (
            rows("agreements", {"title": "Memo", "kind": "agreement", "signed_on": "2024-03-01", "status": "signed"}),
            {"agreements-0-parties": "Name who signed: organizations here, or groups under “other parties”."},
        ),
        ({"publish_at_0": "2024-03-01", "publish_at_1": "25:99"}, {"publish_at": "Enter a valid time."}),
        ({"online_url": "javascript:alert(1)"}, {"online_url": "Enter a valid URL."}),
    ],
)
def test_bad_input_is_told_at_its_field_and_nothing_typed_is_lost(desk, fields, errors):
    make_event(slug="taken")
    typed = event_form(
        theme="Typed & kept", **rows("visits", {"place": "Kept place", "description": "<p>Kept text</p>"})
    )
    response = desk.post(ADD, typed | fields)
    assert response.status_code == 200
    assert errors_in(response) == errors
    assert Event.objects.count() == 1
    page = response.content.decode()
    for name, value in (typed | fields).items():
        if name.endswith("_FORMS") or not value:
            continue
        shown = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        field = re.search(
            rf'<(input|select|textarea)[^>]* name="{name}".*?(?=<(?:input|select|textarea)|</div>)', page, re.DOTALL
        )
        if field[1] == "select":
            assert re.search(rf'<option value="{value}" selected>', field[0]), name
        else:
            assert shown in field[0], name


def test_organization_twice_in_a_role_is_told_at_its_row(desk):
    host = make_organization()
    response = desk.post(
        ADD,
        event_form(**rows("participations", *[{"organization": host.pk, "role": "host"}] * 2)),
    )
    assert errors_in(response) == {
        "participations-1-organization": "This organization has this role already. Take one of the two rows out."
    }


def test_role_that_somebody_else_gave_meanwhile_is_told_at_its_row(desk, event):
    """The form was opened before the other row was there."""
    row = make_participation(event, role="host")
    again = {"organization": row.organization_id, "role": "host"}
    assert errors_in(save_roles(desk, event, again, initial=0)) == {
        "participations-0-organization": "This organization has this role already. Take one of the two rows out."
    }


def test_role_of_a_row_taken_out_can_be_taken_over(desk, event):
    partner = make_participation(event, role="partner", position=1)
    host = make_participation(event, partner.organization, role="host", position=2)
    rows_given = [existing(partner, role="host"), existing(host, DELETE="on")]
    assert save_roles(desk, event, *rows_given, initial=2).status_code == 302
    assert [each.role for each in event.participations.all()] == ["host"]


@pytest.mark.parametrize("position", ["", "0"])
def test_row_without_a_position_is_saved(desk, event, position):
    row = make_participation(event, role="host", position=3)
    assert save_roles(desk, event, existing(row, position=position), initial=1).status_code == 302


def test_absurd_position_is_refused(desk, event):
    row = {"organization": make_organization().pk, "role": "host", "position": "9223372036854775807"}
    assert list(errors_in(save_roles(desk, event, row, initial=0))) == ["participations-0-position"]


def test_save_that_came_in_between_shows_the_form_again(desk, event, monkeypatch):
    """Somebody takes the address after it was checked and before it is stored."""
    other = make_event(slug="other")
    save = Event.save

    def save_after_another(self, **kwargs):
        Event.objects.filter(pk=other.pk).update(slug="wanted")
        save(self, **kwargs)

    monkeypatch.setattr(Event, "save", save_after_another)
    form = event_form(title="Typed", slug="wanted", starts_on="2023-05-17")
    response = desk.post(change_url(event), form)
    assert response.status_code == 200
    page = response.content.decode()
    assert "Someone else saved at the same time" in page
    assert 'value="Typed"' in page
    event.refresh_from_db()
    assert event.slug == "land-sea-forum"


def test_ill_formed_address_of_a_published_event_is_told_at_its_field(desk, event):
    response = desk.post(change_url(event), event_form(title=event.title, slug="a/b ü", starts_on="2023-05-17"))
    assert list(errors_in(response)) == ["slug"]
    assert 'value="a/b ü"' in response.content.decode()


def test_emptied_address_stays(desk, event):
    form = event_form(title="Another title", slug="", starts_on="2023-05-17")
    assert desk.post(change_url(event), form).status_code == 302
    event.refresh_from_db()
    assert event.slug == "land-sea-forum"


def test_problems_are_listed_at_the_top(desk):
    panel = rows("panels", {"title": "First"}, {"title": "Second", "starts_at": "late"})
    page = desk.post(ADD, event_form(title="", **panel)).content.decode()
    problems = re.search(r'<div class="problems">.*?</div>', page, re.DOTALL).group()
    assert re.findall(r'href="#([^"]+)"', problems) == ["id_title", "id_panels-1-starts_at"]
    assert "Panel 2, Begins at" in problems


def test_chosen_file_is_kept_by_a_form_that_is_refused(desk):
    content = io.BytesIO()
    Image.new("RGB", (4, 4)).save(content, "PNG")
    cover = SimpleUploadedFile("hall.png", content.getvalue(), "image/png")
    response = desk.post(ADD, event_form(title="", cover=cover, cover_alt="A hall"))
    assert errors_in(response) == {"title": "This field is required."}
    assert "“hall.png” is kept" in response.content.decode()


@pytest.mark.parametrize(("typed", "day"), [("17.05.2023", 17), ("2023-05-18", 18), ("19 May 2023", 19)])
def test_days_are_understood_as_people_write_them(desk, typed, day):
    assert desk.post(ADD, event_form(starts_on=typed, starts_at="9.30")).status_code == 302
    assert Event.objects.get().starts_on == datetime.date(2023, 5, day)
    assert Event.objects.get().starts_at == datetime.time(9, 30)


def test_wrong_days_of_the_event_are_told_once(desk):
    panel = rows("panels", {"title": "First", "day": "2024-03-01"})
    assert list(errors_in(desk.post(ADD, event_form(ends_on="2024-02-01", **panel)))) == ["ends_on"]


@pytest.mark.parametrize(
    "query",
    ["starts_on__year=99999999999999999999", "publication_status__exact=%00", "q=%00", "&".join(["kind=forum"] * 5000)],
    ids=["year", "nul", "search", "values"],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_odd_filters_are_answered_with_the_list(desk, event, query, method):
    response = getattr(desk, method)(f"/admin/events/event/?{query}", follow=True)
    assert (response.status_code, "Select event to change" in response.content.decode()) == (200, True)


@pytest.mark.parametrize(
    "query", ["title__regex=(", "id__range=1", "id__range=1,2", "title__icontains=a", "body__iregex=a"]
)
def test_columns_are_asked_in_few_ways(desk, event, query):
    assert desk.get(f"/admin/events/event/?{query}").status_code == 400
    assert desk.get(f"/admin/events/event/export.csv?{query}").status_code == 400
    assert desk.get("/admin/events/event/?kind__exact=forum&starts_on__gte=2023-01-01").status_code == 200


@pytest.mark.parametrize("key", ["9" * 30, "x", "-1", "\u0663", ""])
def test_choice_that_is_no_row_is_told_at_its_field(desk, event, key):
    parts = rows("participations", {"organization": key, "role": "host"})
    parts |= rows("visits", {"place": "Port", "organization": key})
    signed = {"title": "Memo", "kind": "agreement", "signed_on": "2024-03-01", "status": "signed", "parties": [key]}
    parts |= rows("agreements", signed)
    errors = errors_in(desk.post(ADD, event_form(**parts)))
    assert {"participations-0-organization", "agreements-0-parties"} <= set(errors)
    assert ("visits-0-organization" in errors) == bool(key)


@pytest.mark.parametrize(
    "path",
    ["events/agreement/add/?parties=x", "organizations/organization/add/?parent=x", "events/event/add/?publish_at=x"],
)
def test_address_that_proposes_what_is_none_opens_an_empty_form(desk, path):
    assert "Save" in desk.get(f"/admin/{path}").content.decode()


def test_fault_of_ours_in_a_list_is_not_hidden(desk, event, monkeypatch):
    monkeypatch.setattr(EventAdmin, "get_queryset", lambda self, request: int("x"))
    with pytest.raises(ValueError, match="invalid literal"):
        desk.get("/admin/events/event/")


def test_endless_search_is_cut(desk, event):
    assert desk.get("/admin/events/event/", {"q": "x" * 60_000}).status_code == 200
    assert desk.get("/admin/events/event/", {"q": "x " * 3_000}).status_code == 200


def test_agreement_added_on_its_own_page_comes_last(desk, event):
    make_agreement(event, position=4)
    form = {"title": "Memo", "kind": "agreement", "signed_on": "2023-05-17", "status": "signed", "other_parties": "All"}
    assert desk.post("/admin/events/agreement/add/", {**form, "event": event.pk}).status_code == 302
    assert [each.position for each in event.agreements.all()] == [4, 5]


def existing(participation, **changes):
    return {
        "id": participation.pk,
        "event": participation.event_id,
        "organization": participation.organization_id,
        "role": participation.role,
        "position": participation.position,
        **changes,
    }


def save_roles(desk, event, *given, initial):
    form = event_form(title=event.title, slug=event.slug, starts_on="2023-05-17")
    return desk.post(change_url(event), form | rows("participations", *given, initial=initial))


def test_role_taken_out_and_entered_again_is_saved(desk, event):
    row = make_participation(event, role="host")
    again = {"organization": row.organization_id, "role": "host"}
    assert save_roles(desk, event, existing(row, DELETE="on"), again, initial=1).status_code == 302
    assert Participation.objects.get().role == "host"


def test_roles_swapped_between_rows_are_asked_for_in_two_steps(desk, event):
    host = make_participation(event, role="host")
    partner = make_participation(event, host.organization, role="partner")
    response = save_roles(desk, event, existing(host, role="partner"), existing(partner, role="host"), initial=2)
    assert errors_in(response) == {
        f"participations-{number}-organization": "Another row gives this role up in the same step. "
        "Save that first, then this."
        for number in (0, 1)
    }


def test_dragged_rows_keep_their_order(desk, event):
    first, second = make_participation(event, position=1), make_participation(event, position=2)
    save_roles(desk, event, existing(first, position=2), existing(second, position=1), initial=2)
    assert list(event.participations.all()) == [second, first]


def test_postponing_keeps_the_former_day(desk, event):
    form = event_form(title=event.title, slug=event.slug, starts_on="2023-06-20", status="postponed")
    assert desk.post(change_url(event), form).status_code == 302
    event.refresh_from_db()
    assert (event.starts_on, event.original_starts_on) == (datetime.date(2023, 6, 20), datetime.date(2023, 5, 17))


def test_document_is_checked_at_its_field(desk, event):
    form = rows(
        "agreements",
        {
            "title": "Memo",
            "kind": "agreement",
            "signed_on": "2024-03-01",
            "status": "signed",
            "other_parties": "All",
            "document": SimpleUploadedFile("memo.pdf", b"<script>", "application/pdf"),
        },
    )
    assert errors_in(desk.post(ADD, event_form(**form))) == {
        "agreements-0-document": "This is not a PDF document. Save it as PDF and upload it again."
    }
    assert not Agreement.objects.exists()


def list_queries(desk, path):
    with CaptureQueriesContext(connection) as queries:
        assert desk.get(path).status_code == 200
    return len(queries)


# Where events fill several pages, the days of the page are asked for as well.
@pytest.mark.parametrize(
    ("model", "more_for_pages"), [("events_event", 1), ("events_agreement", 0), ("organizations_organization", 0)]
)
def test_list_costs_the_same_however_many_rows(desk, model, more_for_pages):
    path = reverse(f"admin:{model}_changelist")
    found = []
    for number, rows_each in ((1, 1), (2, 3), (21, 3), (27, 3), (27, 1)):
        for _ in range(number):
            make_full_event(rows_each)
        found.append(list_queries(desk, path))
    assert found[0] == found[1] == found[2]
    assert found[3] == found[4] == found[0] + more_for_pages


def test_list_prints_what_an_editor_looks_for(desk):
    host = make_organization(name="Long Name", short_name="LNG")
    event = make_event(
        title="A Forum", city="Astana", country="KZ", ends_on=datetime.date(2023, 5, 18), imported_shows=585
    )
    make_participation(event, host, role="host")
    make_shows(event, 2)
    make_event(title="Later", publish_at=timezone.now() + datetime.timedelta(days=1), status="cancelled")
    page = desk.get("/admin/events/event/").content.decode()
    cells = [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r'<t[hd] class="field-[^>]+>.*?</t[hd]>', page)]
    assert cells[cells.index("A Forum") :][:6] == [
        "A Forum",
        "17–18 May 2023",
        "Astana, Kazakhstan",
        "Published",
        "Host: Long Name",
        "587",
    ]
    assert any(cell.startswith("Published from ") and cell.endswith(", Cancelled") for cell in cells)


@pytest.mark.parametrize(("query", "found"), [("LNG", 1), ("Long Name", 1), ("Astana", 1), ("elsewhere", 0)])
def test_event_is_found_by_its_organization(desk, query, found):
    event = make_event(city="Astana")
    make_participation(event, make_organization(name="Long Name", short_name="LNG"), role="host")
    make_participation(event, event.organizations.get(), role="organizer")
    make_event()
    assert desk.get(f"/admin/events/event/?q={query}").context["cl"].result_count == found


def test_view_on_site_leads_to_what_the_public_sees(desk, event, draft):
    assert 'href="/events/land-sea-forum/"' in desk.get(change_url(event)).content.decode()
    assert 'href="/events/a-secret-plan/"' not in desk.get(change_url(draft)).content.decode()


def test_slug_is_proposed_to_those_who_may_use_it(client, desk, event):
    address = "/admin/events/event/propose-slug/"
    assert desk.get(address, {"title": "Форум"}).json() == {"slug": "forum"}
    assert desk.get(address, {"title": "Land-Sea Forum"}).json() == {"slug": "land-sea-forum-2"}
    client.force_login(User.objects.create_user("clerk", is_staff=True))
    assert client.get(address, {"title": "x"}).status_code == 403
    client.logout()
    assert client.get(address, {"title": "x"}).status_code == 302


def test_deleting_an_organization_is_refused_with_its_events(admin_client, event):
    organization = make_organization()
    make_participation(event, organization, role="host")
    make_agreement(event, parties=[organization], title="The memo")
    address = reverse("admin:organizations_organization_delete", args=[organization.pk])
    page = admin_client.get(address).content.decode()
    assert "Land-Sea Forum (Host)" in page
    assert "The memo, signed at Land-Sea Forum" in page
    admin_client.post(address, {"post": "yes"})
    organization.refresh_from_db()


def test_editors_delete_no_event_and_no_organization(desk, event):
    organization = make_organization()
    for kind, pk in (("event", event.pk), ("organization", organization.pk)):
        app = "events" if kind == "event" else "organizations"
        assert desk.post(f"/admin/{app}/{kind}/{pk}/delete/", {"post": "yes"}).status_code == 403


def test_saving_never_touches_the_count(desk, event):
    make_shows(event, 7)
    desk.post(change_url(event), event_form(title="New title", slug=event.slug, starts_on="2023-05-17"))
    event.refresh_from_db()
    assert (event.title, event.show_count) == ("New title", 7)


def test_editor_runs_on_change_forms_alone(desk, event):
    policy = desk.get(ADD)["Content-Security-Policy"].split("; ")
    assert {"style-src 'self' 'unsafe-inline'", "script-src 'self'"} <= set(policy)
    for path in ("/admin/", "/admin/events/event/", "/events/missing/"):
        assert "unsafe-inline" not in desk.get(path)["Content-Security-Policy"]


def test_form_takes_so_many_rows_and_no_more(desk, event):
    response = desk.post(change_url(event), event_form(**{"panels-TOTAL_FORMS": 2000}))
    formset = next(
        each.formset for each in response.context["inline_admin_formsets"] if each.formset.prefix == "panels"
    )
    assert (len(formset.forms), formset.non_form_errors()) == (80, ["Please submit at most 80 forms."])


def test_rows_that_are_stored_are_saved_however_many(desk, event, monkeypatch):
    monkeypatch.setattr("events.admin.event.PanelInline.max_num", 2)
    for _number in range(3):
        make_panel(event)
    fields = fields_of(desk.get(change_url(event)))
    assert desk.post(change_url(event), {**fields, "title": "Renamed"}).status_code == 302
    event.refresh_from_db()
    assert (event.title, event.panels.count()) == ("Renamed", 3)
