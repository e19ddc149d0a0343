from django.apps import AppConfig
from django.contrib.admin import apps as admin
from django.utils.module_loading import autodiscover_modules


class SignInConfig(AppConfig):
    name = "forum_site.sign_in"


class DeskConfig(admin.AdminConfig):
    default = False
    default_site = "forum_site.sign_in.desk.DeskSite"

    def ready(self):
        from django.contrib.admin import site  # Made when all apps are known.

        super().ready()
        autodiscover_modules("audit", register_to=site)
