from django.urls import path

from tradewind.web.settings.views import keys, people, profile, workspace

app_name = "settings"
urlpatterns = [
    path("workspace/", workspace.edit, name="workspace"),
    path("people/", people.index, name="people"),
    path("people/<int:pk>/role/", people.change_role, name="people_role"),
    path("people/<int:pk>/remove/", people.remove, name="people_remove"),
    path("people/invitations/<int:pk>/withdraw/", people.withdraw, name="invitation_withdraw"),
    path("keys/", keys.index, name="keys"),
    path("keys/<int:pk>/revoke/", keys.revoke, name="key_revoke"),
    path("audit/", workspace.audit, name="audit"),
    path("profile/", profile.edit, name="profile"),
]
