from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_save
from django.utils.translation import gettext_lazy as _


class EventsConfig(AppConfig):
    name = "events"
    verbose_name = _("Events")

    def ready(self):
        from events.groups import sync_groups
        from events.models.calendar_sequence import install_triggers
        from events.models.clock import store_span_of_fixture

        post_migrate.connect(install_triggers, sender=self)
        post_migrate.connect(sync_groups, sender=self)
        pre_save.connect(store_span_of_fixture, sender="events.Event")
