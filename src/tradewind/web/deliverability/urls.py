"""Addresses below /w/<workspace>/deliverability/."""

from django.urls import path

from tradewind.web.deliverability import views

app_name = "deliverability"

urlpatterns = [
    path("", views.standing, name="standing"),
    path("lanes/", views.lanes, name="lanes"),
    path("lanes/<int:pk>/suspend/", views.suspend, name="suspend"),
    path("lanes/<int:pk>/resume/", views.resume, name="resume"),
]
