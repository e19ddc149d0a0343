"""Each form of the admin, sent back as a browser sends it: it is saved and changes nothing, or the one field alone.

The forms come from the registry of the admin: a new ModelAdmin without rows in `ROWS` fails here.
"""

import pytest
from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from events.models import Agreement, Event, ImportedShows, Picture, Series, ShowCorrection, Tag
from forum_site.admin.base import ReadOnlyAdmin
from organizations.models import Organization
from tests.all_rows import all_rows, differences
from tests.conftest import make_person
from tests.factories import make_agreement, make_event, make_full_event, make_organization, make_picture
from tests.forms import post_forms, values_of
from tests.forum_site.test_second_factor import confirm
from tests.forum_site.test_sign_in import PASSWORD
from tests.uploads import picture

pytestmark = pytest.mark.django_db

GROUPS = ["Authors", "Editors", "Managers", "superuser"]
# What every save writes: who was here, the line of the log, the version of an event, the form that was sent, the
# edition of the public pages, and what the search says, which is no content.
ALWAYS = {
    *("sessions.session", "admin.logentry", "events.revision", "forum_admin.submission", "pagecache.contentversion"),
    *("search.searchentry", "search.searchposting", "search.searchspelling", "usersessions.usersession"),
}
# When and by whom an event was saved last, and the number by which calendars know that it is another.
ALWAYS_OF_EVENT = {"updated_at", "updated_by_id", "calendar_sequence"}


def make_whole_event(publication_status="draft", **fields):
    event = make_full_event(
        2, publication_status=publication_status, title="Форум соседей", theme="Вода и суша", **fields
    )
    event.tags.set([Tag.objects.create(name=f"Topic of {event.pk}", slug=f"topic-{event.pk}")])
    return event


def make_whole_organization():
    return make_organization(
        name="Институт воды",
        short_name="ИВ",
        kind="university",
        parent=make_organization(),
        country="KZ",
        city="Астана",
        about="<p>О воде &amp; суше.</p>\n<ul>\n\t<li>Раз</li>\n</ul>",
        website="https://x.example/",
    )


def make_whole_agreement(publication_status):
    event = make_event(publication_status=publication_status)
    return make_agreement(event, [make_organization(), make_organization()], other_parties="One\nOther")


# Rows of each model that its forms may be opened on: with few values, and with many.
ROWS = {
    Event: {
        "draft": lambda: make_event(publication_status="draft"),
        "published": make_event,
        "whole draft": make_whole_event,
        "whole": lambda: make_whole_event("published"),
    },
    Agreement: {
        "of draft": lambda: make_whole_agreement("draft"),
        "of published": lambda: make_whole_agreement("published"),
    },
    Organization: {"bare": make_organization, "whole": make_whole_organization},
    Series: {"bare": lambda: Series.objects.create(name="Вечера")},
    Tag: {"bare": lambda: Tag.objects.create(name="Вода")},
    Picture: {"bare": make_picture},
    ShowCorrection: {},  # Nobody changes one.
    ImportedShows: {},
    User: {"bare": lambda: make_person("someone", "Authors")},
    Group: {"bare": lambda: Group.objects.create(name="Guests")},
}
# What the add form asks for beyond the fields that are required.
NEEDED = {
    ShowCorrection: {"shows": "5"},
    ImportedShows: {"shows": "5"},
    User: {"password1": "Kafka on the shore", "password2": "Kafka on the shore"},
    Agreement: {"other_parties": "The ministry"},
    Event: {"agreements-0-other_parties": "The ministry"},
}
# Their rules look at other fields, or at more than the row: tests of their own try them.
WITH_RULES = {
    *(
        "slug",
        "publication_status",
        "status",
        "publish_at",
        "unpublish_at",
        "starts_on",
        "ends_on",
        "starts_at",
        "ends_at",
    ),
    *(
        "cover_is_decorative",
        "cover_from_library",
        "cover_focus_x",
        "focus_x",
        "original_starts_on",
        "username",
        "parent",
    ),
}


def test_every_form_of_the_admin_is_tried():
    changeable = {
        model for model, model_admin in admin.site._registry.items() if not isinstance(model_admin, ReadOnlyAdmin)
    }
    assert ROWS.keys() == changeable


def client_of(group):
    person = (
        User.objects.create_superuser("root", password="a long password")
        if group == "superuser"
        else make_person("person", group)
    )
    person.set_password(PASSWORD)
    person.save()
    client = Client()
    client.force_login(person)
    confirm(client)  # As changes of accounts ask for.
    return client


def opened(client, address):
    """Return the page, and what its form sends by the button Save; or nothing where this person may not save it."""
    page = client.get(address)
    found = [form for form in post_forms(page) if form.xpath(".//*[@name='_save']")] if page.status_code == 200 else []
    return page, values_of(found[0], "_save") if found else None


def all_content():
    return all_rows(but=ALWAYS)


def changes(before):
    """Return what has changed since, without what every save changes."""
    return [
        (label, column)
        for label, column in differences(before, all_content())
        if not (label == "events.event" and column in ALWAYS_OF_EVENT)
    ]


def told(page):
    """Return what a refused form says: the top of the page, and the name of each field with its message."""
    if not page.context or not page.context.get("errors"):
        return []
    problems = [(problem["field"].html_name, str(problem["message"])) for problem in page.context["problems"]]
    return [*page.context["adminform"].form.non_field_errors(), *problems]


def address_of(row):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize(("model", "kind"), [(model, kind) for model, kinds in ROWS.items() for kind in kinds])
def test_form_that_is_sent_back_changes_nothing(model, kind, group):
    row, client = ROWS[model][kind](), client_of(group)
    _page, fields = opened(client, address_of(row))
    if fields is None:
        assert not may_change(client, row)
        return
    before = all_content()
    response = client.post(address_of(row), fields)
    assert told(response) == []
    assert response.status_code == 302
    assert changes(before) == []


def may_change(client, row):
    """Return whether the admin lets this person change the row, asked past its pages."""
    request = client.get("/admin/").wsgi_request
    return admin.site._registry[type(row)].has_change_permission(request, row)


def other_value(field, value):
    """Return another value for a field of a form, as it is sent: by the type of the field."""
    match field:
        case forms.BooleanField():
            return [] if value else ["on"]
        case forms.ModelMultipleChoiceField():
            return [str(key) for key in field.queryset.values_list("pk", flat=True)[:2] if str(key) not in value]
        case forms.ModelChoiceField():
            keys = [str(key) for key in field.queryset.values_list("pk", flat=True)]
            return [key for key in keys if key not in value][:1]
        case forms.ChoiceField():
            return [str(key) for key, _label in field.choices if key and str(key) not in value][:1]
        case forms.FileField():
            return None
        case forms.DateField():
            return ["2024-02-29"]
        case forms.TimeField():
            return ["23:59"]
        case forms.IntegerField():
            return ["85"]
        case forms.URLField():
            return ["https://other.example/"]
        case forms.EmailField():
            return ["other@example.org"]
        case forms.SlugField():
            return ["other"]
        case forms.CharField():
            return ["<p>Другой текст</p>" if value[:1] and value[0].startswith("<p>") else "Другой текст"]
    raise NotImplementedError(f"Say in this test what a {type(field).__name__} may be sent.")


def column_of(model, name):
    """Return what differs in the database when a field of the model has another value."""
    field = model._meta.get_field(name)
    if field.many_to_many:
        return field.remote_field.through._meta.label_lower, "added"
    return model._meta.label_lower, field.attname


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("model", [model for model, kinds in ROWS.items() if kinds])
def test_one_field_of_each_type_is_changed_and_nothing_else(model, group):
    make_organization(), make_event(publication_status="draft")
    Series.objects.create(name="Another"), Tag.objects.create(name="Another")
    row, client = list(ROWS[model].values())[-1](), client_of(group)
    page, fields = opened(client, address_of(row))
    if fields is None:
        assert not may_change(client, row)
        return
    form = page.context["adminform"].form
    is_of_model = {field.name for field in (*model._meta.concrete_fields, *model._meta.many_to_many)}
    tried = {}
    for name, field in form.fields.items():
        if name in is_of_model - WITH_RULES and not field.disabled and other_value(field, []):
            tried.setdefault((type(field), type(field.widget)), name)
    assert tried
    for name in tried.values():
        _page, fields = opened(client, address_of(row))
        value = other_value(form.fields[name], fields.get(name, []))
        before = all_content()
        response = client.post(address_of(row), {**fields, name: value})
        assert (name, response.status_code, told(response)) == (name, 302, [])
        assert set(changes(before)) <= {column_of(model, name), (column_of(model, name)[0], "deleted")}
        assert changes(before), name


@pytest.mark.parametrize("group", GROUPS)
def test_one_field_of_a_row_within_is_changed_and_nothing_else(group):
    event, client = make_whole_event(), client_of(group)
    page, _fields = opened(client, address_of(event))
    formsets = [inline.formset for inline in page.context["inline_admin_formsets"]]
    assert len(formsets) >= 5
    for formset in formsets:
        form = formset.forms[0]
        names = [name for name in ("title", "caption", "description", "role") if name in form.fields]
        _page, fields = opened(client, address_of(event))
        sent = form.add_prefix(names[0])
        before = all_content()
        value = other_value(form.fields[names[0]], fields.get(sent, []))
        response = client.post(address_of(event), {**fields, sent: value})
        assert (sent, response.status_code, told(response)) == (sent, 302, [])
        assert changes(before) == [column_of(formset.model, names[0])]


def filled(form):
    """Return a value for each field that has to be filled in, as it is sent."""
    sent = {}
    for name, field in form.fields.items():
        if not field.required or field.disabled:
            continue
        if form[name].initial not in (None, "", []):
            value = [str(form[name].initial)]
        elif name == "username":
            value = ["another"]
        elif name == "file" and form._meta.model is Picture:
            value = picture()
        elif isinstance(field, forms.FileField):
            value = SimpleUploadedFile("paper.pdf", b"%PDF-1.7\n%%EOF\n", "application/pdf")
        else:
            value = other_value(field, [])
        sent[form.add_prefix(name)] = value
    return sent


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("has_rows", [False, True])
@pytest.mark.parametrize("model", list(ROWS))
def test_new_row_is_added(model, has_rows, group):
    if has_rows and not admin.site._registry[model].inlines:
        return
    make_event(publication_status="draft"), make_picture(), make_organization()
    client = client_of(group)
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")
    page, fields = opened(client, address)
    if fields is None:
        assert page.status_code == 403
        return
    fields |= filled(page.context["adminform"].form)
    added = {(model._meta.label_lower, "added")}
    for inline in page.context["inline_admin_formsets"] if has_rows else ():
        formset = inline.formset
        fields[f"{formset.prefix}-TOTAL_FORMS"] = ["1"]
        empty = {name.replace("__prefix__", "0"): value for name, value in filled(formset.empty_form).items()}
        fields |= empty
        added.add((formset.model._meta.label_lower, "added"))
    before, number = all_content(), model.objects.count()
    needed = {
        name: value for name, value in NEEDED.get(model, {}).items() if has_rows or not name.startswith("agreements-")
    }
    response = client.post(address, {**fields, **needed})
    assert told(response) == []
    assert response.status_code == 302
    assert model.objects.count() == number + 1
    assert added <= set(changes(before))
    assert {column for _label, column in changes(before)} <= {"added", "imported_shows"}
