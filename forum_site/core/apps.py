from django.apps import AppConfig
from django.conf import settings


class CoreConfig(AppConfig):
    name = "forum_site.core"

    def ready(self):
        from forum_site.core.db import folded_lookup

        folded_lookup.register()
        if settings.SENTRY_DSN:
            from forum_site.core.observability import sentry

            sentry.begin(settings.SENTRY_DSN)
