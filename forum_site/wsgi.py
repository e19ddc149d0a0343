import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "forum_site.settings")

application = get_wsgi_application()

# All views, and what they import, would else be loaded by the first request.
import_module(settings.ROOT_URLCONF)

# What has been loaded by now stays for good. Looked over again and again, it would stop each request now and then for
# a tenth of a second; so would looking too often over what each request leaves behind.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 10, 10)
