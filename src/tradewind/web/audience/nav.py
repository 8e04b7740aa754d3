from django.utils.translation import gettext_lazy as _

from tradewind.web.navigation import Tab

TABS = [
    Tab("audience:contacts", _("Contacts")),
    Tab("audience:companies", _("Companies")),
    Tab("audience:lists", _("Lists")),
    Tab("audience:imports", _("Imports")),
    Tab("audience:suppression", _("Suppression")),
]
