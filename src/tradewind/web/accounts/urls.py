from django.urls import path

from tradewind.web.accounts import views

urlpatterns = [
    path("", views.home, name="home"),
    path("start/", views.start, name="start"),
    path("language/", views.language, name="language"),
    path("workspaces/new/", views.workspace_new, name="workspace_new"),
    path("join/<str:token>/", views.join, name="join"),
]
