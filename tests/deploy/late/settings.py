"""The site's settings, with a migration that waits to be applied."""

from forum_site.settings import *
from forum_site.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.deploy.late"]
