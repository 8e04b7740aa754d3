"""The map of the product: areas at the side, tabs within an area.

An area is a folder `web/<app>/`. Its tabs stand in `web/<app>/nav.py`:

    from django.utils.translation import gettext_lazy as _
    from tradewind.web.navigation import Tab

    TABS = [Tab("audience:contacts", _("Contacts")), Tab("audience:lists", _("Lists"))]

The first tab is where the area begins. The tab whose address is the longest beginning of the page's address is
the current one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tradewind.accounts.access import Access
from tradewind.accounts.roles import Permission


@dataclass(frozen=True)
class Tab:
    url_name: str
    label: Promise | str
    permission: Permission = Permission.VIEW


@dataclass(frozen=True)
class Area:
    label: Promise
    icon: str
    key: str  # with "g" before it, on the keyboard
    apps: tuple[str, ...]


AREAS = (
    Area(_("Today"), icon="sun-high", key="t", apps=("today",)),
    Area(_("Campaigns"), icon="send", key="c", apps=("campaigns",)),
    Area(_("Audience"), icon="users", key="a", apps=("audience",)),
    Area(_("Content"), icon="template", key="n", apps=("content",)),
    Area(_("Sales"), icon="messages", key="s", apps=("sales",)),
    Area(_("Deliverability"), icon="route", key="d", apps=("deliverability", "senders")),
    Area(_("Settings"), icon="settings", key="e", apps=("settings",)),
)


@dataclass(frozen=True)
class ShownTab:
    label: Promise | str
    url: str
    current: bool = False


@dataclass(frozen=True)
class ShownArea:
    area: Area
    tabs: list[ShownTab]
    current: bool

    @property
    def url(self) -> str:
        return self.tabs[0].url


def navigation(access: Access, path: str, app: str) -> list[ShownArea]:
    """The areas this person may see; `path` and `app` say which page is shown."""
    shown = []
    for area in AREAS:
        current = app in area.apps
        tabs = list(_tabs(area, access))
        if tabs:
            shown.append(ShownArea(area, _mark(tabs, path) if current else tabs, current))
    return shown


def _tabs(area: Area, access: Access) -> Iterator[ShownTab]:
    for app in area.apps:
        for tab in import_module(f"tradewind.web.{app}.nav").TABS:
            if access.allows(tab.permission):
                yield ShownTab(tab.label, access.url(tab.url_name))


def _mark(tabs: list[ShownTab], path: str) -> list[ShownTab]:
    best = max((tab.url for tab in tabs if path.startswith(tab.url)), key=len, default="")
    return [ShownTab(tab.label, tab.url, tab.url == best) for tab in tabs]
