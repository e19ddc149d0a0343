from django.urls import path

from organizations.website import directory, views
from organizations.website.network import views as network_view

app_name = "organizations"

urlpatterns = [
    path("", directory.OrganizationListView.as_view(), name="list"),
    path("network/", network_view.NetworkView.as_view(), name="network"),
    path("<slug:slug>/", views.OrganizationDetailView.as_view(), name="detail"),
]
