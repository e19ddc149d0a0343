"""A day that means another one in another country is refused, on every form and in every language."""

import datetime

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.formats import date_format, get_format
from django.utils.translation import override

from events.models import Event
from forum_site.core.text.dates import DAY_FIRST, MONTH_FIRST, DayField, MomentField, readings

pytestmark = pytest.mark.one_database

MARCH_4 = datetime.date(2031, 3, 4)
LANGUAGES = [code for code, _name in settings.LANGUAGES]


@pytest.mark.parametrize("language", ["en", "en-gb", "fr", "ru", "kk", "zh-hans", "de", "hu"])
@pytest.mark.parametrize("text", ["2031-03-04", "04.03.2031", "4.3.2031", "2031/03/04", "4 March 2031", "Mar 4, 2031"])
def test_day_that_is_plain_everywhere_is_taken(language, text):
    with override(language):
        assert DayField().clean(text) == MARCH_4


@pytest.mark.parametrize(
    "text", ["03/04/2031", "3/4/2031", "03-04-2031", "23/04/2031", "03/04/31", "04.03.31", "3.4.31"]
)
def test_day_that_may_be_another_one_is_refused(text):
    for language in LANGUAGES:
        with override(language), pytest.raises(ValidationError):
            DayField().clean(text)


def test_what_a_form_prints_is_what_it_takes():
    """The form writes days by the first of the formats, and so does the calendar of the admin."""
    for language in LANGUAGES:
        with override(language):
            assert get_format("DATE_INPUT_FORMATS")[0] == "%Y-%m-%d"
            formats = get_format("DATETIME_INPUT_FORMATS")
            assert not [one for one in formats if one.startswith(("%d/", "%m/")) or "%y" in one]


def refused(text):
    with pytest.raises(ValidationError) as error:
        DayField().clean(text)
    return " ".join(error.value.messages)


def test_refusal_says_how_to_write_it():
    assert refused("03/04/2031") == (
        "“03/04/2031” can mean 3 April 2031 or 4 March 2031. Write 2031-04-03 or 2031-03-04."
    )
    assert refused("23/04/2031").endswith("Write 2031-04-23.")
    assert refused("04/23/2031").endswith("Write 2031-04-23.")
    assert "four digits" in refused("4.3.31")
    assert "2023-05-17" in refused("soon")


def test_readings():
    assert readings("03/04/2031") == {DAY_FIRST: datetime.date(2031, 4, 3), MONTH_FIRST: MARCH_4}
    assert readings(" 23-4-2031 ") == {DAY_FIRST: datetime.date(2031, 4, 23)}
    assert readings("04.03.2031") == readings("31/31/2031") == readings("2031-03-04") == {}


def test_moment_is_as_strict(settings):
    field = MomentField()
    assert field.clean(["04.03.2031", "09:30"]).date() == MARCH_4
    for typed in (["03/04/2031", "09:30"], ["3.4.31", "09:30"]):
        with pytest.raises(ValidationError):
            field.clean(typed)


def test_english_prints_the_day_before_the_month():
    assert date_format(MARCH_4) == "4 March 2031"
    assert date_format(MARCH_4, "SHORT_DATE_FORMAT") == "4 Mar 2031"
    assert get_format("FIRST_DAY_OF_WEEK") == 1


@pytest.mark.django_db
def test_form_of_an_event_refuses_slashes_and_keeps_what_was_typed(desk):
    for name, typed in (("starts_on", "03/04/2031"), ("publish_at_0", "03/04/2031")):
        response = desk.post("/admin/events/event/add/", {"title": "Forum", name: typed, "publish_at_1": "09:00"})
        assert "can mean 3 April 2031 or 4 March 2031" in response.content.decode()
        assert 'value="03/04/2031"' in response.content.decode()
    assert not Event.objects.exists()


@pytest.mark.django_db
def test_calendar_of_the_admin_writes_what_the_form_takes(desk):
    catalog = desk.get("/admin/jsi18n/").content.decode()
    assert '"%Y-%m-%d"' in catalog.partition('"DATE_INPUT_FORMATS": [')[2][:40]
    assert '"%m/%d' not in catalog
    assert '"%d/%m' not in catalog
