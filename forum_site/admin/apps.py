from django.apps import AppConfig


class AdminBaseConfig(AppConfig):
    name = "forum_site.admin"
    label = "forum_admin"  # Django's own is "admin".
