from django.apps import AppConfig
from django.contrib.admin import apps as admin
from django.utils.module_loading import autodiscover_modules


class SignInConfig(AppConfig):
    name = "forum_site.accounts"

    def ready(self):
        from django.contrib.auth import get_user_model  # Models, which are not there when this is read.
        from django.contrib.auth.signals import user_logged_in

        from forum_site.accounts import first_password, log, session_hash, sessions

        user_logged_in.connect(sessions.note_login)
        session_hash.connect(get_user_model())
        first_password.connect()
        log.connect()


class ForumAdminConfig(admin.AdminConfig):
    default = False
    default_site = "forum_site.accounts.site.ForumAdminSite"

    def ready(self):
        from django.contrib.admin import site  # Made when all apps are known.

        super().ready()
        autodiscover_modules("audit_log", register_to=site)
