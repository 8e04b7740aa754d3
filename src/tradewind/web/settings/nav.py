from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tradewind.accounts.roles import Permission
from tradewind.web.navigation import Tab

TABS = [
    Tab("settings:workspace", _("Workspace"), Permission.MANAGE_WORKSPACE),
    Tab("settings:people", pgettext_lazy("members of a workspace", "People"), Permission.MANAGE_WORKSPACE),
    Tab("settings:keys", _("API keys"), Permission.MANAGE_WORKSPACE),
    Tab("settings:audit", _("Audit log"), Permission.MANAGE_WORKSPACE),
    Tab("settings:profile", _("My profile")),
]
