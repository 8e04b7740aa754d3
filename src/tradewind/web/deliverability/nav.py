"""Tabs of this area; those of `senders` stand beside them."""

from django.utils.translation import gettext_lazy as _

from tradewind.web.navigation import Tab

TABS = [Tab("deliverability:standing", _("Standing")), Tab("deliverability:lanes", _("Lanes"))]
