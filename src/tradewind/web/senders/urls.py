"""Addresses below /w/<workspace>/senders/."""

from django.urls import path

from tradewind.web.senders.views import channels, domains, identities

app_name = "senders"

urlpatterns = [
    path("", domains.start, name="index"),
    path("domains/", domains.index, name="domains"),
    path("domains/new/", domains.new, name="domain_new"),
    path("domains/<int:pk>/", domains.show, name="domain"),
    path("domains/<int:pk>/check/", domains.check, name="domain_check"),
    path("domains/<int:pk>/zone.txt", domains.zone, name="domain_zone"),
    path("domains/<int:pk>/delete/", domains.delete, name="domain_delete"),
    path("channels/", channels.index, name="channels"),
    path("channels/new/", channels.new, name="channel_new"),
    path("channels/<int:pk>/", channels.edit, name="channel"),
    path("channels/<int:pk>/test/", channels.test, name="channel_test"),
    path("channels/<int:pk>/delete/", channels.delete, name="channel_delete"),
    path("senders/", identities.index, name="senders"),
    path("senders/new/", identities.new, name="sender_new"),
    path("senders/<int:pk>/", identities.edit, name="sender"),
    path("senders/<int:pk>/delete/", identities.delete, name="sender_delete"),
]
