from django.apps import AppConfig


class ForumSiteConfig(AppConfig):
    name = "forum_site"

    def ready(self):
        from forum_site import checks  # noqa: F401 - registers them
