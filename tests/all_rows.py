"""All that is stored, to see that a request changed nothing, or one thing alone."""

from django.apps import apps


def all_rows(but=()):
    """Return the columns of every row of every model, by its label and key, without the models named in `but`."""
    return {
        (model._meta.label_lower, row.pk): {
            field.attname: str(field.value_from_object(row)) for field in model._meta.concrete_fields
        }
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and model._meta.label_lower not in but
        for row in model._base_manager.all()
    }


def differences(before, after):
    """Return `(label, column)` for each value that differs, `(label, "added")` and `(label, "deleted")` for rows."""
    found = [(label, "added") for label, key in after.keys() - before.keys()]
    found += [(label, "deleted") for label, key in before.keys() - after.keys()]
    for row in before.keys() & after.keys():
        found += [(row[0], column) for column in before[row] if before[row][column] != after[row][column]]
    return sorted(found)
