"""Names that are given once: no two of them look the same to a reader."""

from django.core.exceptions import ValidationError

from forum_site.core.text.folding import name_key


def refuse_same_name(row):
    """Raise a ValidationError at `name` where another row of the model has a name that looks the same.

    The very same name is refused by the database, and told by its field.
    """
    others = type(row)._default_manager.exclude(pk=row.pk).values_list("name", flat=True)
    key = name_key(row.name)
    if any(name != row.name and name_key(name) == key for name in others.iterator()):
        raise ValidationError({"name": ValidationError(row._meta.get_field("name").error_messages["unique"], "unique")})
