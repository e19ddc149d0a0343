from django.apps import AppConfig
from django.contrib.admin import apps as admin


class SignInConfig(AppConfig):
    name = "forum_site.sign_in"


class DeskConfig(admin.AdminConfig):
    default = False
    default_site = "forum_site.sign_in.desk.DeskSite"
