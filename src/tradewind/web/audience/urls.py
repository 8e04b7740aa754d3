"""Addresses below /w/<workspace>/audience/."""

from django.urls import path

from tradewind.web.audience.views import companies, contact, contacts, imports, lists, suppression

app_name = "audience"

urlpatterns = [
    path("", contacts.index, name="contacts"),
    path("count/", contacts.count, name="count"),
    path("contacts.csv", contacts.export, name="export"),
    path("contacts/new/", contact.new, name="contact_new"),
    path("contacts/<int:pk>/", contact.show, name="contact"),
    path("contacts/<int:pk>/edit/", contact.edit, name="contact_edit"),
    path("contacts/<int:pk>/delete/", contact.delete, name="contact_delete"),
    path("contacts/<int:pk>/subscribe/", contact.subscribe, name="subscribe"),
    path("contacts/<int:pk>/unsubscribe/", contact.unsubscribe, name="unsubscribe"),
    path("contacts/<int:pk>/remove/", contact.remove, name="remove"),
    path("contacts/<int:pk>/come-back/", contact.come_back, name="come_back"),
    path("companies/", companies.index, name="companies"),
    path("companies/<int:pk>/", companies.show, name="company"),
    path("companies/<int:pk>/edit/", companies.edit, name="company_edit"),
    path("lists/", lists.index, name="lists"),
    path("lists/<int:pk>/", lists.show, name="list"),
    path("lists/<int:pk>/edit/", lists.edit, name="list_edit"),
    path("lists/<int:pk>/delete/", lists.delete, name="list_delete"),
    path("imports/", imports.index, name="imports"),
    path("imports/new/", imports.new, name="import_new"),
    path("imports/sample.csv", imports.sample, name="sample"),
    path("imports/<int:pk>/map/", imports.mapping, name="import_map"),
    path("imports/<int:pk>/", imports.show, name="import"),
    path("imports/<int:pk>/progress/", imports.progress, name="import_progress"),
    path("imports/<int:pk>/again/", imports.again, name="import_again"),
    path("imports/<int:pk>/rejected.csv", imports.rejected, name="import_rejected"),
    path("suppression/", suppression.index, name="suppression"),
    path("suppression/add/", suppression.add, name="suppression_add"),
    path("suppression/<int:pk>/release/", suppression.release, name="suppression_release"),
    path("suppression.csv", suppression.export, name="suppression_export"),
]
