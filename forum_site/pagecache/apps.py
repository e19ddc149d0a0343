from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PageCacheConfig(AppConfig):
    name = "forum_site.pagecache"

    def ready(self):
        from forum_site.pagecache.triggers import install_triggers

        post_migrate.connect(install_triggers, sender=self)
