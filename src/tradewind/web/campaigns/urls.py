"""Addresses below /w/<workspace>/campaigns/."""

from django.urls import path

from tradewind.web.campaigns.views import doors, listing, report, running, skipped, trace, wizard

app_name = "campaigns"

urlpatterns = [
    path("", listing.index, name="index"),
    path("new/", listing.new, name="new"),
    path("<int:pk>/", report.show, name="report"),
    path("<int:pk>/live/", report.live, name="live"),
    path("<int:pk>/audience/", wizard.audience, name="audience"),
    path("<int:pk>/content/", wizard.content, name="content"),
    path("<int:pk>/content/preview/", wizard.preview, name="preview"),
    path("<int:pk>/check/", wizard.check, name="check"),
    path("<int:pk>/skipped/", skipped.skipped, name="skipped"),
    path("<int:pk>/send/", wizard.send, name="send"),
    path("<int:pk>/rename/", listing.rename, name="rename"),
    path("<int:pk>/duplicate/", listing.duplicate, name="duplicate"),
    path("<int:pk>/delete/", listing.delete, name="delete"),
    path("<int:pk>/unschedule/", running.unschedule, name="unschedule"),
    path("<int:pk>/pause/", running.pause, name="pause"),
    path("<int:pk>/resume/", running.resume, name="resume"),
    path("<int:pk>/cancel/", running.cancel, name="cancel"),
    path("<int:pk>/messages/", doors.messages, name="messages"),
    path("<int:pk>/messages.csv", doors.export, name="export"),
    path("messages/", doors.all_messages, name="all_messages"),
    path("messages.csv", doors.all_export, name="all_export"),
    path("messages/<int:pk>/", trace.message, name="message"),
    path("messages/<int:pk>/rendered/", trace.rendered, name="rendered"),
    path("messages/<int:pk>/source.eml", trace.source, name="source"),
    path("messages/<int:pk>/postmaster.txt", trace.postmaster, name="postmaster"),
]
