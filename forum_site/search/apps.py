from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "forum_site.search"

    def ready(self):
        from forum_site.search import sync

        sync.connect()
