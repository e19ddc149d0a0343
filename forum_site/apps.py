from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import post_migrate


class ForumSiteConfig(AppConfig):
    name = "forum_site"

    def ready(self):
        from forum_site import checks  # noqa: F401 - registers them
        from forum_site.editions import install_triggers
        from forum_site.search import in_step

        post_migrate.connect(install_triggers, sender=self)
        in_step.connect()
        if settings.SENTRY_DSN:
            from forum_site import error_reports

            error_reports.begin(settings.SENTRY_DSN)
