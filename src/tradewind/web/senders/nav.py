"""The tabs of this area, shown under Deliverability."""

from django.utils.translation import gettext_lazy as _

from tradewind.web.navigation import Tab

TABS = [
    Tab("senders:domains", _("Domains")),
    Tab("senders:channels", _("Channels")),
    Tab("senders:senders", _("Senders")),
]
