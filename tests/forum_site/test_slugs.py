import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from events.models import Event
from forum_site.core.db.slugs import suggest_slug
from organizations.models import Organization
from tests.factories import make_event, make_organization


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Land-Sea Forum: “A New Future”", "land-sea-forum-a-new-future"),
        ("Форум «Один пояс» 2026", "forum-odin-poyas-2026"),
        ("Қазақстан көрмесі", "qazaqstan-kormesi"),
        ("一带一路", "yidaiyilu"),
        ("A + _ + B", "a-b"),
        ("2023", "event-2023"),
        ("Calendar", "event-calendar"),
        ("…", "event"),
        ("\x00\ud800".encode("utf-8", "ignore").decode(), "event"),
        ("word " * 60, "-".join(["word"] * 16)),
    ],
)
def test_slug_is_proposed_in_latin_letters(title, slug):
    assert suggest_slug(Event, title) == slug


def test_proposed_slug_is_free(event):
    assert make_event(title="Land-Sea Forum").slug == "land-sea-forum-2"
    event.slug = "other"
    event.save()
    assert suggest_slug(Event, "Land-Sea Forum") == "land-sea-forum-3"  # The former address still leads to the event.


@pytest.mark.parametrize("slug", ["Capital", "two--hyphens", "-a", "a-", "a b", "a\n", "ä", "2023", "calendar", "feed"])
def test_ill_formed_and_reserved_slugs_are_refused(event, slug):
    with pytest.raises(ValidationError) as error:
        Event(title="x", starts_on="2023-05-17", slug=slug).full_clean()
    assert list(error.value.message_dict) == ["slug"]
    with pytest.raises(IntegrityError), transaction.atomic():
        Event.objects.filter(pk=event.pk).update(slug=slug)


def test_slug_in_use_is_told_at_the_field(event):
    with pytest.raises(ValidationError) as error:
        Event(title="x", starts_on="2023-05-17", slug=event.slug).full_clean()
    assert error.value.message_dict == {"slug": ["Another page already has this slug. Add a word or a number."]}


def test_former_address_leads_to_the_page_for_good(client, event):
    for slug in ("second", "third"):
        event.slug = slug
        event.save()
    for former in ("land-sea-forum", "second"):
        response = client.get(f"/events/{former}/")
        assert (response.status_code, response["Location"]) == (301, "/events/third/")
    assert event.shows.count() == 0
    event.slug = "second"
    event.save()
    assert client.get("/events/second/").status_code == 200
    assert client.get("/events/third/")["Location"] == "/events/second/"


def test_address_that_is_not_saved_is_not_given_up(event):
    event.slug = "renamed"
    event.save(update_fields=["title"])
    assert not event.old_slugs.exists()


def test_former_address_of_a_hidden_page_is_missing(client, draft):
    draft.slug = "renamed"
    draft.save()
    assert client.get("/events/a-secret-plan/").status_code == 404


def test_former_address_is_not_given_to_another_page(event):
    event.slug = "renamed"
    event.save()
    with pytest.raises(ValidationError) as error:
        Event(title="x", starts_on="2023-05-17", slug="land-sea-forum").full_clean()
    assert error.value.message_dict == {"slug": ["This is an old slug of “Land-Sea Forum” and still redirects there."]}


@pytest.mark.django_db
def test_organizations_have_addresses_of_their_own(client):
    organization = make_organization(name="Network")
    assert organization.slug == "organization-network"
    organization.slug = "the-network"
    organization.save()
    assert client.get("/organizations/organization-network/")["Location"] == "/organizations/the-network/"
    with pytest.raises(IntegrityError), transaction.atomic():
        Organization.objects.update(slug="network")
