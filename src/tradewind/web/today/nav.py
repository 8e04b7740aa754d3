from django.utils.translation import gettext_lazy as _

from tradewind.web.navigation import Tab

TABS = [Tab("today:index", _("Today"))]
