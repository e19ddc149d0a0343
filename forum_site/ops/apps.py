from django.apps import AppConfig


class OpsConfig(AppConfig):
    name = "forum_site.ops"

    def ready(self):
        from forum_site.ops import checks  # noqa: F401 - registers them
