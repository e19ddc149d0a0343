import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "forum_site.settings")

application = get_wsgi_application()

# What has been loaded by now stays for good. Looked over again and again, it would stop each request now and then for
# a tenth of a second.
gc.collect()
gc.freeze()
