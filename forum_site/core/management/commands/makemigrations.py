"""Django's `makemigrations`, without help texts: a better sentence changes nothing in the database."""

from django.core.management.commands import makemigrations
from django.db.migrations.autodetector import MigrationAutodetector


class Autodetector(MigrationAutodetector):
    def __init__(self, *states, **kwargs):
        for model in (model for state in states[:2] for model in state.models.values()):
            for field in model.fields.values():
                field.help_text = ""
        super().__init__(*states, **kwargs)


class Command(makemigrations.Command):
    autodetector = Autodetector
