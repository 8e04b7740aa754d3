"""Addresses below /w/<workspace>/content/."""

from django.urls import path

from tradewind.web.content.views import editor, library, testing, versions

app_name = "content"

urlpatterns = [
    path("", library.index, name="index"),
    path("new/", library.new, name="new"),
    path("starters/<str:key>/", library.starter, name="starter"),
    path("<int:pk>/", editor.edit, name="edit"),
    path("<int:pk>/preview/", editor.preview, name="preview"),
    path("<int:pk>/text/", editor.text, name="text"),
    path("contacts/", editor.contacts, name="contacts"),
    path("<int:pk>/test/", testing.send, name="test"),
    path("<int:pk>/versions/", versions.index, name="versions"),
    path("<int:pk>/versions/<int:number>/", versions.show, name="version"),
    path("<int:pk>/versions/<int:number>/restore/", versions.restore, name="restore"),
    path("<int:pk>/copy/", library.copy, name="copy"),
    path("<int:pk>/archive/", library.archive, name="archive"),
    path("<int:pk>/unarchive/", library.unarchive, name="unarchive"),
]
