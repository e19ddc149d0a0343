from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LinksConfig(AppConfig):
    name = "forum_site.linkcheck"
    label = "links"  # In addresses of the admin, names of tables and permissions.
    verbose_name = _("Links to other sites")
