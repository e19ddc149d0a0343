from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from events.website import sitemaps
from events.website.styleguide import StyleguideView
from events.website.views import HomeView, HowWeCountView
from forum_site.core.observability import metrics
from forum_site.media import storage
from forum_site.ops import health
from forum_site.website import security_txt
from forum_site.website.search import SearchView

admin.site.site_header = admin.site.site_title = settings.SITE_NAME
admin.site.index_title = format_lazy(_("{site} admin"), site=settings.SITE_NAME)

urlpatterns = [
    path("", HomeView.as_view(), name="home"),
    path("", include("events.website.urls")),
    path("organizations/", include("organizations.website.urls")),
    path("search/", SearchView.as_view(), name="search"),
    path("how-we-count/", HowWeCountView.as_view(), name="how-we-count"),
    path("sitemap.xml", sitemaps.SitemapIndexView.as_view(), name="sitemap"),
    path("sitemap-pages.xml", sitemaps.PagesSitemapView.as_view(), name="sitemap-pages"),
    path(
        "sitemap-organizations-<int:number>.xml",
        sitemaps.OrganizationsSitemapView.as_view(),
        name="sitemap-organizations",
    ),
    path("sitemap-events-<int:number>.xml", sitemaps.EventsSitemapView.as_view(), name="sitemap-events"),
    path("robots.txt", TemplateView.as_view(template_name="robots.txt", content_type="text/plain"), name="robots"),
    path(".well-known/security.txt", security_txt.security_txt, name="security-txt"),
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("admin/", admin.site.urls),
    path("account/", include("forum_site.accounts.urls")),
    path("media/<path:path>", storage.serve_media, name="media"),
]
if settings.DEBUG:
    urlpatterns.append(path("styleguide/", StyleguideView.as_view(), name="styleguide"))

handler400 = "forum_site.ops.error_pages.bad_request"
handler403 = "forum_site.ops.error_pages.permission_denied"
handler404 = "forum_site.ops.error_pages.page_not_found"
handler500 = "forum_site.ops.error_pages.server_error"
