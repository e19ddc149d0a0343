"""Managers look after the accounts of their colleagues, and of nobody who may do more than they."""

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.test import Client

from tests.forum_site.test_second_factor import confirm, reset_address, with_app

pytestmark = [pytest.mark.one_database, pytest.mark.django_db]

LIST = "/admin/auth/user/"
NEW = {
    "username": "aigerim",
    "first_name": "Aigerim",
    "email": "aigerim@example.org",
    "usable_password": "true",
    "password1": "wholly new words",
    "password2": "wholly new words",
    "is_staff": "on",
}


@pytest.fixture
def office(manager):
    """A manager who has just confirmed who it is."""
    client = Client()
    client.force_login(manager)
    confirm(client)
    return client


@pytest.fixture
def keeper(editor):
    """An editor who may also correct figures, which a manager may not."""
    editor.user_permissions.add(Permission.objects.get(codename="add_showcorrection"))
    return editor


def group(name):
    return Group.objects.get(name=name)


def page_of(user):
    return f"{LIST}{user.pk}/change/"


def form_of(user, **fields):
    return {
        "username": user.username,
        "is_active": "on",
        "is_staff": "on",
        "date_joined_0": f"{user.date_joined:%Y-%m-%d}",
        "date_joined_1": f"{user.date_joined:%H:%M:%S}",
        **fields,
    }


def test_manager_adds_a_colleague_with_a_group_on_one_page(office):
    page = office.get(f"{LIST}add/").content.decode()
    for name in ("Authors", "Editors", "Managers"):
        assert name in page
    response = office.post(f"{LIST}add/", NEW | {"groups": [group("Authors").pk]})
    colleague = User.objects.get(username="aigerim")
    assert response["Location"] == page_of(colleague)
    assert [each.name for each in colleague.groups.all()] == ["Authors"]
    assert (colleague.is_staff, colleague.is_superuser, colleague.email) == (True, False, "aigerim@example.org")
    assert colleague.check_password("wholly new words")


def test_manager_changes_name_state_and_group(office, author):
    changed = form_of(author, first_name="New", email="new@example.org", groups=[group("Editors").pk])
    del changed["is_active"]
    assert office.post(page_of(author), changed)["Location"] == LIST
    author.refresh_from_db()
    assert (author.first_name, author.email, author.is_active) == ("New", "new@example.org", False)
    assert [each.name for each in author.groups.all()] == ["Editors"]
    assert LogEntry.objects.get().object_id == str(author.pk)


def test_superusers_are_not_there_for_a_manager(office, admin_user):
    assert "admin@example.com" not in office.get(LIST).content.decode()
    assert "admin@example.com" not in office.get(f"{LIST}?q=admin&is_superuser__exact=1").content.decode()
    found = office.get("/admin/autocomplete/?app_label=events&model_name=showcorrection&field_name=author&term=admin")
    assert found.json()["results"] == []
    for address in ("change/", "history/", "reset-second-factor/"):
        assert office.get(f"{LIST}{admin_user.pk}/{address}")["Location"] == "/admin/"
    assert office.get(f"{LIST}{admin_user.pk}/password/").status_code == 404


def test_forged_fields_give_no_power(office, author):
    power = Permission.objects.get(codename="delete_logentry").pk
    forged = {"is_superuser": "on", "user_permissions": [power]}
    page = office.get(page_of(author)).content.decode()
    assert "is_superuser" not in page
    assert "user_permissions" not in page
    office.post(page_of(author), form_of(author, **forged))
    office.post(f"{LIST}add/", NEW | forged)
    for name in ("author", "aigerim"):
        user = User.objects.get(username=name)
        assert (user.is_superuser, user.user_permissions.count()) == (False, 0)


@pytest.mark.parametrize("given", ["other", "9" * 30, "\x00", "-1"])
def test_group_that_is_not_offered_is_refused_at_its_field(office, author, given):
    key = Group.objects.create(name="Keepers").pk if given == "other" else given
    response = office.post(page_of(author), form_of(author, groups=[key]))
    assert response.status_code == 200
    assert list(response.context["adminform"].form.errors) == ["groups"]
    assert [each.name for each in author.groups.all()] == ["Authors"]


def test_groups_that_a_manager_cannot_give_stay(office, author):
    readers = Group.objects.create(name="Readers of nothing")
    author.groups.add(readers)
    office.post(page_of(author), form_of(author, groups=[group("Editors").pk]))
    assert {each.name for each in author.groups.all()} == {"Editors", "Readers of nothing"}


def test_who_may_do_more_is_seen_and_not_changed(office, keeper):
    with_app(keeper)
    page = office.get(page_of(keeper)).content.decode()
    assert "editor" in page
    assert 'name="username"' not in page
    for address, fields in (
        (page_of(keeper), form_of(keeper, first_name="New")),
        (f"{LIST}{keeper.pk}/password/", {"password1": "wholly new words", "password2": "wholly new words"}),
        (reset_address(keeper), {}),
    ):
        assert office.post(address, fields).status_code == 403
    keeper.refresh_from_db()
    assert (keeper.first_name, keeper.check_password("a long password")) == ("", True)
    assert Authenticator.objects.filter(user=keeper).exists()


def test_who_may_do_more_is_so_while_inactive_and_by_a_group(office, keeper):
    keepers = Group.objects.create(name="Keepers")
    keepers.permissions.add(Permission.objects.get(codename="add_showcorrection"))
    keeper.user_permissions.clear()
    keeper.groups.add(keepers)
    User.objects.filter(pk=keeper.pk).update(is_active=False)
    assert office.post(page_of(keeper), form_of(keeper)).status_code == 403


def test_manager_resets_a_second_factor_and_it_is_logged(office, manager, editor):
    with_app(editor)
    assert reset_address(editor) in office.get(page_of(editor)).content.decode()
    office.post(reset_address(editor))
    assert not Authenticator.objects.filter(user=editor).exists()
    entry = LogEntry.objects.get()
    assert entry.user == manager
    assert entry.get_change_message() == "Two-factor authentication reset, and logged out everywhere."


def test_manager_sets_a_new_password_of_a_colleague(office, editor):
    fields = {"password1": "wholly new words", "password2": "wholly new words", "usable_password": "true"}
    office.post(f"{LIST}{editor.pk}/password/", fields | {"set-password": "1"})
    editor.refresh_from_db()
    assert editor.check_password("wholly new words")


def test_superuser_gives_all_as_before(admin_client, author):
    power = Permission.objects.get(codename="delete_logentry")
    keepers = Group.objects.create(name="Keepers")
    admin_client.post(
        page_of(author),
        form_of(author, is_superuser="on", user_permissions=[power.pk], groups=[keepers.pk]),
    )
    author.refresh_from_db()
    assert author.is_superuser
    assert list(author.user_permissions.all()) == [power]
    assert list(author.groups.all()) == [keepers]


@pytest.mark.parametrize("kind", ["author", "editor"])
def test_others_see_no_accounts(client, request, kind, manager):
    client.force_login(request.getfixturevalue(kind))
    assert client.get(LIST).status_code == 403
    assert client.get(page_of(manager)).status_code == 403


@pytest.mark.parametrize("name", ["manager", "admin_user"])
def test_nobody_deletes_their_own_account(request, client, name):
    person = request.getfixturevalue(name)
    client.force_login(person)
    assert client.post(f"{LIST}{person.pk}/delete/", {"post": "yes"}).status_code == 403
    client.post(LIST, {"action": "delete_selected", "_selected_action": [person.pk], "post": "yes"})
    assert User.objects.filter(pk=person.pk).exists()
