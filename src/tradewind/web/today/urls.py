from django.urls import path

from tradewind.web.today import views

app_name = "today"
urlpatterns = [
    path("", views.index, name="index"),
    path("running/", views.running, name="running"),
]
