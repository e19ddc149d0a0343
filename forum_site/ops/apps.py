from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class OpsConfig(AppConfig):
    name = "forum_site.ops"

    def ready(self):
        autodiscover_modules("checks")  # Each app registers its own.
