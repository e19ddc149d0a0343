import pytest
from django.contrib.admin.models import ADDITION, DELETION, LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from forum_site.admin import audit_log
from tests.factories import make_event, make_organization

pytestmark = pytest.mark.django_db

AUDIT = "/admin/admin/logentry/"


@pytest.fixture
def office(client, manager):
    client.force_login(manager)
    return client


def rows(response):
    return [entry.object_repr for entry in response.context["cl"].result_list]


def note(person, row, flag=ADDITION, message="Entered"):
    return LogEntry.objects.log_actions(person.pk, [row], flag, message, single_object=True)


def test_managers_read_who_did_what(office, manager, editor):
    event = make_event(title="<b>Forum</b>")
    note(editor, event)
    note(manager, make_organization(name="Port Institute"), DELETION, "")
    page = office.get(AUDIT)
    assert rows(page) == ["Port Institute", "<b>Forum</b>"]
    content = page.content.decode()
    assert f'<a href="/admin/events/event/{event.pk}/change/">&lt;b&gt;Forum&lt;/b&gt;</a>' in content
    assert "<b>Forum</b>" not in content
    assert [word in content for word in ("Entered", ">editor<", ">Deletion<")] == [True] * 3
    assert rows(office.get(f"{AUDIT}?person={editor.pk}")) == ["<b>Forum</b>"]
    assert rows(office.get(f"{AUDIT}?action_flag=3")) == ["Port Institute"]
    assert rows(office.get(f"{AUDIT}?q=port")) == ["Port Institute"]


def test_periods_are_those_of_the_lines(office, manager):
    for moment in ("2024-12-31T23:30Z", "2025-01-01T00:30Z", timezone.now()):
        note(manager, make_event(title=str(moment)))
        LogEntry.objects.filter(object_repr=str(moment)).update(action_time=moment)
    names = ["2024-12-31T23:30Z", "2025-01-01T00:30Z", LogEntry.objects.first().object_repr]
    assert rows(office.get(f"{AUDIT}?period=last-days")) == names[2:]
    assert rows(office.get(f"{AUDIT}?period=2024")) == rows(office.get(f"{AUDIT}?period=2024-12")) == names[:1]
    assert rows(office.get(f"{AUDIT}?period=2025-01")) == names[1:2]
    assert rows(office.get(f"{AUDIT}?period=2024-11")) == []
    assert "December 2024" in office.get(f"{AUDIT}?period=2024").content.decode()


def test_others_do_not(desk, author):
    assert desk.get(AUDIT).status_code == 403
    desk.force_login(author)
    assert desk.get(AUDIT).status_code == 403
    assert AUDIT not in desk.get("/admin/").content.decode()


def test_nobody_changes_a_line(office, admin_user):
    note(admin_user, make_event())
    key = LogEntry.objects.get().pk
    for person in (None, admin_user):
        if person:
            office.force_login(person)
        codes = [office.post(f"{AUDIT}{path}").status_code for path in ("add/", f"{key}/change/", f"{key}/delete/")]
        assert codes == [403, 403, 403]
        office.post(AUDIT, {"action": "delete_selected", "_selected_action": [key], "post": "yes"})
    assert LogEntry.objects.count() == 1


def test_odd_addresses_give_a_list(office, manager):
    note(manager, make_event())
    for query in (
        "person=x",
        f"person={10**30}",
        "action_flag=x",
        "action_time__gte=x",
        "period=2024-13",
        "period=99999",
        "p=x",
        f"p={10**30}",
        "q=%00",
    ):
        assert office.get(f"{AUDIT}?{query}", follow=True).status_code == 200, query


def test_counting_and_questions_are_bounded(office, manager, monkeypatch):
    event = make_event()
    note(manager, event)
    with CaptureQueriesContext(connection) as few:
        office.get(AUDIT)
    for _line in range(20):
        note(manager, event)
    with CaptureQueriesContext(connection) as many:
        office.get(AUDIT)
    assert len(many) == len(few)
    monkeypatch.setattr(audit_log, "MAX_LISTED", 5)
    assert office.get(AUDIT).context["cl"].result_count == 5
