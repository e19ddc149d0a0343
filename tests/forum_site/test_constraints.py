import datetime
import itertools

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import CheckConstraint, F

from forum_site.core.db.constraints import FieldConstraint, truth
from tests.factories import make_event

DAYS = [
    None,
    datetime.date(999, 1, 1),
    datetime.date(2023, 5, 17),
    datetime.date(2023, 5, 18),
    datetime.date(3000, 1, 1),
]
HOURS = [None, datetime.time(9), datetime.time(10)]
MOMENTS = [
    None,
    datetime.datetime(2023, 5, 17, tzinfo=datetime.UTC),
    datetime.datetime(2023, 5, 18, tzinfo=datetime.UTC),
]
TEXTS = ["", "KZ", "kz", "https://a.example/", "javascript:x", "a-slug", "2023", "new", "a\n", "A--b"]
RULES = [
    (model, rule)
    for model in apps.get_models()
    for rule in model._meta.constraints
    if isinstance(rule, FieldConstraint)
]


def values_for(field):
    kinds = {
        "DateField": DAYS,
        "TimeField": HOURS,
        "DateTimeField": MOMENTS,
        "ForeignKey": [None, 1, 2],
        "BigAutoField": [1],
        "IntegerField": [-1, 0, 1],
        "BigIntegerField": [-1, 0, 1],
    }
    return kinds.get(type(field).__name__) or kinds.get(field.get_internal_type(), TEXTS)


@pytest.mark.django_db
@pytest.mark.parametrize(("model", "rule"), RULES, ids=[rule.name for _model, rule in RULES])
def test_rule_says_what_the_database_says(model, rule):
    fields = [model._meta.get_field(name) for name in sorted(set(names(rule.condition)))]
    told = set()
    for values in itertools.product(*(values_for(field) for field in fields)):
        row = {field.name: value for field, value in zip(fields, values, strict=True)}
        by_us = truth(rule.condition, row) is not False
        instance = model(**{field.attname: row[field.name] for field in fields})
        left_out = {field.name for field in model._meta.fields} - set(row)
        assert by_us == by_database(rule, model, instance, left_out), row
        told.add(by_us)
    assert told == {True, False}


def names(condition):
    for child in condition.children:
        if hasattr(child, "children"):
            yield from names(child)
        else:
            path, wanted = child
            yield path.partition("__")[0]
            yield from [wanted.name] if isinstance(wanted, F) else []


def by_database(rule, model, instance, exclude):
    try:
        CheckConstraint.validate(rule, model, instance, exclude)
    except ValidationError:
        return False
    return True


@pytest.mark.django_db
def test_row_is_checked_without_the_database(django_assert_num_queries):
    event = make_event()
    with django_assert_num_queries(0):
        event.validate_constraints(exclude={"slug"})
