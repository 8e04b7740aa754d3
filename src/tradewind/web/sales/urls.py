"""Addresses below /w/<workspace>/sales/."""

from django.urls import path

from tradewind.web.sales import views

app_name = "sales"

urlpatterns = [
    path("conversations/", views.conversations, name="conversations"),
    path("conversations/<int:pk>/", views.thread, name="thread"),
    path("conversations/<int:pk>/source.eml", views.source, name="source"),
    path("conversations/<int:pk>/lead/", views.make_lead, name="make_lead"),
    path("leads/", views.leads, name="leads"),
    path("leads/<int:pk>/", views.change_lead, name="change_lead"),
]
