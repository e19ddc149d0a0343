from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import post_migrate


class ForumSiteConfig(AppConfig):
    name = "forum_site"

    def ready(self):
        from forum_site import checks, folded_lookup  # noqa: F401 - registers checks
        from forum_site.editions import install_triggers
        from forum_site.search import in_step

        post_migrate.connect(install_triggers, sender=self)
        in_step.connect()
        folded_lookup.register()
        if settings.SENTRY_DSN:
            from forum_site import error_reports

            error_reports.begin(settings.SENTRY_DSN)
