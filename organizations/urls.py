from django.urls import path

from organizations import directory, network_view, views

app_name = "organizations"

urlpatterns = [
    path("", directory.OrganizationListView.as_view(), name="list"),
    path("network/", network_view.NetworkView.as_view(), name="network"),
    path("<slug:slug>/", views.OrganizationDetailView.as_view(), name="detail"),
]
