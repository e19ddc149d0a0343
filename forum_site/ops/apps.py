from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import post_migrate


class ForumSiteConfig(AppConfig):
    name = "forum_site"

    def ready(self):
        from forum_site.core.db import folded_lookup
        from forum_site.pagecache.models import install_triggers
        from forum_site.search import sync

        post_migrate.connect(install_triggers, sender=self)
        sync.connect()
        folded_lookup.register()
        if settings.SENTRY_DSN:
            from forum_site.core.observability import sentry

            sentry.begin(settings.SENTRY_DSN)
